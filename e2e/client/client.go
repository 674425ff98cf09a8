// Package client speaks to clients of the Claude API, in process and in
// processes of their own, in one form.
package client

import "context"

// Call asks a client for one operation.
type Call struct {
	ID        string `json:"id"`
	Op        string `json:"op"`   // what the client is to do, such as stream or count
	Base      string `json:"base"` // base URL without /v1
	Key       string `json:"key"`
	Model     string `json:"model"`
	MaxTokens int64  `json:"max_tokens"`
	// PromptBytes is the size of the prompt; 0 is a short sentence.
	PromptBytes int `json:"prompt_bytes,omitempty"`
	// Retries is how often the client may try again; nil leaves its default.
	Retries *int `json:"retries,omitempty"`
}

// Answer is what the user of a client gets.
type Answer struct {
	ID          string   `json:"id"`
	Unsupported bool     `json:"unsupported,omitempty"` // the client has no such operation
	Text        string   `json:"text,omitempty"`
	Thinking    string   `json:"thinking,omitempty"`
	Signature   string   `json:"signature,omitempty"`
	Model       string   `json:"model,omitempty"`
	Stop        string   `json:"stop,omitempty"`
	Input       int64    `json:"input_tokens,omitempty"`
	Output      int64    `json:"output_tokens,omitempty"`
	RequestID   string   `json:"request_id,omitempty"` // "" when the client does not tell
	Events      []string `json:"events,omitempty"`     // of a stream, in the client's words
	Tool        *Tool    `json:"tool,omitempty"`
	Batch       *Batch   `json:"batch,omitempty"`
	Models      []string `json:"models,omitempty"` // or limits: group, models, limiter, value
	Error       *Error   `json:"error,omitempty"`
	Seconds     float64  `json:"seconds"`
}

// Tool is a call of a tool by the model.
type Tool struct {
	Name  string         `json:"name"`
	Input map[string]any `json:"input"`
}

// Batch is the life of one batch of two requests.
type Batch struct {
	ID         string   `json:"id"`
	Created    string   `json:"created"`    // status when made
	Processing int64    `json:"processing"` // requests in processing when made
	Ended      string   `json:"ended"`
	Succeeded  int64    `json:"succeeded"`
	Results    []string `json:"results"`  // "custom id, space, kind", sorted
	Listed     int      `json:"listed"`   // how often the list has it
	Deleted    string   `json:"deleted"`  // type of the answer
	Canceled   string   `json:"canceled"` // status of another batch right after its cancellation
}

// Error is an error as a client gives it to its user.
type Error struct {
	Class     string `json:"class"`
	Status    int    `json:"status"`
	Type      string `json:"type"`
	Code      string `json:"code"`
	Message   string `json:"message"`
	RequestID string `json:"request_id"`
}

// Client is a client under test. Do is safe for concurrent use.
type Client interface {
	Name() string
	Version() string
	Do(ctx context.Context, call Call) Answer
}
