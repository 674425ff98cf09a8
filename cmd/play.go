package cmd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime/debug"
	"time"

	"ratecliff/compare"
	"ratecliff/load"
	"ratecliff/metrics"
	"ratecliff/report"
	"ratecliff/report/folder"
)

// session is one command that runs traffic, from its flags to its exit code.
type session struct {
	*traffic
	w         *World
	verb      string // compare or run
	path      string // of the scenario
	base      string // where traffic goes; "" is the mock
	loaded    *loaded
	folder    *folder.Folder
	results   *folder.Results
	power     *report.Power // how --seeds auto chose; nil without
	out       string
	intervals []metrics.Section
	started   time.Time
}

// play runs the whole of it.
func (s *session) play(ctx context.Context) error {
	if err := s.prepare(ctx); err != nil {
		return err
	}
	result, err := s.grid(ctx)
	if err != nil {
		return s.broken(err)
	}
	s.intervals = result.Intervals
	doc := s.document(result)
	if err := s.write(doc); err != nil {
		return err
	}
	return verdict(result, doc)
}

// prepare finds everything that can be wrong before the first request is sent.
func (s *session) prepare(ctx context.Context) (err error) {
	if err := s.settle(); err != nil {
		return err
	}
	if s.verb == "run" && len(s.matrix) > 0 {
		return usagef("run plays one setting: --matrix is for compare")
	}
	if s.base, err = s.traffic.base(); err != nil {
		return err
	}
	if s.loaded, err = s.load(s.path); err != nil {
		return err
	}
	if err := s.checkVerb(); err != nil {
		return err
	}
	if err := s.checkClock(); err != nil {
		return err
	}
	if err := reach(ctx, s.base, s.w.Patience); err != nil {
		return err
	}
	s.started = s.w.Now()
	s.out = s.outFolder()
	if s.folder, err = folder.Create(s.out); err != nil {
		return usagef("--out: %w", err)
	}
	if s.results, err = s.openResults(); err != nil {
		return s.broken(err)
	}
	if err := s.folder.WriteManifest(s.manifest("running")); err != nil {
		return s.broken(err)
	}
	return nil
}

// checkVerb keeps run to one strategy, and both verbs to settings that the
// target can take.
func (s *session) checkVerb() error {
	if s.verb == "run" {
		if n := len(s.loaded.scenario.Strategies); n != 1 {
			return usagef("run plays one strategy and the scenario has %d: choose one with --strategy NAME, or use compare", n)
		}
		if n := s.loaded.narrow(func(string) bool { return false }); n > 0 {
			s.note("the scenario's matrix is left out: run plays the scenario as it is without; compare plays all %d settings", n)
		}
		return nil
	}
	if !s.outside() {
		return nil
	}
	if n := s.loaded.narrow(func(path string) bool { return !ofServer(path) }); n > 0 {
		s.note("what the scenario's matrix says of the server is left out: --target has limits of its own; %s of %d remain",
			count(len(s.loaded.variants), "setting", "settings"), n)
	}
	return nil
}

// note tells the user something that is no mistake.
func (s *session) note(format string, args ...any) {
	if !s.quiet {
		fmt.Fprintf(s.w.Stderr, "note: "+format+"\n", args...)
	}
}

func (s *session) outFolder() string {
	if s.traffic.out != "" {
		return s.traffic.out
	}
	return filepath.Join("ratecliff-out", s.loaded.scenario.Name+"-"+s.started.Format("20060102-150405"))
}

func (s *session) openResults() (*folder.Results, error) {
	if !s.traffic.results && !s.wall() {
		return nil, nil
	}
	return s.folder.Results()
}

// virtualGC is how far the heap of a virtual grid may grow between collections,
// in percent. Runs keep a few megabytes for long and make little garbage, so at
// Go's 100 the collector comes often and costs two cores an eighth of their time.
const virtualGC = 400

// virtualMemory is from how many bytes on it comes as often as it must, however
// large the grid.
const virtualMemory = 1 << 30

// grid plays the runs.
func (s *session) grid(ctx context.Context) (*compare.Result, error) {
	view := newView(s.w, s.quiet)
	defer view.close()
	defer context.AfterFunc(ctx, view.interrupted)()
	g := &compare.Grid{
		Variants: s.loaded.variants, Seeds: s.seeds, Traces: s.loaded.traces,
		Progress: view.done,
	}
	if s.results != nil {
		g.OnResult, g.Intervals = s.keep, true
	}
	if s.auto {
		if r, err := s.pilot(ctx, *g); r != nil || err != nil {
			return r, err
		}
		g.Seeds = s.seeds
	}
	if !s.wall() {
		if s.w.Env("GOGC") == "" {
			defer debug.SetGCPercent(debug.SetGCPercent(virtualGC))
			if s.w.Env("GOMEMLIMIT") == "" {
				defer debug.SetMemoryLimit(debug.SetMemoryLimit(virtualMemory))
			}
		}
		return compare.Virtual(ctx, g)
	}
	return compare.Wall(ctx, g, compare.WallConfig{
		Base: s.base, Compress: s.compress, Key: s.key(), Status: view.status,
	})
}

// key is what the target is shown: the user's API key, else the one that the
// mock tells its clients to use, which is worth nothing anywhere.
func (s *session) key() string { return cmp.Or(s.w.Env("ANTHROPIC_API_KEY"), mockKey) }

// keep writes a result into results.jsonl.zst.
func (s *session) keep(r compare.Run, res *load.Result) {
	class := r.Variant.Scenario.Classes[res.Arrival.Class].Name
	s.results.Add(r.Strategy.Name, r.Settings().String(), r.Seed, class, res)
}

// broken ends a run that has no results: its folder stays when there is
// something in it to look at.
func (s *session) broken(err error) error {
	if s.results == nil {
		return failed(errors.Join(err, s.folder.Discard()))
	}
	return failed(fmt.Errorf("%w\nWhat was written so far is in %s", errors.Join(err, s.results.Close()), s.folder.Path()))
}

// verdict is how the command ends once everything is written.
func verdict(result *compare.Result, doc *report.Document) error {
	if result.Interrupted {
		return &coded{Interrupted, errors.New("interrupted: the results are partial, and are kept")}
	}
	open := false
	for i := range doc.Verdicts {
		switch doc.Verdicts[i].Outcome {
		case report.Fail:
			return &coded{code: VerdictFail}
		case report.Inconclusive:
			open = true
		case report.Pass:
		}
	}
	if open {
		return &coded{code: Inconclusive}
	}
	return nil
}
