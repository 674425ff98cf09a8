package load

import "strings"

// Problem is one thing wrong with a configuration. Validation reports all of
// them at once and changes nothing.
type Problem struct {
	Path    string // field as written in the file, relative to what was validated: "rate", "steps[2].for"; "" for the whole
	Message string // what is wrong and what would be right, without a full stop
}

// String is "path: message", or the message alone when there is no path.
func (p Problem) String() string {
	if p.Path == "" {
		return p.Message
	}
	return p.Path + ": " + p.Message
}

// Under puts a prefix before the path of every problem, in place, and returns
// the same slice: Under("arrivals", …) turns "rate" into "arrivals.rate". An
// index needs no dot: Under("steps", {"[0].rate"}) gives "steps[0].rate".
func Under(prefix string, problems []Problem) []Problem {
	for i := range problems {
		switch path := problems[i].Path; {
		case path == "":
			problems[i].Path = prefix
		case strings.HasPrefix(path, "["):
			problems[i].Path = prefix + path
		default:
			problems[i].Path = prefix + "." + path
		}
	}
	return problems
}

// PlanError says that a plan cannot produce arrivals, and everything that is
// wrong with it.
type PlanError struct{ Problems []Problem }

// Error lists all problems, one a line.
func (e *PlanError) Error() string {
	lines := make([]string, 0, len(e.Problems)+1)
	lines = append(lines, "load plan is not valid:")
	for _, p := range e.Problems {
		lines = append(lines, "\t"+p.String())
	}
	return strings.Join(lines, "\n")
}
