package chart

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ratecliff/report"
	"ratecliff/report/reporttest"
)

// browse opens a page from disk in the browser that RATECLIFF_BROWSER names (a
// Chromium) and returns the document as it stands after the scripts ran, and
// what went to the console.
func browse(t *testing.T, page string) (dom, console string) {
	t.Helper()
	browser := os.Getenv("RATECLIFF_BROWSER")
	if browser == "" {
		t.Skip("RATECLIFF_BROWSER names no browser")
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "report.html")
	if err := os.WriteFile(file, []byte(page), 0o644); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--user-data-dir="+filepath.Join(dir, "profile"),
		"--enable-logging=stderr", "--virtual-time-budget=4000", "--dump-dom", "file://"+file)
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, errs.String())
	}
	var lines []string
	for line := range strings.Lines(errs.String()) {
		if strings.Contains(line, "CONSOLE") {
			lines = append(lines, line)
		}
	}
	return string(out), strings.Join(lines, "")
}

func TestBrowserDrawsTheCharts(t *testing.T) {
	t.Parallel()
	for name, d := range map[string]*report.Document{"twelve": reporttest.Sample(12), "one": reporttest.Sample(1), "none": {}} {
		dom, console := browse(t, render(t, d))
		if console != "" {
			t.Errorf("%s: console: %s", name, console)
		}
		if want := map[string]int{"twelve": 6, "one": 6, "none": 0}[name]; strings.Count(dom, "<svg") < want {
			t.Errorf("%s: %d charts drawn, want %d", name, strings.Count(dom, "<svg"), want)
		}
		if shown, _, _ := strings.Cut(dom, "<script"); strings.Contains(shown, "NaN") || strings.Contains(shown, "undefined") {
			t.Errorf("%s: a chart shows what is no number", name)
		}
	}
}

func TestBrowserRunsNothingHostile(t *testing.T) {
	t.Parallel()
	for _, text := range corpus() {
		dom, console := browse(t, render(t, hostile(text)))
		if strings.Contains(dom, "<title>owned") {
			t.Errorf("%q ran", text)
		}
		if console != "" {
			t.Errorf("%q: console: %s", text, console)
		}
		if strings.Count(dom, "<svg") < 5 {
			t.Errorf("%q: only %d charts drawn", text, strings.Count(dom, "<svg"))
		}
	}
}
