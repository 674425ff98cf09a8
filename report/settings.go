package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// Setting is one matrix value, as it was written.
type Setting struct {
	Path  string // such as "server.burst"
	Value string
}

// Settings are the matrix values of a cell in the order of the scenario file.
// Its JSON is an object with the keys in that order.
type Settings []Setting

// String is "path=value, path=value", or "" without settings.
func (s Settings) String() string {
	parts := make([]string, len(s))
	for i, set := range s {
		parts[i] = set.Path + "=" + set.Value
	}
	return strings.Join(parts, ", ")
}

// MarshalJSON writes an object whose keys keep their order.
func (s Settings) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, set := range s {
		if i > 0 {
			b.WriteByte(',')
		}
		for j, text := range []string{set.Path, set.Value} {
			quoted, err := json.Marshal(text)
			if err != nil {
				return nil, err
			}
			if j > 0 {
				b.WriteByte(':')
			}
			b.Write(quoted)
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// UnmarshalJSON reads an object and keeps the order of its keys. Null and an
// empty object give nil.
func (s *Settings) UnmarshalJSON(data []byte) error {
	*s = nil
	if string(data) == "null" {
		return nil
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return fmt.Errorf("settings: want an object, got %v", t)
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return err
		}
		var value string
		if err := dec.Decode(&value); err != nil {
			return fmt.Errorf("settings.%v: %w", key, err)
		}
		*s = append(*s, Setting{Path: key.(string), Value: value})
	}
	_, err := dec.Token()
	return err
}

// Label names the cell: the strategy, with its settings in brackets where a
// matrix was run.
func (c *Cell) Label() string {
	if len(c.Settings) == 0 {
		return c.Strategy
	}
	return c.Strategy + " [" + c.Settings.String() + "]"
}
