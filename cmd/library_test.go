package cmd_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ratecliff/cmd"
)

// A library that reads the wall clock needs flags, which the message names.
func TestLibrariesAskForTheWallClock(t *testing.T) {
	t.Parallel()
	path := file(t, "s.yaml", tiny)
	out := filepath.Join(t.TempDir(), "out")
	for _, flags := range [][]string{nil, {"--clock", "wall"}, {"--clock", "wall", "--compress", "2"}, {"--seeds", "auto"}} {
		e := run(t, append([]string{"compare", path, "--strategies", "full-jitter,lib-gobreaker,lib-failsafe-retry", "--out", out}, flags...)...)
		e.want(t, cmd.Usage)
		for _, want := range []string{"lib-gobreaker, lib-failsafe-retry: the libraries gobreaker, failsafe-retry read the wall clock", "--clock wall --compress 1"} {
			if !strings.Contains(e.err, want) {
				t.Errorf("%v: %s\nwant %s", flags, e.err, want)
			}
		}
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("a run folder was made")
	}
}

// Every library over HTTP on the wall clock: a few calls, a second or two.
func TestLibrariesOnTheWallClock(t *testing.T) {
	t.Parallel()
	path := file(t, "s.yaml", changed(t, "rpm: 60, burst: 5", "rpm: 600, burst: 5"))
	out := filepath.Join(t.TempDir(), "out")
	e := run(t, "compare", path, "--strategies", "lib-failsafe-retry,lib-failsafe-adaptive-limiter,lib-gobreaker-no-throttled,lib-aws-adaptive",
		"--clock", "wall", "--compress", "1", "--out", out, "--set", "duration=2s", "--set", "drain=3s")
	e.want(t, cmd.Success)
	if !strings.Contains(e.out, "lib-aws-adaptive") || !strings.Contains(e.out, "legacy retry mode") {
		t.Errorf("%s", e.out)
	}
}
