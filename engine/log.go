package engine

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"ratecliff/load"
)

// LogEntry is one event as it was fed to an engine.
type LogEntry struct {
	Now     time.Duration `json:"now"`
	Kind    EventKind     `json:"kind"`
	Ref     Ref           `json:"ref"`
	Arrival *load.Arrival `json:"arrival,omitempty"`
	Attempt *LogAttempt   `json:"attempt,omitempty"`
}

// LogAttempt is what the engine reads of an attempt, with every enumeration as
// its number so that an entry reads back as it was.
type LogAttempt struct {
	Started    time.Duration      `json:"started"`
	FirstToken time.Duration      `json:"first_token"`
	Done       time.Duration      `json:"done"`
	Unseen     int                `json:"unseen,omitempty"`
	Outcome    uint8              `json:"outcome"`
	Status     int                `json:"status"`
	Dimension  uint8              `json:"dimension"`
	ErrorType  string             `json:"error_type,omitempty"`
	ErrorCode  string             `json:"error_code,omitempty"`
	RetryAfter *time.Duration     `json:"retry_after,omitempty"`
	DateForm   bool               `json:"date_form,omitempty"`
	Advice     uint8              `json:"advice"`
	Limits     load.LimitStatuses `json:"limits"`
	Usage      load.Tokens        `json:"usage"`
}

// Log writes the events of a run as JSON lines. The first error sticks.
type Log struct {
	enc *json.Encoder
	err error
}

// NewLog returns a log that writes to w.
func NewLog(w io.Writer) *Log { return &Log{enc: json.NewEncoder(w)} }

// Err is the first error of writing, or nil.
func (l *Log) Err() error { return l.err }

// Tap records an event just before it is given to Step.
func (l *Log) Tap(now time.Duration, ev Event) {
	if l.err != nil {
		return
	}
	entry := LogEntry{Now: now, Kind: ev.Kind, Ref: ev.Ref, Arrival: ev.Arrival}
	if ev.Attempt != nil {
		entry.Attempt = logged(ev.Attempt)
	}
	l.err = l.enc.Encode(entry)
}

func logged(a *load.Attempt) *LogAttempt {
	r := &a.Response
	out := &LogAttempt{
		Started: a.Started, FirstToken: a.FirstToken, Done: a.Done, Unseen: a.Unseen,
		Outcome: uint8(r.Outcome), Status: r.Status, Dimension: uint8(r.Dimension),
		ErrorType: r.ErrorType, ErrorCode: r.ErrorCode, Advice: uint8(r.Advice), DateForm: r.DateForm,
		Limits: r.Limits, Usage: r.Usage,
	}
	if r.HasRetryAfter {
		out.RetryAfter = &r.RetryAfter
	}
	return out
}

// attempt is what was logged, as the engine reads it.
func (a *LogAttempt) attempt() *load.Attempt {
	out := &load.Attempt{Started: a.Started, FirstToken: a.FirstToken, Done: a.Done, Unseen: a.Unseen}
	out.Response = load.Response{
		Outcome: load.Outcome(a.Outcome), Status: a.Status, Dimension: load.Dimension(a.Dimension),
		ErrorType: a.ErrorType, ErrorCode: a.ErrorCode, Advice: load.Advice(a.Advice), DateForm: a.DateForm,
		Limits: a.Limits, Usage: a.Usage,
	}
	if a.RetryAfter != nil {
		out.Response.RetryAfter, out.Response.HasRetryAfter = *a.RetryAfter, true
	}
	return out
}

// errIncomplete says that an entry lacks what its kind needs.
var errIncomplete = errors.New("an arrival or an attempt is missing, or the kind is unknown")

func (l *LogEntry) event() (Event, error) {
	ev := Event{Kind: l.Kind, Ref: l.Ref, Arrival: l.Arrival}
	if l.Attempt != nil {
		ev.Attempt = l.Attempt.attempt()
	}
	if l.Kind > Stop || l.Kind == Arrive && l.Arrival == nil || l.Kind == Answer && l.Attempt == nil {
		return ev, errIncomplete
	}
	return ev, nil
}

// Replay feeds a log to an engine and returns the digest of its actions. Given
// an engine configured like the one that was recorded, the digest equals the
// recorded run's. A line that cannot be read is an error naming it.
func Replay(r io.Reader, e *Engine) (Digest, error) {
	var d Digest
	dec := json.NewDecoder(bufio.NewReader(r))
	for line := 1; ; line++ {
		var entry LogEntry
		if err := dec.Decode(&entry); errors.Is(err, io.EOF) {
			return d, nil
		} else if err != nil {
			return d, fmt.Errorf("event log, entry %d: %w", line, err)
		}
		ev, err := entry.event()
		if err != nil {
			return d, fmt.Errorf("event log, entry %d: %w", line, err)
		}
		d.Add(entry.Now, e.Step(entry.Now, ev))
	}
}
