package scenario

import (
	"io"
	"strings"

	"ratecliff/scenario/yamlx"
)

// MaxRuns is the largest grid (variants × strategies × seeds) that is run
// without being asked for twice.
const MaxRuns = 1_000_000

// Options change a file before it is read, as flags do. The zero value changes
// nothing.
type Options struct {
	Set        []string // "path=value": sets one value, such as server.burst=10
	Matrix     []string // "path=v1,v2": adds or replaces an axis of the matrix
	Strategies []string // names, comma lists and globs such as sdk-*: what runs instead of the file's list
	Profile    string   // replaces server.profile: a name, or the path of a JSON file
	Seed       *uint64  // replaces seed
	Seeds      int      // seeds per variant and strategy, for the size of the grid; 0 means 1
	Yes        bool     // allows a grid of more than MaxRuns

	// Open opens a file by its path: a profile to read it, a trace to find out
	// whether it exists. Nil leaves traces to whoever runs the scenario and knows
	// no profiles but the embedded ones.
	Open func(path string) (io.ReadCloser, error)
}

// Issue is one mistake with its place.
type Issue = yamlx.Issue

// Errors is every mistake found in a scenario.
type Errors struct {
	Issues []Issue
}

// Error lists the mistakes, one after the other.
func (e *Errors) Error() string {
	lines := make([]string, len(e.Issues))
	for i, issue := range e.Issues {
		lines[i] = issue.Error()
	}
	return strings.Join(lines, "\n")
}

func asError(issues yamlx.Issues) error {
	if len(issues) == 0 {
		return nil
	}
	return &Errors{Issues: issues.Sorted()}
}
