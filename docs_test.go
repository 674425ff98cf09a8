package main

import (
	"bytes"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"ratecliff/report"
	"ratecliff/report/folder"
	"ratecliff/scenario"
)

var update = flag.Bool("update", false, "write the generated parts of the documentation anew")

// pages are the documents that these tests keep true.
func pages(t *testing.T) []string {
	t.Helper()
	docs, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	return append([]string{"README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"}, docs...)
}

func text(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestMetricsPage looks for every metric.
func TestMetricsPage(t *testing.T) {
	t.Parallel()
	body := text(t, "docs/metrics.md")
	for _, name := range scenario.Metrics() {
		base, q, _ := strings.Cut(name, ".")
		if !strings.Contains(body, "`"+name+"`") && (!strings.HasSuffix(base, "_ms") || !strings.Contains(body, "`"+base+".q`") || !strings.Contains(body, "`"+q+"`")) {
			t.Errorf("docs/metrics.md has no %s", name)
		}
	}
}

// TestResultsPage looks for every file of a run folder, every field of the
// manifest and of summary.json.
func TestResultsPage(t *testing.T) {
	t.Parallel()
	body := text(t, "docs/results.md")
	words := []string{
		folder.ManifestFile, folder.SummaryFile, folder.ChartsFile, folder.ResultsFile, folder.ReportFile,
		"summary.csv", "summary.md", "junit.xml",
	}
	for _, v := range []any{folder.Manifest{}, report.Document{}, report.Cell{}, folder.Line{}, folder.AttemptLine{}} {
		words = append(words, fields(v)...)
	}
	for _, w := range words {
		if !strings.Contains(body, "`"+w+"`") {
			t.Errorf("docs/results.md has no %s", w)
		}
	}
}

// TestDesignPage looks for every package of this module.
func TestDesignPage(t *testing.T) {
	t.Parallel()
	body := text(t, "docs/design.md")
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() || path == "." {
			return err
		}
		if strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "internal" && path != "internal" || path == "bench" {
			return fs.SkipDir
		}
		if _, err := os.Stat(filepath.Join(path, "go.mod")); err == nil {
			return fs.SkipDir // another module, with packages of its own
		}
		if sources, _ := filepath.Glob(path + "/*.go"); len(sources) > 0 && !strings.Contains(body, "`"+filepath.ToSlash(path)+"`") {
			t.Errorf("docs/design.md has no package %s", path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestLinks follows every link to a file of the repository.
func TestLinks(t *testing.T) {
	t.Parallel()
	link := regexp.MustCompile(`\]\(([^)#][^)]*)\)`)
	for _, page := range pages(t) {
		for _, m := range link.FindAllStringSubmatch(text(t, page), -1) {
			target, _, _ := strings.Cut(m[1], "#")
			if strings.Contains(target, "://") {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(page), target)); err != nil {
				t.Errorf("%s links to %s: %v", page, target, err)
			}
		}
	}
}

// TestScenariosInDocs loads every piece of YAML. A piece that is no whole file
// is put into one.
func TestScenariosInDocs(t *testing.T) {
	t.Parallel()
	whole := []string{
		"version: 1", "duration: 60s", "server: {rpm: 50, burst: 10}", "strategies: [no-retry, full-jitter, token-bucket]",
		"classes: {chat: {arrivals: {process: poisson, rate: 40/min}, input: 1000, output: 200}}",
	}
	for _, page := range pages(t) {
		for i, piece := range fenced(text(t, page), "yaml") {
			for _, line := range whole {
				key, _, _ := strings.Cut(line, ":")
				if !strings.HasPrefix(piece, key+":") && !strings.Contains(piece, "\n"+key+":") {
					piece = line + "\n" + piece
				}
			}
			if _, err := scenario.Load(page, []byte(piece), scenario.Options{}); err != nil {
				t.Errorf("piece %d of YAML in %s:\n%v", i+1, page, err)
			}
		}
	}
}

// fields are the names of the JSON fields of a struct.
func fields(v any) []string {
	var out []string
	typ := reflect.TypeOf(v)
	for i := range typ.NumField() {
		name, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
		if name != "" && name != "-" {
			out = append(out, name)
		}
	}
	return out
}

// fenced are the code blocks of a language.
func fenced(page, language string) []string {
	var out []string
	for _, part := range strings.Split("\n"+page, "\n```"+language+"\n")[1:] {
		block, _, _ := strings.Cut(part, "\n```")
		out = append(out, block+"\n")
	}
	return out
}

// lines are those of a text, without blanks at their ends.
func lines(b []byte) []string {
	var out []string
	for line := range bytes.Lines(b) {
		out = append(out, strings.TrimRight(string(line), " \n"))
	}
	return out
}
