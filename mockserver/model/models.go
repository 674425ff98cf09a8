package model

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

//go:embed models.json
var modelFile []byte

// ModelInfo is what the service says about one of its models.
type ModelInfo struct {
	ID             string    `json:"id"`
	Aliases        []string  `json:"aliases,omitempty"`
	DisplayName    string    `json:"display_name"`
	CreatedAt      time.Time `json:"created_at"`
	MaxInputTokens int64     `json:"max_input_tokens"` // longest prompt; 0 is unknown
	MaxTokens      int64     `json:"max_tokens"`       // longest answer; 0 is unknown
	Fast           bool      `json:"fast,omitempty"`   // has a fast mode
	Slow           bool      `json:"slow,omitempty"`   // takes a request for fast mode and runs it at standard speed
	Assumed        []string  `json:"assumed,omitempty"`
}

// Knows says whether a field's value is from the source, not assumed.
func (m *ModelInfo) Knows(field string) bool { return !slices.Contains(m.Assumed, field) }

// Is says whether name is the model's id or one of its aliases.
func (m *ModelInfo) Is(name string) bool { return m.ID == name || slices.Contains(m.Aliases, name) }

// ModelTable is dated model data, newest model first.
type ModelTable struct {
	Date   string      `json:"date"` // when the list was last checked
	Source string      `json:"source"`
	Models []ModelInfo `json:"models"`
}

// Models returns the embedded model table. Every call decodes it anew, so the
// caller owns what it gets.
func Models() ModelTable {
	var t ModelTable
	if err := json.Unmarshal(modelFile, &t); err != nil {
		panic(fmt.Sprintf("embedded models.json: %v", err)) // a test decodes it
	}
	return t
}
