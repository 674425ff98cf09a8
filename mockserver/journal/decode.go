package journal

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// MaxLine is the longest line that a decoder takes, in bytes.
const MaxLine = 1 << 20

// ErrVersion says that a line was written by a later version.
var ErrVersion = errors.New("line of an unknown version")

// LineError says which line is at fault, from 1.
type LineError struct {
	Line int
	Err  error
}

// Error names the line.
func (e *LineError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }

// Unwrap returns what is wrong with it.
func (e *LineError) Unwrap() error { return e.Err }

// Decoder reads a journal or a ledger line by line. Blank lines are skipped,
// unknown fields tolerated. A last line without its newline, as a crash leaves
// it, is read if it is whole. It belongs to one goroutine.
type Decoder struct {
	r    *bufio.Scanner
	line int
}

// NewDecoder reads from r.
func NewDecoder(r io.Reader) *Decoder {
	s := bufio.NewScanner(r)
	s.Buffer(make([]byte, 0, 64<<10), MaxLine)
	return &Decoder{r: s}
}

// Exchange reads the next exchange of a journal; [io.EOF] is the end, and a
// [*LineError] a line that is none.
func (d *Decoder) Exchange() (Exchange, error) {
	var x Exchange
	err := d.next(&x, &x.V)
	return x, err
}

// Entry reads the next entry of a ledger; [io.EOF] is the end, and a
// [*LineError] a line that is none.
func (d *Decoder) Entry() (Entry, error) {
	var e Entry
	err := d.next(&e, &e.V)
	return e, err
}

func (d *Decoder) next(into any, version *int) error {
	for d.r.Scan() {
		d.line++
		text := bytes.TrimSpace(d.r.Bytes())
		if len(text) == 0 {
			continue
		}
		if err := json.Unmarshal(text, into); err != nil {
			return &LineError{d.line, err}
		}
		if *version < 1 || *version > Version {
			return &LineError{d.line, fmt.Errorf("%w: %d", ErrVersion, *version)}
		}
		return nil
	}
	if err := d.r.Err(); err != nil {
		return &LineError{d.line + 1, err}
	}
	return io.EOF
}

// Exchanges reads a whole journal.
func Exchanges(r io.Reader) ([]Exchange, error) {
	d := NewDecoder(r)
	var all []Exchange
	for {
		x, err := d.Exchange()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return all, err
		}
		all = append(all, x)
	}
}

// Entries reads a whole ledger.
func Entries(r io.Reader) ([]Entry, error) {
	d := NewDecoder(r)
	var all []Entry
	for {
		e, err := d.Entry()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return all, err
		}
		all = append(all, e)
	}
}
