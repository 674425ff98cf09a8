package load

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"time"
)

// maxTraceLine bounds the memory a line may take: a Mooncake row of a prompt of
// ten million tokens, one hash per 512, stays far below.
const maxTraceLine = 1 << 20

// maxTraceTokens is more than any context holds, and fits a compact row.
const maxTraceTokens = 1 << 30

// maxTraceSpan is a bound on instants, about 146 years, that leaves room for
// arithmetic.
const maxTraceSpan = Never / 2

// ReadTrace reads a trace:
//
//	azure     TIMESTAMP,ContextTokens,GeneratedTokens, the instant as a date with
//	          up to 9 decimals of a second; offsets count from the earliest row
//	burstgpt  Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type,
//	          the instant in seconds, as written; failed requests have 0 response
//	          tokens (and become requests for 1 when replayed)
//	mooncake  {"timestamp": ms, "input_length": …, "output_length": …, "hash_ids": […]},
//	          as written; hash_ids are not used
//	jsonl     {"t": seconds, "input": …, "cache_write": …, "cache_read": …, "output": …,
//	          "model": "…", "priority": 0 to 127 or a name}; t is required, absent
//	          counts are 0, other fields are errors
//
// Columns are found by name in the header and may stand in any order; empty
// lines are skipped. A broken row, a negative or overlong figure, or a row
// earlier than one before (unless sorting is allowed, when the count of moved
// rows is kept) ends the reading with a [*TraceError] that names the line. Equal
// instants keep the order of the file. Lines are bounded at 1 MiB.
func ReadTrace(r io.Reader, o TraceOptions) (Trace, error) {
	t := traceReader{options: o, models: map[string]uint16{"": 0}}
	t.trace.models = []string{""}
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 64<<10), maxTraceLine)
	for lines.Scan() && (o.Rows <= 0 || len(t.trace.rows) < o.Rows) {
		t.line++
		text := bytes.TrimSpace(bytes.TrimPrefix(lines.Bytes(), []byte("\xef\xbb\xbf")))
		if len(text) == 0 {
			continue
		}
		if err := t.read(text); err != nil {
			return Trace{}, t.at(err)
		}
	}
	if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		return Trace{}, &TraceError{Line: t.line + 1, Err: ErrTraceLine, Detail: fmt.Sprintf("more than %d bytes", maxTraceLine)}
	} else if err != nil {
		return Trace{}, &TraceError{Line: t.line + 1, Err: err}
	}
	if len(t.trace.rows) == 0 {
		return Trace{}, &TraceError{Err: ErrTraceEmpty}
	}
	return t.finish(), nil
}

// traceReader is a trace being read.
type traceReader struct {
	options TraceOptions
	trace   Trace
	models  map[string]uint16
	line    int
	parse   func(text []byte, row *traceRow) error // nil before the first line
	origin  time.Time                              // of dates: the first row
	columns [4]int                                 // of a CSV: instant, input, output, model (or -1)
	own     ownDecoder
}

// at puts the current line to an error.
func (t *traceReader) at(err error) error {
	var known *TraceError
	if errors.As(err, &known) {
		known.Line = t.line
		return known
	}
	return &TraceError{Line: t.line, Err: ErrTraceRow, Detail: err.Error()}
}

func (t *traceReader) read(text []byte) error {
	if t.parse == nil {
		if header, err := t.begin(text); err != nil || header {
			return err
		}
	}
	var row traceRow
	if err := t.parse(text, &row); err != nil {
		return err
	}
	rows := t.trace.rows
	if n := len(rows); n > 0 && row.at < rows[n-1].at && !t.options.Sort {
		return &TraceError{Err: ErrTraceOrder, Detail: fmt.Sprintf("%v after %v; sorting has to be allowed", row.at, rows[n-1].at)}
	}
	t.trace.rows = append(rows, row)
	return nil
}

// begin settles the format from the first line and says if that is a header.
func (t *traceReader) begin(text []byte) (header bool, err error) {
	format := t.options.Format
	if format == "" {
		format = recognise(text)
	}
	switch format {
	case FormatAzure:
		t.parse = t.azure
		return true, t.header(text, "TIMESTAMP", "ContextTokens", "GeneratedTokens", "")
	case FormatBurstGPT:
		t.parse = t.burstGPT
		return true, t.header(text, "Timestamp", "Request tokens", "Response tokens", "Model")
	case FormatMooncake:
		t.parse = t.mooncake
	case FormatJSONL:
		t.parse = t.jsonl
	default:
		return false, &TraceError{Err: ErrTraceFormat, Detail: fmt.Sprintf("%q; one of %s, %s, %s, %s", format, FormatAzure, FormatBurstGPT, FormatMooncake, FormatJSONL)}
	}
	return false, nil
}

// recognise tells the format from the first line, or returns "".
func recognise(first []byte) string {
	text := string(first[:min(len(first), 4096)])
	switch {
	case strings.HasPrefix(text, "{") && strings.Contains(text, `"input_length"`):
		return FormatMooncake
	case strings.HasPrefix(text, "{"):
		return FormatJSONL
	case strings.Contains(text, "ContextTokens"):
		return FormatAzure
	case strings.Contains(text, "Request tokens"):
		return FormatBurstGPT
	}
	return ""
}

// finish orders the rows and counts dates from the earliest.
func (t *traceReader) finish() Trace {
	t.trace.sortRows()
	if !t.origin.IsZero() {
		first := t.trace.rows[0].at
		for i := range t.trace.rows {
			t.trace.rows[i].at -= first
		}
	}
	return t.trace
}

// model gives the number of a model name.
func (t *traceReader) model(name []byte) (uint16, error) {
	if id, ok := t.models[string(name)]; ok {
		return id, nil
	}
	if len(t.models) > math.MaxUint16 {
		return 0, &TraceError{Err: errTraceModels}
	}
	id := uint16(len(t.models))
	t.models[string(name)] = id
	t.trace.models = append(t.trace.models, string(name))
	return id, nil
}

// offset turns a non-negative number of seconds into an instant.
func offset(name string, s float64) (time.Duration, error) {
	if !(s >= 0 && s < maxTraceSpan.Seconds()) {
		return 0, fmt.Errorf("%s %v is not an instant since the start", name, s)
	}
	return seconds(s), nil
}

// tokens checks a count.
func tokens(name string, n int64) (int32, error) {
	if n < 0 || n > maxTraceTokens {
		return 0, fmt.Errorf("%s %d is not a number of tokens", name, n)
	}
	return int32(n), nil
}
