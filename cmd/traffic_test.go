package cmd_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ratecliff/cmd"
)

func TestCompareWritesAFolderAndATable(t *testing.T) {
	t.Parallel()
	path, out := file(t, "tiny.yaml", tiny), filepath.Join(t.TempDir(), "run")
	e := run(t, "compare", path, "--seeds", "6", "--out", out, "--format", "text,csv,md,junit,html", "--results")
	e.want(t, cmd.Success)
	if e.err != "" {
		t.Errorf("standard error has %q", e.err)
	}
	for _, want := range []string{"full-jitter", "no-retry: success_ratio <= 0.9", "✓", "\nreport  " + out + "/report.html\n", "repeat with: ratecliff compare"} {
		if !strings.Contains(e.out, want) {
			t.Errorf("no %q in\n%s", want, e.out)
		}
	}
	if strings.Contains(e.out, "\x1b") {
		t.Error("escape codes outside a terminal")
	}
	if got, want := files(t, out), "charts.json intervals.hlog junit.xml report.html results.jsonl.zst run.json summary.csv summary.json summary.md"; got != want {
		t.Errorf("the folder holds %s, want %s", got, want)
	}
	again := run(t, "report", out)
	again.want(t, cmd.Success)
	if again.out != e.out {
		t.Errorf("'report' prints\n%s\nwant\n%s", again.out, e.out)
	}
}

func TestFirstFormatGoesToStandardOutput(t *testing.T) {
	t.Parallel()
	path := file(t, "tiny.yaml", tiny)
	for format, begin := range map[string]string{
		"json": "{\n", "csv": "strategy,class,metric", "md": "### tiny", "junit": "<?xml", "text": "full-jitter ", "html,csv": "strategy,",
	} {
		out := filepath.Join(t.TempDir(), "run")
		e := run(t, "compare", path, "--seeds", "6", "--out", out, "--format", format)
		e.want(t, cmd.Success)
		if !strings.HasPrefix(e.out, begin) {
			t.Errorf("--format %s prints %.80q…, want %q first", format, e.out, begin)
		}
		if format != "text" && !strings.HasPrefix(e.err, "report  "+out) {
			t.Errorf("--format %s: standard error has %q", format, e.err)
		}
	}
	out := filepath.Join(t.TempDir(), "run")
	if e := run(t, "compare", path, "--seeds", "1", "--out", out, "--format", "html"); e.out != out+"/report.html\n" {
		t.Errorf("--format html prints %q", e.out)
	}
}

func TestSameInputSameBytes(t *testing.T) {
	t.Parallel()
	path := file(t, "tiny.yaml", tiny)
	var before []byte
	for range 2 {
		out := filepath.Join(t.TempDir(), "run")
		run(t, "compare", path, "--out", out, "--quiet").want(t, cmd.Success)
		data, err := os.ReadFile(filepath.Join(out, "summary.json"))
		if err != nil {
			t.Fatal(err)
		}
		if before != nil && !bytes.Equal(before, data) {
			t.Error("two runs of the same file differ")
		}
		before = data
	}
}

func TestVerdictsDecideTheExitCode(t *testing.T) {
	t.Parallel()
	for expect, want := range map[string]cmd.Code{
		"no-retry: success_ratio <= 0.9":         cmd.Success,
		"no-retry: success_ratio >= 0.9":         cmd.VerdictFail,
		"no-retry: response_time_ms.p99 <= 1000": cmd.Inconclusive, // ten samples are too few for a p99
		"full-jitter: success_ratio >= 0.9":      cmd.Success,
	} {
		path := file(t, "tiny.yaml", changed(t, "no-retry: success_ratio <= 0.9", expect))
		e := run(t, "compare", path, "--seeds", "6", "--out", filepath.Join(t.TempDir(), "run"))
		if e.code != want {
			t.Errorf("%s: exit %d, want %d\n%s%s", expect, e.code, want, e.out, e.err)
		}
		if e.err != "" {
			t.Errorf("%s: standard error has %q", expect, e.err)
		}
	}
}

// TestDefaultFolder cannot run beside others: it changes the working folder.
func TestDefaultFolder(t *testing.T) { //nolint:paralleltest // t.Chdir
	path := file(t, "tiny.yaml", tiny)
	t.Chdir(t.TempDir())
	e := run(t, "run", path, "--strategy", "full-jitter", "--seeds", "1", "--quiet")
	if got, want := files(t, "ratecliff-out"), "tiny-20261122-160000"; got != want {
		t.Fatalf("ratecliff-out holds %s, want %s\n%s", got, want, e.err)
	}
	if !strings.HasSuffix(e.out, "\nreport  ratecliff-out/tiny-20261122-160000/report.html\n") {
		t.Errorf("the path is not said: %s", e.out)
	}
}

func TestRunLeavesTheMatrixOut(t *testing.T) {
	t.Parallel()
	path := file(t, "swept.yaml", tiny+"  - full-jitter: success_ratio >= 2\n    when: {server.burst: 1}\nmatrix:\n  server.burst: [1, 5]\n")
	e := run(t, "run", path, "--strategy", "full-jitter", "--seeds", "6", "--out", filepath.Join(t.TempDir(), "run"))
	e.want(t, cmd.Success) // the impossible expectation speaks of a setting that is not run
	if want := "note: the scenario's matrix is left out: run plays the scenario as it is without; compare plays all 2 settings\n"; e.err != want {
		t.Errorf("standard error has %q, want %q", e.err, want)
	}
	if strings.Contains(e.out, "server.burst=") {
		t.Errorf("a setting is named:\n%s", e.out)
	}
}

func TestCommandRepeatsTheRun(t *testing.T) {
	t.Parallel()
	path, out := file(t, "tiny.yaml", tiny), filepath.Join(t.TempDir(), "run")
	run(t, "compare", path, "--out", out, "--quiet", "--strategies", "full-*,no-retry", "--set", "name=it's", "--seeds=2").want(t, cmd.Success)
	data, err := os.ReadFile(filepath.Join(out, "run.json"))
	var manifest struct{ Command, State string }
	if err := errors.Join(err, json.Unmarshal(data, &manifest)); err != nil {
		t.Fatal(err)
	}
	if want := "ratecliff compare " + path + ` --strategies 'full-*,no-retry' --set 'name=it'\''s' --seeds=2`; manifest.Command != want || manifest.State != "complete" {
		t.Errorf("run.json has %+v, want %s", manifest, want)
	}
}

func TestColoursOnlyWhereAskedFor(t *testing.T) {
	t.Parallel()
	path := file(t, "tiny.yaml", tiny)
	w, out, errs := world("compare", path, "--seeds", "6", "--out", filepath.Join(t.TempDir(), "run"))
	w.Colour = true
	e := runIn(t.Context(), w, out, errs)
	e.want(t, cmd.Success)
	if !strings.Contains(e.out, "\x1b[1m") {
		t.Errorf("no colours:\n%s", e.out)
	}
}

func TestWallClock(t *testing.T) {
	t.Parallel()
	traffic, _, _ := strings.Cut(tiny, "expect:") // what comes out depends on how busy the machine is
	path, out := file(t, "tiny.yaml", traffic), filepath.Join(t.TempDir(), "run")
	e := run(t, "compare", path, "--clock", "wall", "--compress", "200", "--out", out)
	e.want(t, cmd.Success)
	if got, want := files(t, out), "charts.json intervals.hlog report.html results.jsonl.zst run.json summary.json"; got != want {
		t.Errorf("the folder holds %s, want %s", got, want)
	}
	if !strings.Contains(e.out, "wall clock") {
		t.Errorf("the clock is not named:\n%s", e.out)
	}
}
