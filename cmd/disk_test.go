package cmd_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"ratecliff/cmd"
	"ratecliff/report/folder"
)

// TestFullDisk: the table is printed, the exit code is a failure, and what was
// written can be read.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	disk := smallDisk(t, "size=96k")
	path := file(t, "tiny.yaml", changed(t, "n: 10}", "n: 1000}", "drain: 20s", "drain: 30m"))
	out := filepath.Join(disk, "run")
	e := run(t, "compare", path, "--seeds", "6", "--out", out, "--results")
	e.want(t, cmd.Failure)
	if !strings.Contains(e.out, "Expectations\n") || !strings.Contains(e.out, "report  "+out+".partial") {
		t.Errorf("the results were not printed:\n%s", e.out)
	}
	want := "error: writing results.jsonl.zst: "
	if !strings.HasPrefix(e.err, want) || !strings.Contains(e.err, "no space left on device") ||
		!strings.HasSuffix(e.err, "\nWhat could be written is in "+out+".partial\n") {
		t.Errorf("got %s", e.err)
	}
	if n := lines(t, filepath.Join(out+".partial", folder.ResultsFile)); n < 256 {
		t.Errorf("%d results can be read, want many", n)
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("the folder got its final name without being whole")
	}
}

// TestFullDiskFromTheStart: nothing is run when there is no place for it.
func TestFullDiskFromTheStart(t *testing.T) {
	t.Parallel()
	disk := smallDisk(t, "size=4k")
	e := run(t, "compare", file(t, "tiny.yaml", tiny), "--out", filepath.Join(disk, "run"))
	if e.code != cmd.Usage && e.code != cmd.Failure || !strings.Contains(e.err, "no space left on device") {
		t.Errorf("exit %d, %s", e.code, e.err)
	}
}

// smallDisk mounts a file system in memory, which only root may.
func smallDisk(t *testing.T, options string) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, options); err != nil {
		t.Skipf("a small file system cannot be mounted here: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Errorf("unmounting: %v", err)
		}
	})
	return dir
}

// full is an output that takes nothing.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

func TestFullStandardOutput(t *testing.T) {
	t.Parallel()
	path, out := file(t, "tiny.yaml", tiny), filepath.Join(t.TempDir(), "run")
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"compare", path, "--out", out}, "error: printing the results: no space left on device\nThey are in " + out + "\n"},
		{[]string{"report", out}, "error: " + out + ": no space left on device\n"},
		{[]string{"list", "strategies"}, "error: no space left on device\n"},
		{[]string{"show", "strategy", "sdk-go"}, "error: no space left on device\n"},
		{[]string{"lint", path}, "error: no space left on device\n"},
		{[]string{"init", "burst"}, "error: no space left on device\n"},
		{[]string{"schema"}, "error: no space left on device\n"},
		{[]string{"version"}, "error: no space left on device\n"},
	} {
		w, stdout, stderr := world(c.args...)
		w.Stdout = io.Writer(full{})
		e := runIn(t.Context(), w, stdout, stderr)
		if e.code != cmd.Failure || e.err != c.want {
			t.Errorf("%v: exit %d, %q; want 5, %q", c.args, e.code, e.err, c.want)
		}
	}
	if got := files(t, out); got != "charts.json report.html run.json summary.json" {
		t.Errorf("the folder holds %s", got)
	}
}

// TestClosedPipe needs a process: a reader that has seen enough, such as head,
// ends the program without a word, by the signal that every program gets.
func TestClosedPipe(t *testing.T) {
	t.Parallel()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	var stderr strings.Builder
	out := filepath.Join(t.TempDir(), "run")
	c := program(t, "compare", file(t, "tiny.yaml", tiny), "--out", out)
	c.Stdout, c.Stderr = write, &stderr
	if err := errors.Join(read.Close(), c.Start(), write.Close()); err != nil {
		t.Fatal(err)
	}
	_ = c.Wait()
	status, ok := c.ProcessState.Sys().(syscall.WaitStatus)
	if !ok || !status.Signaled() || status.Signal() != syscall.SIGPIPE || stderr.Len() > 0 {
		t.Errorf("ended with %v and said %q", c.ProcessState, stderr.String())
	}
	if got := files(t, out); got != "charts.json report.html run.json summary.json" {
		t.Errorf("the folder holds %s", got)
	}
}
