package fault

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"ratecliff/load"
)

// maxSuiteBytes bounds what DecodeSuite reads.
const maxSuiteBytes = 1 << 20

// span reads a duration from JSON: text such as "10s", or nanoseconds.
type span time.Duration

// UnmarshalJSON reads "10s" or a whole number of nanoseconds.
func (s *span) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		var text string
		if err := json.Unmarshal(b, &text); err != nil {
			return err
		}
		d, err := time.ParseDuration(text)
		*s = span(d)
		return err
	}
	var ns int64
	err := json.Unmarshal(b, &ns)
	*s = span(ns)
	return err
}

// UnmarshalJSON reads durations as text such as "10s" or as nanoseconds.
// Unknown fields are errors.
func (m *Match) UnmarshalJSON(b []byte) error {
	type plain Match
	read := struct {
		*plain
		From   *span `json:"from"`
		To     *span `json:"to"`
		Ramp   *span `json:"ramp"`
		Repeat *span `json:"repeat"`
	}{(*plain)(m), (*span)(&m.From), (*span)(&m.To), (*span)(&m.Ramp), (*span)(&m.Repeat)}
	return strict(bytes.NewReader(b), &read)
}

// UnmarshalJSON reads durations as text such as "10s" or as nanoseconds.
// Unknown fields are errors.
func (e *Effect) UnmarshalJSON(b []byte) error {
	type plain Effect
	read := struct {
		*plain
		For   *span `json:"for"`
		Delay *span `json:"delay"`
	}{(*plain)(e), (*span)(&e.For), (*span)(&e.Delay)}
	return strict(bytes.NewReader(b), &read)
}

// errMore reports text after the object.
var errMore = errors.New("more than one JSON object")

func strict(r io.Reader, into any) error {
	dec := json.NewDecoder(r)
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errMore
	}
	return nil
}

// DecodeSuite reads a suite from JSON of at most 1 MiB. Unknown fields, text
// after the object and rules that make no sense are errors.
func DecodeSuite(r io.Reader) (Suite, error) {
	var s Suite
	limited := &io.LimitedReader{R: r, N: maxSuiteBytes + 1}
	if err := strict(limited, &s); err != nil {
		return Suite{}, fmt.Errorf("decoding fault suite: %w", err)
	}
	if limited.N == 0 {
		return Suite{}, fmt.Errorf("decoding fault suite %q: larger than %d bytes", s.Name, maxSuiteBytes)
	}
	if problems := s.Validate(); len(problems) > 0 {
		return Suite{}, fmt.Errorf("decoding fault suite %q: %w", s.Name, &ConfigError{Problems: problems})
	}
	return s, nil
}

// DecodeConfig reads a configuration from JSON of at most 1 MiB: a Config, or a
// suite, whose labels are optional then. Unknown fields, text after the object
// and rules that make no sense are errors; the latter a [*ConfigError].
func DecodeConfig(r io.Reader) (Config, error) {
	var file struct {
		Config
		Name   string `json:"name"`
		Title  string `json:"title"`
		Date   string `json:"date"`
		Source string `json:"source"`
		Note   string `json:"note"`
	}
	limited := &io.LimitedReader{R: r, N: maxSuiteBytes + 1}
	if err := strict(limited, &file); err != nil {
		return Config{}, fmt.Errorf("decoding faults: %w", err)
	}
	if limited.N == 0 {
		return Config{}, fmt.Errorf("decoding faults: larger than %d bytes", maxSuiteBytes)
	}
	if problems := file.Validate(); len(problems) > 0 {
		return Config{}, fmt.Errorf("decoding faults: %w", &ConfigError{Problems: problems})
	}
	return file.Config, nil
}

// Validate reports everything wrong with the suite.
func (s Suite) Validate() []load.Problem {
	var f findings
	if s.Name == "" {
		f.addf("name", "is missing")
	}
	if len(s.Rules) == 0 {
		f.addf("rules", "is empty: name at least one rule")
	}
	return append(f.list, load.Under("rules", validateRules(s.Rules))...)
}

// succeeds says whether a client takes the body for a message.
func succeeds(body string) bool {
	var e envelope
	return json.Unmarshal([]byte(body), &e) == nil && e.Error == nil && e.Usage != nil
}
