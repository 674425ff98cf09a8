package cmd_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ratecliff/cmd"
)

// inJob is the world of a GitHub Actions job.
func inJob(t *testing.T, summary string, args ...string) ended {
	t.Helper()
	w, out, errs := world(args...)
	env := map[string]string{"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": summary, "CI": "true"}
	w.Env = func(name string) string { return env[name] }
	return runIn(t.Context(), w, out, errs)
}

func TestMistakesAreAnnotated(t *testing.T) {
	t.Parallel()
	path := file(t, "a,b.yaml", changed(t, "rpm: 60", "rpm: -60", "duration: 5s", `duration: "100%\n"`))
	e := inJob(t, "", "lint", path)
	e.want(t, cmd.Usage)
	name := strings.ReplaceAll(path, ",", "%2C")
	for _, want := range []string{
		"\n::error file=" + name + ",line=3,col=11::duration: ", "100%25",
		"\n::error file=" + name + ",line=5,col=15::server.rpm is -60: a limit cannot be negative (0 means no limit)\n",
	} {
		if !strings.Contains(e.err, want) {
			t.Errorf("no %q in\n%s", want, e.err)
		}
	}
	for _, line := range strings.Split(e.err, "\n") {
		if strings.HasPrefix(line, "::error ") && strings.Contains(line, "100%\"") {
			t.Errorf("a percent sign is not escaped: %s", line)
		}
	}
	flag := inJob(t, "", "compare", file(t, "s.yaml", tiny), "--set", "server.brust=3")
	if want := "\n::error ::--set server.brust=3: unknown key"; !strings.Contains(flag.err, want) {
		t.Errorf("no %q in\n%s", want, flag.err)
	}
	if outside := run(t, "lint", path); strings.Contains(outside.err, "::error") {
		t.Errorf("annotated outside a job:\n%s", outside.err)
	}
}

func TestJobSummaryIsAppended(t *testing.T) {
	t.Parallel()
	summary := file(t, "summary.md", "# Before\n")
	out := filepath.Join(t.TempDir(), "run")
	path := file(t, "tiny.yaml", tiny)
	inJob(t, summary, "compare", path, "--seeds", "6", "--out", out).want(t, cmd.Success)
	md := run(t, "report", out, "--format", "md")
	md.want(t, cmd.Success)
	data, err := os.ReadFile(summary)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(data), "# Before\n"+md.out; got != want {
		t.Errorf("the summary is\n%s\nwant\n%s", got, want)
	}
	e := inJob(t, t.TempDir(), "compare", path, "--seeds", "6", "--out", out)
	e.want(t, cmd.Success)
	if !strings.HasPrefix(e.err, "note: the job summary could not be written: ") {
		t.Errorf("a summary that cannot be written: %q", e.err)
	}
}
