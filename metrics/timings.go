package metrics

import (
	"encoding/json"

	"ratecliff/load"
)

// Timings are the distributions kept for one class and outcome.
type Timings struct {
	Response Histogram `json:"response,omitzero"` // due to end
	Service  Histogram `json:"service,omitzero"`  // last attempt, sent to done
	TTFT     Histogram `json:"ttft,omitzero"`     // last attempt, sent to first token; successes only
	Queue    Histogram `json:"queue,omitzero"`    // held though ready
	Backoff  Histogram `json:"backoff,omitzero"`  // asleep between attempts
	Wasted   Histogram `json:"wasted,omitzero"`   // in attempts before the last one; successes only
}

// Merge adds the values of o.
func (t *Timings) Merge(o *Timings) {
	t.Response.Merge(&o.Response)
	t.Service.Merge(&o.Service)
	t.TTFT.Merge(&o.TTFT)
	t.Queue.Merge(&o.Queue)
	t.Backoff.Merge(&o.Backoff)
	t.Wasted.Merge(&o.Wasted)
}

// IsZero says whether nothing was recorded.
func (t Timings) IsZero() bool { return t.Response.IsZero() && t.Service.IsZero() }

// OutcomeTimings are timings by outcome of the arrival; in JSON an object of
// those that are not empty.
type OutcomeTimings [load.OutcomeCount]Timings

// MarshalJSON writes an object with the names of outcomes as keys.
func (t OutcomeTimings) MarshalJSON() ([]byte, error) {
	named := make(map[string]Timings)
	for o := range t {
		if !t[o].IsZero() {
			named[load.Outcome(o).String()] = t[o]
		}
	}
	return json.Marshal(named)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (t *OutcomeTimings) UnmarshalJSON(text []byte) error {
	var named map[string]Timings
	if err := json.Unmarshal(text, &named); err != nil {
		return err
	}
	*t = OutcomeTimings{}
	return fill(named, load.OutcomeCount, func(o load.Outcome, v Timings) { t[o] = v })
}

// timings is Timings under construction.
type timings struct{ response, service, ttft, queue, backoff, wasted gauge }

// record adds the durations of a result and returns how many were clamped.
func (t *timings) record(res *load.Result) (clamped int64) {
	count := func(bad bool) {
		if bad {
			clamped++
		}
	}
	count(t.response.record(res.ResponseTime()))
	count(t.queue.record(res.QueueWait))
	count(t.backoff.record(res.Backoff))
	if res.Attempts == 0 {
		return clamped
	}
	last := &res.Last
	count(t.service.record(last.Done - last.Started))
	if res.Outcome != load.OK {
		return clamped
	}
	count(t.wasted.record(max(0, res.ResponseTime()-res.QueueWait-res.Backoff-(last.Done-last.Started))))
	if last.FirstToken > 0 {
		count(t.ttft.record(last.FirstToken - last.Started))
	}
	return clamped
}

func (t *timings) reset() {
	t.response.reset()
	t.service.reset()
	t.ttft.reset()
	t.queue.reset()
	t.backoff.reset()
	t.wasted.reset()
}

func (t *timings) timings() Timings {
	return Timings{
		Response: t.response.histogram(), Service: t.service.histogram(), TTFT: t.ttft.histogram(),
		Queue: t.queue.histogram(), Backoff: t.backoff.histogram(), Wasted: t.wasted.histogram(),
	}
}
