package folder

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/klauspost/compress/zstd"

	"ratecliff/load"
)

// flushEvery is how many results may be lost to a crash.
const flushEvery = 256

// Results writes results.jsonl.zst: one JSON line per arrival with its attempts
// inside. It is flushed as it goes, so that a crash leaves a readable prefix.
// It never writes prompts, keys or bodies. The first error sticks.
type Results struct {
	file  *os.File
	zip   *zstd.Encoder
	enc   *json.Encoder
	count int
	err   error
}

// Line is one line of results.jsonl. Instants are milliseconds since run start
// in scenario time.
type Line struct {
	Strategy    string        `json:"strategy"`
	Settings    string        `json:"settings,omitempty"`
	Seed        uint64        `json:"seed"`
	ID          uint64        `json:"id"`
	Class       string        `json:"class"`
	Priority    load.Priority `json:"priority"`
	Worker      int           `json:"worker,omitempty"`
	Turn        int           `json:"turn,omitempty"`
	DueMs       float64       `json:"due_ms"`
	FinishedMs  float64       `json:"finished_ms"`
	Outcome     load.Outcome  `json:"outcome"`
	QueueWaitMs float64       `json:"queue_wait_ms"`
	BackoffMs   float64       `json:"backoff_ms"`
	Tokens      load.Tokens   `json:"tokens"`
	Attempts    []AttemptLine `json:"attempts"`
}

// AttemptLine is one attempt of a Line.
type AttemptLine struct {
	N            int            `json:"n"`
	Model        string         `json:"model"`
	ScheduledMs  float64        `json:"scheduled_ms"`
	StartedMs    float64        `json:"started_ms"`
	FirstTokenMs float64        `json:"first_token_ms,omitempty"`
	DoneMs       float64        `json:"done_ms"`
	Outcome      load.Outcome   `json:"outcome"`
	Status       int            `json:"status,omitempty"`
	Dimension    load.Dimension `json:"dimension,omitempty"`
	ErrorType    string         `json:"error_type,omitempty"`
	RetryAfterS  *float64       `json:"retry_after_s,omitempty"`
	Unseen       int            `json:"unseen,omitempty"` // further requests below it
}

// Results opens results.jsonl.zst in the folder.
func (f *Folder) Results() (*Results, error) {
	file, err := os.Create(filepath.Join(f.temp, ResultsFile))
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", ResultsFile, err)
	}
	zip, err := zstd.NewWriter(file, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest))
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	f.note(ResultsFile)
	return &Results{file: file, zip: zip, enc: json.NewEncoder(zip)}, nil
}

// Add writes one result of the strategy, settings and seed named.
func (r *Results) Add(strategy, settings string, seed uint64, class string, res *load.Result) {
	if r.err != nil {
		return
	}
	line := Line{
		Strategy: strategy, Settings: settings, Seed: seed, ID: res.Arrival.ID, Class: class,
		Priority: res.Arrival.Priority, Worker: res.Arrival.Worker, Turn: res.Arrival.Turn,
		DueMs: ms(res.Arrival.Due), FinishedMs: ms(res.Finished), Outcome: res.Outcome,
		QueueWaitMs: ms(res.QueueWait), BackoffMs: ms(res.Backoff), Tokens: res.Arrival.Tokens,
		Attempts: make([]AttemptLine, 0, len(res.History)),
	}
	for i := range res.History {
		line.Attempts = append(line.Attempts, attemptLine(&res.History[i]))
	}
	r.err = r.enc.Encode(line)
	if r.count++; r.count%flushEvery == 0 && r.err == nil {
		r.err = r.zip.Flush()
	}
}

func attemptLine(a *load.Attempt) AttemptLine {
	line := AttemptLine{
		N: a.N, Model: a.Target.Model, ScheduledMs: ms(a.Scheduled), StartedMs: ms(a.Started),
		FirstTokenMs: ms(a.FirstToken), DoneMs: ms(a.Done), Outcome: a.Response.Outcome,
		Status: a.Response.Status, Dimension: a.Response.Dimension, ErrorType: a.Response.ErrorType,
		Unseen: a.Unseen,
	}
	if a.Response.HasRetryAfter {
		s := a.Response.RetryAfter.Seconds()
		line.RetryAfterS = &s
	}
	return line
}

// Err is the first error of writing, or nil.
func (r *Results) Err() error { return r.err }

// Close flushes and closes the file and returns the first error there was.
func (r *Results) Close() error {
	err := errors.Join(r.err, r.zip.Close(), r.file.Close())
	if err != nil {
		return fmt.Errorf("writing %s: %w", ResultsFile, err)
	}
	return nil
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// ReadResults calls f with every line of a results.jsonl.zst. A file cut off by
// a crash gives the lines before the cut and io.ErrUnexpectedEOF.
func ReadResults(r io.Reader, f func(Line) error) error {
	zip, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1))
	if err != nil {
		return err
	}
	defer zip.Close()
	dec := json.NewDecoder(zip)
	for n := 1; ; n++ {
		var raw json.RawMessage
		if err := dec.Decode(&raw); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		var line Line
		if err := json.Unmarshal(raw, &line); err != nil {
			return fmt.Errorf("result %d: %w", n, err)
		}
		if err := f(line); err != nil {
			return err
		}
	}
}
