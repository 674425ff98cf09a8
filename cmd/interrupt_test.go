package cmd_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"ratecliff/cmd"
	"ratecliff/report/folder"
)

// wide is a grid of many cells.
func wide(t *testing.T) string {
	t.Helper()
	var values []string
	for n := range 50 {
		values = append(values, strconv.Itoa(n+1))
	}
	return tiny + "matrix:\n  server.burst: [" + strings.Join(values, ", ") + "]\n"
}

// ticking is a clock that goes on by a second whenever it is asked.
func ticking() func() time.Time {
	now := instant
	return func() time.Time { now = now.Add(time.Second); return now }
}

// trigger calls do at the first write.
type trigger struct {
	bytes.Buffer
	do func()
}

func (w *trigger) Write(p []byte) (int, error) {
	w.do()
	return w.Buffer.Write(p)
}

func TestInterruptInVirtualTime(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out := filepath.Join(t.TempDir(), "run")
	w, stdout, _ := world("compare", file(t, "wide.yaml", wide(t)), "--seeds", "1", "--out", out)
	stderr := &trigger{do: cancel}
	w.Stderr, w.Now, w.Terminal = stderr, ticking(), true
	e := ended{cmd.Run(ctx, w), stdout.String(), stderr.String()}
	e.want(t, cmd.Interrupted)
	if !strings.Contains(e.out, "of 100 cells were not finished and are left out") {
		t.Errorf("what is missing is not said:\n%s", e.out)
	}
	if !strings.HasSuffix(e.err, "interrupted: the results are partial, and are kept\n") {
		t.Errorf("standard error ends %q", e.err)
	}
	partial(t, out)
}

// partial checks that a folder is one that an interrupted run left.
func partial(t *testing.T, out string) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(out, folder.ManifestFile))
	var m folder.Manifest
	if err := errors.Join(err, json.Unmarshal(data, &m)); err != nil || m.State != "partial" {
		t.Errorf("run.json says %q, %v; want partial", m.State, err)
	}
	e := run(t, "report", out, "--format", "text,html")
	e.want(t, cmd.Success)
	if !strings.Contains(e.out, "!") {
		t.Errorf("'report' hides what is missing:\n%s", e.out)
	}
}

func TestInterruptBeforeAnythingIsDone(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	out := filepath.Join(t.TempDir(), "run")
	w, stdout, stderr := world("compare", file(t, "tiny.yaml", tiny), "--out", out)
	runIn(ctx, w, stdout, stderr).want(t, cmd.Interrupted)
	partial(t, out)
}

func TestInterruptOnTheWall(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	h := hang(t)
	go func() {
		<-h.asked
		cancel()
		close(h.let)
	}()
	out := filepath.Join(t.TempDir(), "run")
	w, stdout, stderr := world("compare", file(t, "tiny.yaml", tiny), "--target", h.URL, "--out", out)
	e := runIn(ctx, w, stdout, stderr)
	e.want(t, cmd.Interrupted)
	if !strings.HasPrefix(e.err, "interrupted: what is under way may end") {
		t.Errorf("standard error has %s", e.err)
	}
	partial(t, out)
	if n := lines(t, filepath.Join(out, folder.ResultsFile)); n == 0 {
		t.Error("no results were kept")
	}
}

// lines counts the results in a file, whole or cut off.
func lines(t *testing.T, path string) (n int) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	err = folder.ReadResults(f, func(folder.Line) error { n++; return nil })
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("reading %s: %v", path, err)
	}
	return n
}

// TestSecondInterruptEndsAtOnce needs a process: the second one does not wait
// for the calls that the first one waits for.
func TestSecondInterruptEndsAtOnce(t *testing.T) {
	t.Parallel()
	h := hang(t)
	out := filepath.Join(t.TempDir(), "run")
	c := program(t, "compare", file(t, "tiny.yaml", tiny), "--target", h.URL, "--out", out)
	stderr, err := c.StderrPipe()
	if err := errors.Join(err, c.Start()); err != nil {
		t.Fatal(err)
	}
	<-h.asked
	interrupt(t, c.Process)
	said := bufio.NewScanner(stderr)
	for said.Scan() && said.Text() != "Interrupt again to stop at once" {
	}
	interrupt(t, c.Process)
	_, _ = io.Copy(io.Discard, stderr)
	_ = c.Wait()
	if code := cmd.Code(c.ProcessState.ExitCode()); code != cmd.Interrupted {
		t.Errorf("exit %d, want %d", code, cmd.Interrupted)
	}
	if _, err := os.Stat(filepath.Join(out+".partial", folder.ManifestFile)); err != nil {
		t.Errorf("nothing is left to look at: %v", err)
	}
}

func interrupt(t *testing.T, p *os.Process) {
	t.Helper()
	if err := p.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
}
