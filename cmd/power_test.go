package cmd_test

import (
	"path/filepath"
	"strings"
	"testing"

	"ratecliff/cmd"
)

// A pilot of ten seeds chooses the number of seeds, and the report says how.
func TestSeedsFromAPilot(t *testing.T) {
	t.Parallel()
	out := filepath.Join(t.TempDir(), "out")
	e := run(t, "compare", "burst", "--strategies", "token-bucket,retry-after", "--seeds", "auto", "--detect", "2%", "--out", out)
	if e.code == cmd.Usage || e.code == cmd.Failure {
		t.Fatalf("exit code %d: %s", e.code, e.err)
	}
	for _, want := range []string{"seeds were played: to see 2 points in optimum_share", "pilot of 10", "20 seeds from 1"} {
		if !strings.Contains(e.out, want) {
			t.Errorf("standard output does not say %q:\n%s", want, e.out)
		}
	}
}

func TestDetectIsChecked(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ args, want string }{
		{"--detect 1%", "--detect goes with --seeds auto"},
		{"--seeds auto --detect 0", "a share above 0 % and below 100 %"},
		{"--seeds auto --detect NaN", "a share above 0 % and below 100 %"},
		{"--seeds auto --detect 100%", "a share above 0 % and below 100 %"},
		{"--seeds auto --clock wall", "--seeds auto needs virtual time"},
		{"--seeds Auto", "want a number of runs, or auto"},
	} {
		e := run(t, append([]string{"compare", "burst"}, strings.Fields(c.args)...)...)
		if e.code != cmd.Usage || !strings.Contains(e.err, c.want) {
			t.Errorf("%s: exit code %d, %q", c.args, e.code, e.err)
		}
	}
}
