package cmd_test

import (
	"bytes"
	"context"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ratecliff/cmd"
)

var update = flag.Bool("update", false, "write the golden files anew")

// mainVariable makes the test binary the program itself, for what only a
// process can show.
const mainVariable = "RATECLIFF_TEST_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(mainVariable) != "" {
		os.Exit(cmd.Main())
	}
	os.Exit(m.Run())
}

// program is the test binary as the program.
func program(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), self, args...)
	c.Env = append(os.Environ(), mainVariable+"=1")
	return c
}

// ended is how a command ended and what it said.
type ended struct {
	code     cmd.Code
	out, err string
}

// instant is when all tests in memory take place.
var instant = time.Date(2026, 11, 22, 16, 0, 0, 0, time.UTC)

// world is a world without a terminal in which time stands still.
func world(args ...string) (cmd.World, *bytes.Buffer, *bytes.Buffer) {
	var out, err bytes.Buffer
	return cmd.World{
		Args: args, Stdin: strings.NewReader(""), Stdout: &out, Stderr: &err,
		Env: func(string) string { return "" }, Now: func() time.Time { return instant },
		Columns: func() int { return 80 },
		Build:   cmd.Build{Version: "v0.0.0-test", Commit: "abc", Go: "go0"},
	}, &out, &err
}

func runIn(ctx context.Context, w cmd.World, out, err *bytes.Buffer) ended {
	code := cmd.Run(ctx, w)
	return ended{code, out.String(), err.String()}
}

func run(t *testing.T, args ...string) ended {
	t.Helper()
	w, out, err := world(args...)
	return runIn(t.Context(), w, out, err)
}

// want fails unless a command ended with the code.
func (e ended) want(t *testing.T, code cmd.Code) {
	t.Helper()
	if e.code != code {
		t.Fatalf("exit %d, want %d\nstdout:\n%s\nstderr:\n%s", e.code, code, e.out, e.err)
	}
}

// tiny is a scenario that is played in no time.
const tiny = `version: 1
name: tiny
duration: 5s
drain: 20s
server: {rpm: 60, burst: 5, latency: {ttft: 0.1, tokens_per_second: 100, refusal: 0.01}}
classes:
  calls: {arrivals: {process: burst, n: 10}, input: 10, output: 5}
strategies: [no-retry, full-jitter]
expect:
  - no-retry: success_ratio <= 0.9
`

// file writes a file into a folder of the test and returns its path.
func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// changed is the tiny scenario with pairs of old and new text.
func changed(t *testing.T, pairs ...string) string {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(tiny, pairs[i]) {
			t.Fatalf("the tiny scenario has no %q", pairs[i])
		}
	}
	return strings.NewReplacer(pairs...).Replace(tiny)
}

// golden compares text with a file under testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs (-update writes it anew)\ngot:\n%s\nwant:\n%s", path, got, want)
	}
}

// files lists the names in a folder, blank-separated.
func files(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return strings.Join(names, " ")
}
