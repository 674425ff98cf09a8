// Package folder keeps a run on disk: one folder, written under a temporary
// name and renamed when it is complete, so that whatever stands under the final
// name is whole and what an interruption leaves is readable and says so.
//
// A Folder belongs to one goroutine.
package folder

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// The files of a run folder.
const (
	ManifestFile  = "run.json"
	SummaryFile   = "summary.json"
	ChartsFile    = "charts.json"
	IntervalsFile = "intervals.hlog"
	ResultsFile   = "results.jsonl.zst"
	ReportFile    = "report.html"
)

// partial is what an unfinished folder's name ends in.
const partial = ".partial"

// ErrOccupied says that the folder holds files that are no former run's.
var ErrOccupied = errors.New("the folder exists and holds something other than a run")

// Manifest is run.json: what is needed to tell runs apart and to repeat one.
type Manifest struct {
	SchemaVersion int      `json:"schema_version"`
	State         string   `json:"state"` // running, complete or partial
	Tool          string   `json:"tool"`
	Commit        string   `json:"commit,omitempty"`
	Go            string   `json:"go"`
	Scenario      string   `json:"scenario"`
	Hash          string   `json:"hash"`
	Seed          uint64   `json:"seed"`
	Seeds         int      `json:"seeds"`
	Clock         string   `json:"clock"`
	Compress      float64  `json:"compress,omitempty"`
	Target        string   `json:"target"`
	Provenance    string   `json:"provenance"`
	Started       string   `json:"started,omitempty"` // RFC 3339; left out in virtual time, so that equal runs give equal bytes
	Command       string   `json:"command"`
	Files         []string `json:"files,omitempty"`
}

// Folder is a run folder being written.
type Folder struct {
	final, temp string
	files       []string
}

// Create makes the folder under its temporary name. A former run under the
// final name is replaced at Finish; anything else there is ErrOccupied.
func Create(final string) (*Folder, error) {
	if err := free(final); err != nil {
		return nil, err
	}
	f := &Folder{final: final, temp: filepath.Clean(final) + partial}
	if err := free(f.temp); err != nil {
		return nil, err // what is removed here must be what an earlier run left
	}
	if err := os.RemoveAll(f.temp); err != nil {
		return nil, fmt.Errorf("clearing what an earlier run left: %w", err)
	}
	if err := os.MkdirAll(f.temp, 0o755); err != nil {
		return nil, fmt.Errorf("making the output folder: %w", err)
	}
	probe := filepath.Join(f.temp, ".probe")
	if err := os.WriteFile(probe, []byte("x"), 0o644); err != nil {
		return nil, fmt.Errorf("the output folder cannot be written: %w", err)
	}
	return f, os.Remove(probe)
}

// Discard removes a folder that has not got its final name, for a run that came
// to nothing.
func (f *Folder) Discard() error {
	if f.temp == f.final {
		return nil
	}
	return os.RemoveAll(f.temp)
}

// Open is a finished folder whose reports are to be rendered again.
func Open(dir string) (*Folder, error) {
	if _, err := os.Stat(filepath.Join(dir, SummaryFile)); err != nil {
		return nil, err
	}
	return &Folder{final: dir, temp: dir}, nil
}

// free says whether the final name may be taken.
func free(final string) error {
	entries, err := os.ReadDir(final)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("looking at the output folder: %w", err)
	case len(entries) == 0:
		return nil
	}
	if _, err := os.Stat(filepath.Join(final, ManifestFile)); err != nil {
		return fmt.Errorf("%s: %w", final, ErrOccupied)
	}
	return nil
}

// Path is where the folder is now.
func (f *Folder) Path() string { return f.temp }

// Files lists what was written, in order.
func (f *Folder) Files() []string { return f.files }

// Write makes one file of the folder, in the place of an older one only when it
// is whole.
func (f *Folder) Write(name string, render func(io.Writer) error) error {
	path := filepath.Join(f.temp, name)
	err := writeFile(path+".tmp", render)
	if err == nil {
		err = os.Rename(path+".tmp", path)
	}
	if err != nil {
		_ = os.Remove(path + ".tmp") // the error that counts is the first one
		return fmt.Errorf("writing %s: %w", name, err)
	}
	f.note(name)
	return nil
}

func (f *Folder) note(name string) {
	if name != ManifestFile {
		f.files = append(f.files, name)
	}
}

func writeFile(path string, render func(io.Writer) error) (err error) {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	buf := bufio.NewWriterSize(file, 1<<16)
	if err := render(buf); err != nil {
		return err
	}
	return buf.Flush()
}

// WriteManifest writes run.json.
func (f *Folder) WriteManifest(m Manifest) error {
	m.SchemaVersion = 1
	m.Files = f.files
	return f.Write(ManifestFile, func(w io.Writer) error {
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		enc.SetEscapeHTML(false)
		return enc.Encode(m)
	})
}

// Finish gives the folder its final name, in the place of a former run.
func (f *Folder) Finish() error {
	if err := free(f.final); err != nil {
		return err
	}
	if err := os.RemoveAll(f.final); err != nil {
		return fmt.Errorf("replacing the former run: %w", err)
	}
	if err := os.Rename(f.temp, f.final); err != nil {
		return fmt.Errorf("finishing the run folder: %w", err)
	}
	f.temp = f.final
	return nil
}
