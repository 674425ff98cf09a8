package cmd

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"ratecliff/compare"
	"ratecliff/load"
	"ratecliff/report"
	"ratecliff/report/folder"
)

// session is one command that runs traffic, from its flags to its exit code.
type session struct {
	*traffic
	w       *World
	verb    string // compare or run
	path    string // of the scenario
	base    string // where traffic goes; "" is the mock
	loaded  *loaded
	folder  *folder.Folder
	results *folder.Results
	out     string
	started time.Time
}

// play runs the whole of it.
func (s *session) play(ctx context.Context) error {
	if err := s.prepare(); err != nil {
		return err
	}
	result, err := s.grid(ctx)
	if err != nil {
		return s.broken(err)
	}
	doc := s.document(result)
	if err := s.write(doc); err != nil {
		return s.broken(err)
	}
	return verdict(result, doc)
}

// prepare finds everything that can be wrong before the first request is sent.
func (s *session) prepare() (err error) {
	if err := s.settle(); err != nil {
		return err
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
	s.started = s.w.Now()
	s.out = s.outFolder()
	if s.folder, err = folder.Create(s.out); err != nil {
		return usagef("--out: %w", err)
	}
	if s.results, err = s.openResults(); err != nil {
		return failed(err)
	}
	return failed(s.folder.WriteManifest(s.manifest("running")))
}

// checkVerb keeps run to one strategy and one setting.
func (s *session) checkVerb() error {
	if s.verb != "run" {
		return nil
	}
	if n := len(s.loaded.scenario.Strategies); n != 1 {
		return usagef("run plays one strategy and the scenario has %d: choose one with --strategy NAME, or use compare", n)
	}
	if len(s.loaded.variants) != 1 {
		return usagef("run plays one setting and the matrix has %d: use compare", len(s.loaded.variants))
	}
	return nil
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

// grid plays the runs.
func (s *session) grid(ctx context.Context) (*compare.Result, error) {
	view := newView(s.w, s.quiet)
	defer view.close()
	g := &compare.Grid{
		Variants: s.loaded.variants, Seeds: s.seeds, Traces: s.loaded.traces, Profiles: s.loaded.profiles,
		Progress: view.done,
	}
	if s.results != nil {
		g.OnResult = s.keep
	}
	if !s.wall() {
		return compare.Virtual(ctx, g)
	}
	return compare.Wall(ctx, g, compare.WallConfig{
		Base: s.base, Compress: s.compress, Key: s.w.Env("ANTHROPIC_API_KEY"), Status: view.status,
	})
}

// keep writes a result into results.jsonl.zst.
func (s *session) keep(r compare.Run, res *load.Result) {
	class := r.Variant.Scenario.Classes[res.Arrival.Class].Name
	s.results.Add(r.Strategy.Name, r.Settings(), r.Seed, class, res)
}

// broken says where the remains of a run that failed can be found.
func (s *session) broken(err error) error {
	if s.results != nil {
		err = errors.Join(err, s.results.Close())
	}
	var c *coded
	if errors.As(err, &c) {
		return err
	}
	return failed(fmt.Errorf("%w\nWhat was written so far is in %s", err, s.folder.Path()))
}

// verdict is how the command ends once everything is written.
func verdict(result *compare.Result, doc *report.Document) error {
	if result.Interrupted {
		return &coded{Interrupted, errors.New("interrupted: the results are partial")}
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

// command is how to repeat the run, without what changes nothing in the results.
func (s *session) command() string {
	parts := []string{"ratecliff"}
	args := s.w.Args
	for i := 0; i < len(args); i++ {
		switch arg := args[i]; {
		case arg == "--out":
			i++
		case strings.HasPrefix(arg, "--out="), arg == "--quiet", arg == "--quiet=true":
		default:
			parts = append(parts, quote(arg))
		}
	}
	return strings.Join(parts, " ")
}

// quote makes an argument safe to paste into a shell.
func quote(arg string) string {
	if arg != "" && strings.IndexFunc(arg, unsafeInShell) < 0 {
		return arg
	}
	return "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
}

func unsafeInShell(r rune) bool {
	return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_=./:,@%+", r))
}
