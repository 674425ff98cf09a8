package scenario_test

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ratecliff/scenario"
)

func update() bool { return flag.Lookup("update").Value.String() == "true" }

func TestMain(m *testing.M) {
	flag.Bool("update", false, "write golden files and the schema anew")
	flag.Parse()
	os.Exit(m.Run())
}

// TestBad holds the exact messages of files with mistakes.
func TestBad(t *testing.T) {
	t.Parallel()
	files := glob(t, "testdata/bad/*.yaml")
	if len(files) < 20 {
		t.Fatalf("%d files", len(files))
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			s, err := scenario.Load(filepath.Base(file), src, scenario.Options{})
			if err == nil || s != nil {
				t.Fatal("loaded without an error")
			}
			golden(t, strings.TrimSuffix(file, ".yaml")+".txt", err.Error()+"\n")
			places(t, err)
		})
	}
}

// places checks that every mistake can be found.
func places(t *testing.T, err error) {
	t.Helper()
	var all *scenario.Errors
	if !errors.As(err, &all) || len(all.Issues) == 0 {
		t.Fatalf("not an Errors with issues: %v", err)
	}
	for _, i := range all.Issues {
		if i.Line < 1 || i.Column < 1 || i.Message == "" || i.File == "" {
			t.Errorf("an issue without a place: %+v", i)
		}
	}
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if update() {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != got {
		t.Errorf("%s differs (-update writes it anew)\n--- got\n%s--- want\n%s", file, got, want)
	}
}

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func globBytes(tb testing.TB, pattern string) [][]byte {
	tb.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil {
		tb.Fatal(err)
	}
	var out [][]byte
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			tb.Fatal(err)
		}
		out = append(out, src)
	}
	return out
}
