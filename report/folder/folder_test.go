package folder_test

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"ratecliff/load"
	"ratecliff/report/folder"
)

func create(t *testing.T, path string) *folder.Folder {
	t.Helper()
	f, err := folder.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func names(t *testing.T, path string) []string {
	t.Helper()
	entries, err := os.ReadDir(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

func TestFinalNameAppearsOnlyWhenWhole(t *testing.T) {
	t.Parallel()
	final := filepath.Join(t.TempDir(), "deep", "run")
	f := create(t, final)
	if err := f.WriteManifest(folder.Manifest{State: "running"}); err != nil {
		t.Fatal(err)
	}
	if got := names(t, final); got != nil {
		t.Fatalf("before the end the final folder holds %v", got)
	}
	if err := f.Write("a.txt", func(w io.Writer) error { _, err := io.WriteString(w, "whole"); return err }); err != nil {
		t.Fatal(err)
	}
	if err := f.Finish(); err != nil {
		t.Fatal(err)
	}
	if got, want := names(t, final), []string{"a.txt", "run.json"}; !slices.Equal(got, want) {
		t.Fatalf("the folder holds %v, want %v", got, want)
	}
	if got := names(t, final+".partial"); got != nil {
		t.Fatalf("left behind: %v", got)
	}
}

func TestFormerRunIsReplacedAndStrangersAreNot(t *testing.T) {
	t.Parallel()
	final := filepath.Join(t.TempDir(), "run")
	for range 2 {
		f := create(t, final)
		if err := errors.Join(f.WriteManifest(folder.Manifest{}), f.Finish()); err != nil {
			t.Fatal(err)
		}
	}
	stranger := t.TempDir()
	if err := os.WriteFile(filepath.Join(stranger, "thesis.tex"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := folder.Create(stranger); !errors.Is(err, folder.ErrOccupied) {
		t.Fatalf("a folder with other files: %v, want ErrOccupied", err)
	}
	beside := filepath.Join(t.TempDir(), "mine")
	thesis := filepath.Join(beside+".partial", "thesis.tex")
	if err := errors.Join(os.Mkdir(beside+".partial", 0o700), os.WriteFile(thesis, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	if _, err := folder.Create(beside); !errors.Is(err, folder.ErrOccupied) {
		t.Fatalf("other files under the temporary name: %v, want ErrOccupied", err)
	}
	if _, err := os.Stat(thesis); err != nil {
		t.Fatalf("a file of somebody else's is gone: %v", err)
	}
}

func TestUnwritablePlaceIsToldBeforeTheRun(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := folder.Create(filepath.Join(file, "run")); err == nil {
		t.Fatal("a folder below a file was made")
	}
}

func TestFailedWriteLeavesNoHalfFile(t *testing.T) {
	t.Parallel()
	f := create(t, filepath.Join(t.TempDir(), "run"))
	full := errors.New("no space left on device")
	err := f.Write("summary.json", func(w io.Writer) error {
		_, _ = io.WriteString(w, strings.Repeat("x", 1<<20))
		return full
	})
	if !errors.Is(err, full) || !strings.Contains(err.Error(), "summary.json") {
		t.Fatalf("got %v", err)
	}
	if got := names(t, f.Path()); got != nil {
		t.Fatalf("left behind: %v", got)
	}
}

func result(id uint64) *load.Result {
	return &load.Result{
		Arrival: load.Arrival{ID: id, Due: time.Second}, Outcome: load.OK, Finished: 3 * time.Second,
		History: []load.Attempt{
			{N: 1, Done: 2 * time.Second, Response: load.Response{Outcome: load.Throttled, Status: 429, Dimension: load.ITPM, HasRetryAfter: true, RetryAfter: 0}},
			{N: 2, Done: 3 * time.Second, Response: load.Response{Outcome: load.OK, Status: 200}},
		},
	}
}

func TestResultsReadBackAndSurviveACut(t *testing.T) {
	t.Parallel()
	f := create(t, filepath.Join(t.TempDir(), "run"))
	r, err := f.Results()
	if err != nil {
		t.Fatal(err)
	}
	const n = 2000
	for id := range uint64(n) {
		r.Add("mine", "", 1, "chat", result(id))
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(f.Path(), folder.ResultsFile))
	if err != nil {
		t.Fatal(err)
	}
	count := func(data []byte) (lines int, err error) {
		err = folder.ReadResults(bytes.NewReader(data), func(l folder.Line) error {
			a := l.Attempts[0]
			if l.ID != uint64(lines) || a.Dimension != load.ITPM || *a.RetryAfterS != 0 || l.Attempts[1].RetryAfterS != nil {
				t.Fatalf("line %d reads %+v", lines, l)
			}
			lines++
			return nil
		})
		return lines, err
	}
	if lines, err := count(data); lines != n || err != nil {
		t.Fatalf("%d lines, %v; want %d", lines, err, n)
	}
	if lines, err := count(data[:len(data)*3/4]); lines < n/2 || err == nil {
		t.Fatalf("after a cut: %d lines, error %v; want most lines and an error", lines, err)
	}
}
