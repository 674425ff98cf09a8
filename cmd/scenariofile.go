package cmd

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"ratecliff/load"
	"ratecliff/mockserver/model"
	"ratecliff/scenario"
	"ratecliff/scenarios"
)

// maxScenario is a little more than what the loader takes, so that the loader
// can say that a file is too large without all of it being read.
const maxScenario = 4 << 20

func isMistakes(err error) bool {
	var e *scenario.Errors
	return errors.As(err, &e)
}

// readScenario reads a file, or a bundled scenario by its bare name.
func readScenario(path string) (name string, src []byte, err error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) && !strings.ContainsAny(path, `/\.`) {
		if src, err := scenarios.Files.ReadFile(path + ".yaml"); err == nil {
			return path + ".yaml", src, nil
		}
		return "", nil, usagef("no file and no bundled scenario is called %q; see 'ratecliff list scenarios'", path)
	}
	if err != nil {
		return "", nil, usagef("%w", err)
	}
	defer f.Close()
	src, err = io.ReadAll(io.LimitReader(f, maxScenario))
	if err != nil {
		return "", nil, usagef("reading %s: %w", path, err)
	}
	return path, src, nil
}

// loaded is a scenario with everything it refers to.
type loaded struct {
	scenario *scenario.Scenario
	variants []scenario.Variant
	traces   map[string]load.Trace
	profiles map[string]model.Profile
}

// load reads a scenario and applies the flags to it.
func (t *traffic) load(path string) (*loaded, error) {
	name, src, err := readScenario(path)
	if err != nil {
		return nil, err
	}
	opts := scenario.Options{
		Set: t.set, Matrix: t.matrix, Strategies: t.chosen(), Seeds: t.seeds, Yes: t.yes, Open: open,
	}
	if t.changed("seed") {
		opts.Seed = &t.seed
	}
	out := &loaded{profiles: map[string]model.Profile{}}
	if err := out.takeProfile(t.profile, &opts); err != nil {
		return nil, err
	}
	if out.scenario, err = scenario.Load(name, src, opts); err != nil {
		return nil, err
	}
	if out.variants, err = out.scenario.Expand(); err != nil {
		return nil, err
	}
	out.traces, err = readTraces(out.scenario.Traces)
	return out, err
}

// takeProfile understands --profile: a name, or a file with limits of one's own.
func (l *loaded) takeProfile(arg string, opts *scenario.Options) error {
	if arg == "" {
		return nil
	}
	opts.Profile = arg
	if !strings.HasSuffix(arg, ".json") {
		return nil
	}
	p, err := namedProfile(arg)
	if err != nil {
		return err
	}
	if p.Name == "" {
		p.Name = strings.TrimSuffix(filepath.Base(arg), ".json")
	}
	opts.Profile = p.Name
	opts.Profiles = append(opts.Profiles, p.Name)
	l.profiles[p.Name] = p
	return nil
}

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
