package cmd

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"ratecliff/load"
	"ratecliff/scenario"
	"ratecliff/scenario/yamlx"
	"ratecliff/scenarios"
)

// placed says whether an error is mistakes in a file, which carry their own
// place.
func placed(err error) bool {
	var e *scenario.Errors
	return errors.As(err, &e) && slices.ContainsFunc(e.Issues, func(i scenario.Issue) bool { return i.Line > 0 })
}

// named puts the flag that was given in the place of the one it stands for.
func (t *traffic) named(err error) error {
	var e *scenario.Errors
	if t.strategy == "" || !errors.As(err, &e) {
		return err
	}
	for i := range e.Issues {
		if rest, ok := strings.CutPrefix(e.Issues[i].File, "--strategies "); ok {
			e.Issues[i].File = "--strategy " + rest
		}
	}
	return err
}

// readScenario reads a file, or a bundled scenario by its bare name.
func readScenario(path string) (name string, src []byte, err error) {
	bare := !strings.ContainsAny(path, `/\.`)
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) && bare {
		if src, err := scenarios.Files.ReadFile(path + ".yaml"); err == nil {
			return path + ".yaml", src, nil
		}
		return "", nil, noScenario(path)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil, usagef("%s: no such file%s", path, bundledHint(path))
	}
	if err != nil {
		return "", nil, usagef("%w", err)
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil {
		switch {
		case info.IsDir():
			return "", nil, usagef("%s is a folder: give one scenario file", path)
		case info.Size() > yamlx.MaxBytes:
			return "", nil, &scenario.Errors{Issues: []scenario.Issue{{
				File: path, Hint: "traces belong in files of their own",
				Message: fmt.Sprintf("the file has %d bytes, more than the %d that a scenario may have", info.Size(), yamlx.MaxBytes),
			}}}
		}
	}
	// One byte more than the loader takes, from what is no regular file.
	src, err = io.ReadAll(io.LimitReader(f, yamlx.MaxBytes+1))
	if err != nil {
		return "", nil, usagef("reading %s: %w", path, err)
	}
	return path, src, nil
}

// noScenario says that no bundled scenario has a name.
func noScenario(name string) error {
	return usagef("no scenario is called %q%s\nRun 'ratecliff list scenarios' for the bundled ones", name, didYouMean(name, scenarioNames()))
}

// bundledHint helps who asks for a bundled scenario by a path that is not here.
func bundledHint(path string) string {
	name := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	if slices.Contains(scenarioNames(), name) {
		return fmt.Sprintf("; the bundled scenario of that name runs as %q", name)
	}
	return ""
}

func scenarioNames() []string {
	files, err := fs.Glob(scenarios.Files, "*.yaml")
	if err != nil {
		return nil // only for a malformed pattern
	}
	for i, file := range files {
		files[i] = strings.TrimSuffix(file, ".yaml")
	}
	return files
}

// loaded is a scenario with everything it refers to.
type loaded struct {
	scenario *scenario.Scenario
	variants []scenario.Variant
	traces   map[string]load.Trace
}

// load reads a scenario and applies the flags to it.
func (t *traffic) load(path string) (*loaded, error) {
	name, src, err := readScenario(path)
	if err != nil {
		return nil, err
	}
	opts := scenario.Options{
		Set: t.set, Matrix: t.matrix, Strategies: t.chosen(), Profile: t.profile, Seeds: t.seeds, Yes: t.yes, Open: open,
	}
	if t.changed("seed") {
		opts.Seed = &t.seed
	}
	out := &loaded{}
	if out.scenario, err = scenario.Load(name, src, opts); err != nil {
		return nil, t.named(err)
	}
	if out.variants, err = out.scenario.Expand(); err != nil {
		return nil, err
	}
	out.traces, err = readTraces(out.scenario.Traces)
	return out, err
}

// narrow takes the axes of the matrix that are not kept out of the grid, with the
// expectations that speak of them, and returns how many settings there were; 0
// when all are kept. Without its server's axes, a grid keeps the first values of
// each; without any axis the scenario is played as it stands.
func (l *loaded) narrow(keep func(path string) bool) int {
	had := len(l.variants)
	left := 0
	for _, a := range l.scenario.Matrix {
		if keep(a.Path) {
			left++
		}
	}
	if left == len(l.scenario.Matrix) {
		return 0
	}
	drop := func(s scenario.Setting) bool { return !keep(s.Path) }
	l.scenario.Expectations = slices.DeleteFunc(slices.Clone(l.scenario.Expectations), func(e scenario.Expectation) bool {
		return slices.ContainsFunc(e.When, drop)
	})
	if left == 0 {
		l.variants = []scenario.Variant{{Scenario: l.scenario}}
		return had
	}
	var variants []scenario.Variant
	for _, v := range l.variants {
		v.Settings = slices.DeleteFunc(slices.Clone(v.Settings), drop)
		if !slices.ContainsFunc(variants, func(o scenario.Variant) bool { return slices.Equal(o.Settings, v.Settings) }) {
			variants = append(variants, v)
		}
	}
	l.variants = variants
	return had
}

// ofServer says whether a path of a scenario belongs to its server.
func ofServer(path string) bool { return path == "server" || strings.HasPrefix(path, "server.") }

func open(path string) (io.ReadCloser, error) { return os.Open(path) }

// readTraces reads the trace files a scenario replays, each once.
func readTraces(files []scenario.TraceFile) (map[string]load.Trace, error) {
	out := map[string]load.Trace{}
	for _, file := range files {
		trace, err := readTrace(file)
		if err != nil {
			return nil, usagef("trace %s: %w", file.Path, err)
		}
		out[file.Name] = trace
	}
	return out, nil
}
