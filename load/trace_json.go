package load

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
)

// mooncake reads a line of the Mooncake traces.
func (t *traceReader) mooncake(text []byte, row *traceRow) (err error) {
	var line struct {
		Timestamp *float64 `json:"timestamp"`
		Input     *int64   `json:"input_length"`
		Output    *int64   `json:"output_length"`
	}
	if err := json.Unmarshal(text, &line); err != nil {
		return err
	}
	if line.Timestamp == nil || line.Input == nil || line.Output == nil {
		return errors.New("timestamp, input_length and output_length are required")
	}
	if row.at, err = offset("timestamp", *line.Timestamp/1e3); err != nil {
		return err
	}
	if row.input, err = tokens("input_length", *line.Input); err != nil {
		return err
	}
	row.output, err = tokens("output_length", *line.Output)
	return err
}

// ownRow is a line of our own format.
type ownRow struct {
	T          *float64     `json:"t"`
	Input      int64        `json:"input"`
	CacheWrite int64        `json:"cache_write"`
	CacheRead  int64        `json:"cache_read"`
	Output     int64        `json:"output"`
	Model      string       `json:"model"`
	Priority   *rowPriority `json:"priority"`
}

// rowPriority is a number, or one of the names of scenario files.
type rowPriority Priority

// UnmarshalJSON reads 0 to 127, or critical, high, medium, low.
func (p *rowPriority) UnmarshalJSON(text []byte) error {
	var n int
	if json.Unmarshal(text, &n) == nil && n >= 0 && n <= math.MaxInt8 {
		*p = rowPriority(n)
		return nil
	}
	switch string(text) {
	case `"critical"`:
		*p = rowPriority(Critical)
	case `"high"`:
		*p = rowPriority(High)
	case `"medium"`:
		*p = rowPriority(Medium)
	case `"low"`:
		*p = rowPriority(Low)
	default:
		return fmt.Errorf("priority %s is neither 0 to 127 nor critical, high, medium or low", clip(text))
	}
	return nil
}

// ownDecoder reads one value from a line, strictly.
type ownDecoder struct{ reader bytes.Reader }

func (d *ownDecoder) decode(text []byte, row *ownRow) error {
	d.reader.Reset(text)
	decoder := json.NewDecoder(&d.reader)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(row); err != nil {
		return err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("more than one value on the line")
	}
	return nil
}

// jsonl reads a line of our own format.
func (t *traceReader) jsonl(text []byte, row *traceRow) (err error) {
	var line ownRow
	if err := t.own.decode(text, &line); err != nil {
		return err
	}
	if line.T == nil {
		return errors.New("t is required: seconds since the start")
	}
	if row.at, err = offset("t", *line.T); err != nil {
		return err
	}
	if row.model, err = t.model([]byte(line.Model)); err != nil {
		return err
	}
	if line.Priority != nil {
		row.priority, row.hasPriority = Priority(*line.Priority), true
	}
	return line.counts(row)
}

func (l *ownRow) counts(row *traceRow) (err error) {
	if row.input, err = tokens("input", l.Input); err != nil {
		return err
	}
	if row.cacheWrite, err = tokens("cache_write", l.CacheWrite); err != nil {
		return err
	}
	if row.cacheRead, err = tokens("cache_read", l.CacheRead); err != nil {
		return err
	}
	row.output, err = tokens("output", l.Output)
	return err
}
