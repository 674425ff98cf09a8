package mockserver

import (
	"time"

	"ratecliff/internal/wire"
	"ratecliff/load"
)

// Documented spans of a batch's life, from its creation.
const (
	batchExpires  = 24 * time.Hour      // what has not been processed by then never is
	batchArchived = 29 * 24 * time.Hour // results are gone
)

// maxBatch is the most requests in one batch, as documented.
const maxBatch = 100_000

// MaxBatchBody is the largest body of a batch in bytes, as documented: 256 MB.
const MaxBatchBody = 256 << 20

// batch is one batch. Its state at any instant follows from a few instants:
// request i is done at start + (i+1) gaps.
type batch struct {
	id       string
	owner    int // API key where keys share nothing, else 0
	created  time.Duration
	start    time.Duration // the queue before it is empty
	gap      time.Duration // between two requests
	canceled time.Duration // when that was asked; load.Never if it was not
	items    []batchItem
}

// batchItem is one request of a batch, without its prompt.
type batchItem struct {
	customID string
	message  wire.Message  // the answer
	failure  *wire.Failure // or why there is none
}

// done is how many requests were processed by an instant, had nobody stopped it.
func (b *batch) done(at time.Duration) int {
	if at <= b.start {
		return 0
	}
	if b.gap <= 0 {
		return len(b.items)
	}
	return int(min(int64((at-b.start)/b.gap), int64(len(b.items))))
}

// processed is how many requests get a result of their own: the rest is canceled
// or expires.
func (b *batch) processed() int {
	stop := b.created + batchExpires
	if b.canceled < stop {
		stop = b.lastStep()
	}
	return b.done(stop)
}

// lastStep is when a canceled batch finishes the request under way.
func (b *batch) lastStep() time.Duration {
	n := b.done(b.canceled)
	if b.canceled < b.start || n == len(b.items) {
		return b.canceled
	}
	return b.start + time.Duration(n+1)*b.gap
}

// end is the instant at which the batch ends.
func (b *batch) end() time.Duration {
	end := min(b.start+time.Duration(len(b.items))*b.gap, b.created+batchExpires)
	if b.canceled < end {
		end = min(end, max(b.lastStep(), b.created))
	}
	return end
}

// status is processing_status at an instant.
func (b *batch) status(now time.Duration) string {
	switch {
	case now >= b.end():
		return "ended"
	case now >= b.canceled:
		return "canceling"
	}
	return "in_progress"
}

// batchCounts are request_counts. All but Processing stay 0 until the batch has
// ended.
type batchCounts struct {
	Processing int `json:"processing"`
	Succeeded  int `json:"succeeded"`
	Errored    int `json:"errored"`
	Canceled   int `json:"canceled"`
	Expired    int `json:"expired"`
}

func (b *batch) counts(now time.Duration) (c batchCounts) {
	if now < b.end() {
		return batchCounts{Processing: len(b.items)}
	}
	n := b.processed()
	for i := range b.items[:n] {
		if b.items[i].failure != nil {
			c.Errored++
		} else {
			c.Succeeded++
		}
	}
	if b.canceled < b.created+batchExpires {
		c.Canceled = len(b.items) - n
	} else {
		c.Expired = len(b.items) - n
	}
	return c
}

// appendResult appends the line of results of request i of an ended batch.
func (b *batch) appendResult(dst []byte, i, processed int) []byte {
	item := &b.items[i]
	dst = wire.AppendCustomID(dst, item.customID)
	switch {
	case i >= processed && b.canceled < load.Never && b.canceled < b.created+batchExpires:
		dst = append(dst, `{"type":"canceled"}`...)
	case i >= processed:
		dst = append(dst, `{"type":"expired"}`...)
	case item.failure != nil:
		dst = wire.AppendFailure(append(dst, `{"type":"errored","error":`...), item.failure)
		dst = append(dst, '}')
	default:
		dst = wire.AppendMessage(append(dst, `{"type":"succeeded","message":`...), &item.message)
		dst = append(dst, '}')
	}
	return append(dst, "}\n"...)
}

// batchObject is a batch on the wire.
type batchObject struct {
	ID                string      `json:"id"`
	Type              string      `json:"type"`
	ProcessingStatus  string      `json:"processing_status"`
	RequestCounts     batchCounts `json:"request_counts"`
	EndedAt           *string     `json:"ended_at"`
	CreatedAt         string      `json:"created_at"`
	ExpiresAt         string      `json:"expires_at"`
	ArchivedAt        *string     `json:"archived_at"`
	CancelInitiatedAt *string     `json:"cancel_initiated_at"`
	ResultsURL        *string     `json:"results_url"`
}

// object describes the batch at an instant; origin is the scheme and host that
// the client used.
func (b *batch) object(base wire.Timebase, now time.Duration, origin string) batchObject {
	date := func(at time.Duration) string { return base.Wall(at).UTC().Format("2006-01-02T15:04:05.000000Z") }
	o := batchObject{
		ID: b.id, Type: "message_batch", ProcessingStatus: b.status(now), RequestCounts: b.counts(now),
		CreatedAt: date(b.created), ExpiresAt: date(b.created + batchExpires),
	}
	if end := b.end(); now >= end {
		at, url := date(end), origin+pathBatches+"/"+b.id+"/results"
		o.EndedAt, o.ResultsURL = &at, &url
	}
	if b.canceled <= now {
		at := date(b.canceled)
		o.CancelInitiatedAt = &at
	}
	if gone := b.created + batchArchived; now >= gone {
		at := date(gone)
		o.ArchivedAt, o.ResultsURL = &at, nil
	}
	return o
}
