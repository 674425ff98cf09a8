package load

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"sort"
	"time"
)

// Formats of traces, the value of a scenario's `format:` key.
const (
	FormatAzure    = "azure"    // CSV of the Azure LLM inference traces
	FormatBurstGPT = "burstgpt" // CSV of BurstGPT
	FormatMooncake = "mooncake" // JSON lines of Mooncake
	FormatJSONL    = "jsonl"    // our own JSON lines
)

// Trace is a recorded sequence of requests, in order of time, 32 bytes a row.
// The zero Trace is empty. It is read-only: slices of one share its rows, and
// any number of streams may replay it at once.
type Trace struct {
	rows   []traceRow
	models []string // models[0] is "", for rows that name none
	scale  float64  // of offsets; 0 means 1
	shift  time.Duration
	moved  int
}

// TraceRow is one request of a trace.
type TraceRow struct {
	At       time.Duration // since the start of the trace
	Tokens   Tokens
	Model    string   // "" when the trace names none
	Priority Priority // meaningful only with HasPriority

	HasPriority bool
}

type traceRow struct {
	at                                   time.Duration
	input, cacheWrite, cacheRead, output int32
	model                                uint16
	priority                             Priority
	hasPriority                          bool
}

// Len is the number of rows.
func (t Trace) Len() int { return len(t.rows) }

// Moved is how many rows came later in the file than a row with a greater
// instant and were sorted into place; 0 unless sorting was allowed.
func (t Trace) Moved() int { return t.moved }

// Row is row i, 0 <= i < Len.
func (t Trace) Row(i int) TraceRow {
	r := &t.rows[i]
	return TraceRow{
		At:     t.at(i),
		Tokens: Tokens{int64(r.input), int64(r.cacheWrite), int64(r.cacheRead), int64(r.output)},
		Model:  t.models[r.model], Priority: r.priority, HasPriority: r.hasPriority,
	}
}

func (t *Trace) at(i int) time.Duration {
	d := t.rows[i].at - t.shift
	if t.scale == 0 || t.scale == 1 {
		return d
	}
	if ns := math.Round(float64(d) * t.scale); ns < float64(Never) {
		return time.Duration(ns)
	}
	return Never
}

// Slice is a piece of a trace. The zero Slice is the whole.
type Slice struct {
	From  time.Duration // start within the trace, which becomes instant 0
	To    time.Duration // end within the trace, exclusive; 0 means its end
	Scale float64       // offsets are multiplied by it, after slicing; 0 means 1
	Rows  int           // at most so many rows; 0 means all
}

// Cut returns the piece, sharing the rows. Cutting a piece again measures From
// and To in its own, scaled, time.
func (t Trace) Cut(s Slice) Trace {
	low := sort.Search(len(t.rows), func(i int) bool { return t.at(i) >= s.From })
	high := len(t.rows)
	if s.To > 0 {
		high = max(low, sort.Search(len(t.rows), func(i int) bool { return t.at(i) >= s.To }))
	}
	if s.Rows > 0 {
		high = min(high, low+s.Rows)
	}
	if t.scale == 0 {
		t.scale = 1
	}
	t.shift += time.Duration(math.Round(float64(s.From) / t.scale))
	if s.Scale != 0 {
		t.scale *= s.Scale
	}
	t.rows = t.rows[low:high]
	return t
}

func (p *Process) slice() Slice {
	return Slice{From: p.SliceFrom, To: p.SliceTo, Scale: p.TimeScale, Rows: p.Rows}
}

// TraceOptions says how a trace is to be read.
type TraceOptions struct {
	Format string // one of the formats; "" tells from the first line
	Sort   bool   // sort rows that are out of order, instead of failing
	Rows   int    // stop after so many rows; 0 means read all
}

// Reading is how the trace of a replay process is to be read. Slice, scale and
// row limit are not part of it, as [Plan.Stream] applies them, so that classes
// may share a file.
func (p *Process) Reading() TraceOptions { return TraceOptions{Format: p.Format, Sort: p.Sort} }

// Conditions a reader of traces may act on; a [TraceError] matches them.
var (
	ErrTraceFormat = errors.New("unknown trace format")           // neither named nor recognised
	ErrTraceOrder  = errors.New("row is earlier than one before") // and sorting was not allowed
	ErrTraceRow    = errors.New("broken row")                     // cannot be understood
	ErrTraceLine   = errors.New("line too long")                  // longer than the bound
	ErrTraceEmpty  = errors.New("trace has no rows")              // nothing to replay
	errTraceModels = errors.New("more than 65,535 model names")   // does not fit the compact row
)

// TraceError is what is wrong with a line of a trace.
type TraceError struct {
	Line   int    // from 1; 0 when it is about the whole
	Detail string // what was found, "" when Err says all
	Err    error  // one of the conditions, or the error of the underlying reader
}

// Error is "trace line 7: broken row: …".
func (e *TraceError) Error() string {
	where := "trace"
	if e.Line > 0 {
		where = fmt.Sprintf("trace line %d", e.Line)
	}
	if e.Detail == "" {
		return fmt.Sprintf("%s: %v", where, e.Err)
	}
	return fmt.Sprintf("%s: %v: %s", where, e.Err, e.Detail)
}

// Unwrap is the condition.
func (e *TraceError) Unwrap() error { return e.Err }

// sortRows brings the rows into order, stably, and counts those that moved.
func (t *Trace) sortRows() {
	latest := time.Duration(math.MinInt64)
	for i := range t.rows {
		if t.rows[i].at < latest {
			t.moved++
		}
		latest = max(latest, t.rows[i].at)
	}
	if t.moved > 0 {
		slices.SortStableFunc(t.rows, func(a, b traceRow) int {
			return int(min(1, max(-1, a.at-b.at)))
		})
	}
}

// replay is the source of a class that repeats a trace.
type replay struct {
	trace Trace
	class int
	k     int
}

func (r *replay) peek() time.Duration {
	if r.k >= len(r.trace.rows) {
		return Never
	}
	return r.trace.at(r.k)
}

func (r *replay) next(a *Arrival) {
	row := r.trace.Row(r.k)
	a.ID = ArrivalID(r.class, 0, r.k)
	a.Due, a.Tokens = row.At, row.Tokens
	if row.Model != "" {
		a.Model = row.Model
	}
	if row.HasPriority {
		a.Priority = row.Priority
	}
	r.k++
}

func (r *replay) done(time.Duration, *Arrival, Outcome) {}
