package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

var (
	// pageName finds the names of pages.
	pageName = regexp.MustCompile(`[A-Za-z0-9_-]+\.md\b`)
	// sectionMark finds the marks of pages that are not here: a § with a letter,
	// and a page of Markdown with a number behind it. A section of a book or of a
	// standard has a number alone.
	sectionMark = regexp.MustCompile(`§\s*[A-Z]\d|\.md,?\s+(?:§|[A-Z]\d)`)
)

// TestSourcesCanBeFound fails where a text names a page that is not in this
// repository, or a mark in one: what is cited must be found by the reader.
func TestSourcesCanBeFound(t *testing.T) {
	t.Parallel()
	texts, there := texts(t), map[string]bool{"summary.md": true} // written into run folders
	for path := range texts {
		there[filepath.Base(path)] = true
	}
	for path, body := range texts {
		for n, line := range bytes.Split(body, []byte("\n")) {
			for _, name := range pageName.FindAll(line, -1) {
				if !there[string(name)] {
					t.Errorf("%s:%d names %s, which is not here", path, n+1, name)
				}
			}
			if mark := sectionMark.Find(line); mark != nil && path != "sources_test.go" {
				t.Errorf("%s:%d cites %q, which nobody can look up", path, n+1, mark)
			}
		}
	}
}

// texts are the text files of this repository, by path. What is built or run in
// it is not among them (see .gitignore).
func texts(t *testing.T) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if path == ".git" || path == "ratecliff-out" || path == filepath.Join(".ci", "bin") || d.Name() == "rapid" || d.Name() == "node_modules" {
				return fs.SkipDir
			}
			return nil
		}
		if ext := filepath.Ext(path); path == "ratecliff" || ext == ".test" || ext == ".prof" || !d.Type().IsRegular() {
			return nil
		}
		body, err := os.ReadFile(path)
		if err == nil && bytes.IndexByte(body, 0) < 0 {
			out[filepath.ToSlash(path)] = body
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
