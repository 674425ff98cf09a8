package fault

import (
	"embed"
	"fmt"
	"path"
	"strings"
)

//go:embed suites/*.json
var suiteFiles embed.FS

// Suite is a dated list of rules, as data.
type Suite struct {
	Name   string `json:"name"`
	Title  string `json:"title"`
	Date   string `json:"date"`   // when what it shows was last seen, such as 2026-11
	Source string `json:"source"` // where it was seen
	Note   string `json:"note,omitempty"`
	Rules  []Rule `json:"rules"`
}

// UnknownSuiteError says that no embedded suite has this name.
type UnknownSuiteError struct {
	Name    string
	Nearest string   // the likeliest name meant, "" when none is near
	Known   []string // all names
}

// Error names the nearest suite, if one is near, and all that exist.
func (e *UnknownSuiteError) Error() string {
	known := strings.Join(e.Known, ", ")
	if e.Nearest == "" {
		return fmt.Sprintf("unknown fault suite %q; known: %s", e.Name, known)
	}
	return fmt.Sprintf("unknown fault suite %q, did you mean %q? Known: %s", e.Name, e.Nearest, known)
}

// Suites lists the names of the embedded suites in alphabetical order.
func Suites() []string {
	entries, err := suiteFiles.ReadDir("suites")
	if err != nil {
		return nil // cannot happen: the folder is embedded
	}
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".json"))
	}
	return names
}

// LoadSuite returns an embedded suite. An unknown name is an
// [*UnknownSuiteError].
func LoadSuite(name string) (Suite, error) {
	known := Suites()
	for _, k := range known {
		if k != name {
			continue
		}
		f, err := suiteFiles.Open(path.Join("suites", name+".json"))
		if err != nil {
			return Suite{}, fmt.Errorf("opening embedded fault suite %q: %w", name, err)
		}
		defer f.Close()
		return DecodeSuite(f)
	}
	return Suite{}, &UnknownSuiteError{Name: name, Nearest: Nearest(name, known), Known: known}
}

// suggest is ": did you mean …" with the nearest name, else all names.
func suggest(written string, names []string) string {
	if near := Nearest(written, names); near != "" {
		return fmt.Sprintf(": did you mean %q?", near)
	}
	return ": must be one of " + strings.Join(names, ", ")
}
