package cmd

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"time"

	"ratecliff/compare"
	"ratecliff/metrics"
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
		Profile: s.profileDate(), Baseline: baseline(sc), Power: s.power,
		Charts: &report.Charts{SchemaVersion: report.SchemaVersion, Cells: r.Charts},
	}
	if s.wall() {
		doc.Started, doc.Compress = s.started.UTC().Format(time.RFC3339), s.compress
	}
	doc.Conclude()
	doc.Verdicts = report.Judge(expectations(sc, s.loaded.variants), doc.Cells)
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
	p := s.loaded.scenario.Profile
	if s.base != "" || p == nil {
		return nil
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

// writers render a document, by format.
var writers = map[string]func(io.Writer, *report.Document) error{
	"text": report.Text, "json": report.JSON, "csv": report.CSV, "md": report.Markdown, "junit": report.JUnit, "html": chart.HTML,
}

// write fills the run folder, gives it its final name and prints the result.
// Where the folder cannot be written, the result is printed all the same and the
// folder keeps its temporary name.
func (s *session) write(doc *report.Document) error {
	err := s.store(doc)
	where := s.out
	if err != nil {
		where = s.folder.Path()
	}
	if told := show(s.w, doc, s.formats, where); told != nil && err == nil {
		return failed(fmt.Errorf("printing the results: %w\nThey are in %s", told, where))
	}
	if err != nil {
		return failed(fmt.Errorf("%w\nWhat could be written is in %s", err, where))
	}
	return nil
}

// store fills the run folder. Every file is tried, and the first error returned:
// a full disk may still take the small ones.
func (s *session) store(doc *report.Document) error {
	var first error
	try := func(err error) {
		if first == nil {
			first = err
		}
	}
	if s.results != nil {
		try(s.results.Close())
	}
	try(s.folder.Write(folder.SummaryFile, writing("json", doc)))
	try(s.folder.Write(folder.ChartsFile, func(w io.Writer) error { return report.ChartsJSON(w, doc) }))
	try(render(s.folder, doc, s.formats))
	if len(s.intervals) > 0 {
		try(s.folder.Write(folder.IntervalsFile, func(w io.Writer) error { return metrics.WriteIntervals(w, s.intervals...) }))
	}
	state := "complete"
	if first != nil || slices.ContainsFunc(doc.Confessions, func(c report.Confession) bool { return c.Kind == "partial" }) {
		state = "partial"
	}
	try(s.folder.WriteManifest(s.manifest(state)))
	if first == nil {
		try(s.folder.Finish())
	}
	return first
}

// render writes the chosen formats and returns the first error.
func render(f *folder.Folder, doc *report.Document, formats []string) error {
	var first error
	for _, name := range slices.Compact(slices.Sorted(slices.Values(formats))) {
		if name == "text" || name == "json" {
			continue // text is printed, and summary.json written first of all
		}
		if err := f.Write(formatFiles[name], writing(name, doc)); first == nil {
			first = err
		}
	}
	return first
}

func writing(format string, doc *report.Document) func(io.Writer) error {
	return func(w io.Writer) error { return writers[format](w, doc) }
}

// show prints the first format that a terminal can take, and where the rest is.
func show(w *World, doc *report.Document, formats []string, dir string) error {
	summarise(w, doc)
	i := slices.IndexFunc(formats, func(name string) bool { return name != "html" })
	where := dir
	if slices.Contains(formats, "html") {
		where = filepath.Join(dir, folder.ReportFile)
	}
	if i < 0 {
		_, err := fmt.Fprintln(w.Stdout, where)
		return err
	}
	if formats[i] != "text" {
		fmt.Fprintf(w.Stderr, "report  %s\n", where)
		return writers[formats[i]](w.Stdout, doc)
	}
	if err := (report.Terminal{Colour: w.Colour}).Write(w.Stdout, doc); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w.Stdout, "\nreport  %s\n", where)
	return err
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
