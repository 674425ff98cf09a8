package cmd

import (
	"fmt"
	"io"
	"slices"
	"time"

	"ratecliff/compare"
	"ratecliff/mockserver/model"
	"ratecliff/report"
	"ratecliff/report/chart"
	"ratecliff/report/folder"
	"ratecliff/scenario"
)

// document gathers everything that writers show.
func (s *session) document(r *compare.Result) *report.Document {
	sc := s.loaded.scenario
	prices := model.Prices()
	doc := &report.Document{
		SchemaVersion: report.SchemaVersion,
		Tool:          report.Tool{Name: "ratecliff", Version: s.w.Build.Version, Commit: s.w.Build.Commit},
		Scenario:      report.Scenario{Name: sc.Name, Description: sc.Description, Hash: sc.Hash, Text: sc.Text},
		Clock:         report.Clock(s.clock), Target: s.targetName(), Seed: sc.Seed, Seeds: s.seeds,
		Provenance: s.provenance(), Command: s.command(), Cells: r.Cells, Confessions: r.Confessions,
		Prices:  &report.Dated{Date: prices.Date, Source: prices.Source},
		Profile: s.profileDate(), Baseline: baseline(sc),
		Charts: &report.Charts{SchemaVersion: report.SchemaVersion, Cells: r.Charts},
	}
	if s.wall() {
		doc.Started, doc.Compress = s.started.UTC().Format(time.RFC3339), s.compress
	}
	doc.Conclude()
	doc.Verdicts = report.Judge(expectations(sc), doc.Cells)
	return doc
}

func (s *session) targetName() string {
	if s.base == "" {
		return targetMock
	}
	return s.base
}

func (s *session) provenance() report.Provenance {
	if s.base != "" {
		return report.MeasuredLive
	}
	return report.MockAssumed
}

// profileDate says on which limit profile a run on the mock rests.
func (s *session) profileDate() *report.Dated {
	name := s.loaded.scenario.Server.Profile
	if s.base != "" || name == "" {
		return nil
	}
	p, ok := s.loaded.profiles[name]
	if !ok {
		var err error
		if p, err = model.LoadProfile(name); err != nil {
			return nil
		}
	}
	return &report.Dated{Name: p.Name, Date: p.Date, Source: p.Source}
}

// baseline is the strategy others are compared with: no-retry, the honest
// floor, where it runs, else the first.
func baseline(sc *scenario.Scenario) string {
	if sc.Strategy("no-retry") != nil {
		return "no-retry"
	}
	return sc.Strategies[0].Name
}

func expectations(sc *scenario.Scenario) []report.Expectation {
	var out []report.Expectation
	for _, e := range sc.Expectations {
		if e.Subject != scenario.Every && e.Subject != scenario.Best && sc.Strategy(e.Subject) == nil {
			continue // judged only where its strategy runs
		}
		var when report.Settings
		for _, set := range e.When {
			when = append(when, report.Setting{Path: set.Path, Value: set.Value})
		}
		out = append(out, report.Expectation{
			Subject: e.Subject, Metric: e.Metric, Op: string(e.Op), Value: e.Value, Text: e.Text, Line: e.Line, When: when,
		})
	}
	return out
}

// writers render a document, by format.
var writers = map[string]func(io.Writer, *report.Document) error{
	"text": report.Text, "json": report.JSON, "csv": report.CSV, "md": report.Markdown, "junit": report.JUnit, "html": chart.HTML,
}

// write fills the run folder, gives it its final name and prints the result.
func (s *session) write(doc *report.Document) error {
	if s.results != nil {
		if err := s.results.Close(); err != nil {
			return err
		}
		s.results = nil
	}
	if err := render(s.folder, doc, s.formats); err != nil {
		return err
	}
	state := "complete"
	if slices.ContainsFunc(doc.Confessions, func(c report.Confession) bool { return c.Kind == "partial" }) {
		state = "partial"
	}
	if err := s.folder.WriteManifest(s.manifest(state)); err != nil {
		return err
	}
	if err := s.folder.Finish(); err != nil {
		return err
	}
	return show(s.w, doc, s.formats, s.out)
}

// render writes summary.json, charts.json and the chosen formats.
func render(f *folder.Folder, doc *report.Document, formats []string) error {
	if err := f.Write(folder.ChartsFile, func(w io.Writer) error { return report.ChartsJSON(w, doc) }); err != nil {
		return err
	}
	names := slices.Compact(slices.Sorted(slices.Values(append(slices.Clone(formats), "json"))))
	for _, name := range names {
		if name == "text" {
			continue
		}
		if err := f.Write(formatFiles[name], writing(name, doc)); err != nil {
			return err
		}
	}
	return nil
}

func writing(format string, doc *report.Document) func(io.Writer) error {
	return func(w io.Writer) error { return writers[format](w, doc) }
}

// show prints the first format that a terminal can take, and where the rest is.
func show(w *World, doc *report.Document, formats []string, dir string) error {
	i := slices.IndexFunc(formats, func(name string) bool { return name != "html" })
	where := dir
	if slices.Contains(formats, "html") {
		where = dir + "/" + folder.ReportFile
	}
	if i < 0 {
		fmt.Fprintln(w.Stdout, where)
		return nil
	}
	if err := writers[formats[i]](w.Stdout, doc); err != nil {
		return err
	}
	if formats[i] == "text" {
		fmt.Fprintf(w.Stdout, "\nreport  %s\n", where)
		return nil
	}
	fmt.Fprintf(w.Stderr, "report  %s\n", where)
	return nil
}

func (s *session) manifest(state string) folder.Manifest {
	sc := s.loaded.scenario
	m := folder.Manifest{
		State: state, Tool: "ratecliff " + s.w.Build.Version, Commit: s.w.Build.Commit, Go: s.w.Build.Go,
		Scenario: sc.Name, Hash: sc.Hash, Seed: sc.Seed, Seeds: s.seeds, Clock: s.clock, Target: s.targetName(),
		Provenance: string(s.provenance()), Command: s.command(),
	}
	if s.wall() {
		m.Compress, m.Started = s.compress, s.started.UTC().Format(time.RFC3339)
	}
	return m
}
