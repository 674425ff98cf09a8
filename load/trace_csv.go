package load

import (
	"bytes"
	"fmt"
	"strconv"
	"time"
)

// header finds the columns by name; an empty name is a column that the format
// does not have.
func (t *traceReader) header(text []byte, names ...string) error {
	cells := bytes.Split(text, []byte(","))
	for i, name := range names {
		t.columns[i] = -1
		for k, cell := range cells {
			if name != "" && string(unquote(cell)) == name {
				t.columns[i] = k
			}
		}
		if name != "" && t.columns[i] < 0 {
			return fmt.Errorf("the header has no column %q", name)
		}
	}
	return nil
}

// unquote trims a cell. Commas within quotes do not occur in these formats.
func unquote(cell []byte) []byte {
	cell = bytes.TrimSpace(cell)
	if n := len(cell); n >= 2 && cell[0] == '"' && cell[n-1] == '"' {
		return cell[1 : n-1]
	}
	return cell
}

// cells picks the columns out of a line.
func (t *traceReader) cells(text []byte) (out [4][]byte, err error) {
	var last int
	for k := 0; ; k++ {
		cell, rest, more := bytes.Cut(text, []byte(","))
		for i, column := range t.columns {
			if column == k {
				out[i] = unquote(cell)
			}
		}
		if last = k; !more {
			break
		}
		text = rest
	}
	for _, column := range t.columns {
		if column > last {
			return out, fmt.Errorf("%d columns, column %d is missing", last+1, column+1)
		}
	}
	return out, nil
}

func (t *traceReader) counts(cells *[4][]byte, row *traceRow) (err error) {
	if row.input, err = cellTokens("input", cells[1]); err != nil {
		return err
	}
	row.output, err = cellTokens("output", cells[2])
	return err
}

func cellTokens(name string, cell []byte) (int32, error) {
	n, err := strconv.ParseInt(string(cell), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%s %q is not a number of tokens", name, clip(cell))
	}
	return tokens(name, n)
}

// azure reads a line of the Azure LLM inference traces of 2023 and, with a time
// zone, of 2024.
func (t *traceReader) azure(text []byte, row *traceRow) error {
	cells, err := t.cells(text)
	if err != nil {
		return err
	}
	at, err := parseDate(string(cells[0]))
	if err != nil {
		return fmt.Errorf("%q is not a date such as 2023-11-16 18:17:03.9799600", clip(cells[0]))
	}
	if t.origin.IsZero() {
		t.origin = at
	}
	row.at = at.Sub(t.origin)
	if row.at > maxTraceSpan || row.at < -maxTraceSpan {
		return fmt.Errorf("%s lies more than a century from the first row", at.Format(time.DateTime))
	}
	return t.counts(&cells, row)
}

func parseDate(text string) (time.Time, error) {
	if at, err := time.Parse(time.DateTime, text); err == nil {
		return at, nil
	}
	return time.Parse("2006-01-02 15:04:05Z07:00", text)
}

// burstGPT reads a line of BurstGPT.
func (t *traceReader) burstGPT(text []byte, row *traceRow) error {
	cells, err := t.cells(text)
	if err != nil {
		return err
	}
	at, err := strconv.ParseFloat(string(cells[0]), 64)
	if err != nil {
		return fmt.Errorf("timestamp %q is not a number of seconds", clip(cells[0]))
	}
	if row.at, err = offset("timestamp", at); err != nil {
		return err
	}
	if row.model, err = t.model(cells[3]); err != nil {
		return err
	}
	return t.counts(&cells, row)
}

// clip keeps messages short.
func clip(text []byte) string {
	if len(text) > 40 {
		return string(text[:40]) + "…"
	}
	return string(text)
}
