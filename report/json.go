package report

import (
	"bytes"
	_ "embed" // the schema
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
)

// The files of a run folder that a report is rendered from.
const (
	SummaryFile = "summary.json"
	ChartsFile  = "charts.json"
)

//go:embed summary.schema.json
var summarySchema []byte

// SummarySchema is the JSON Schema (draft 2020-12) of summary.json. The caller
// must not change the bytes.
func SummarySchema() []byte { return summarySchema }

// JSON writes summary.json: keys in the order of the types, maps sorted,
// indented, so that two runs can be compared line by line.
func JSON(w io.Writer, d *Document) error {
	out := *d
	if out.SchemaVersion == 0 {
		out.SchemaVersion = SchemaVersion
	}
	if out.Cells == nil {
		out.Cells = []Cell{}
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(&out)
}

// ChartsJSON writes charts.json on one line; an absent part is written as an
// empty one.
func ChartsJSON(w io.Writer, d *Document) error {
	out := Charts{SchemaVersion: SchemaVersion, Cells: []CellCharts{}}
	if d.Charts != nil && d.Charts.Cells != nil {
		out.Cells = d.Charts.Cells
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(&out)
}

// ErrNewer means that a file was written by a later version of the tool.
var ErrNewer = errors.New("written by a newer version")

// DecodeDocument reads a summary.json. The document has no charts. Keys it does
// not know are ignored within one schema version; a higher version is ErrNewer.
func DecodeDocument(r io.Reader) (*Document, error) {
	d := &Document{}
	if err := json.NewDecoder(r).Decode(d); err != nil {
		return nil, fmt.Errorf("%s: %w", SummaryFile, err)
	}
	if err := checkVersion(SummaryFile, d.SchemaVersion); err != nil {
		return nil, err
	}
	return d, nil
}

// ReadFolder reads the document of a run folder, with its charts where the
// folder has them.
func ReadFolder(fsys fs.FS) (*Document, error) {
	data, err := fs.ReadFile(fsys, SummaryFile)
	if err != nil {
		return nil, fmt.Errorf("reading a run folder: %w", err)
	}
	d, err := DecodeDocument(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	data, err = fs.ReadFile(fsys, ChartsFile)
	if errors.Is(err, fs.ErrNotExist) {
		return d, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading a run folder: %w", err)
	}
	charts := &Charts{}
	if err := json.Unmarshal(data, charts); err != nil {
		return nil, fmt.Errorf("%s: %w", ChartsFile, err)
	}
	if err := checkVersion(ChartsFile, charts.SchemaVersion); err != nil {
		return nil, err
	}
	if len(charts.Cells) != len(d.Cells) {
		return nil, fmt.Errorf("%s has %d cells, %s has %d: not of one run", ChartsFile, len(charts.Cells), SummaryFile, len(d.Cells))
	}
	d.Charts = charts
	return d, nil
}

func checkVersion(file string, version int) error {
	switch {
	case version < 1:
		return fmt.Errorf("%s: no schema_version: not a file of this tool", file)
	case version > SchemaVersion:
		return fmt.Errorf("%s has schema_version %d, this build reads up to %d: %w", file, version, SchemaVersion, ErrNewer)
	}
	return nil
}
