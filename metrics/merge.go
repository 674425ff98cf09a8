package metrics

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"
)

// ErrDifferentRuns means that two snapshots do not describe parts of the same
// run: their classes, limits or other settings differ.
var ErrDifferentRuns = errors.New("metrics: snapshots of different runs cannot be merged")

// Merge adds o, another part of the same run, to s; o stays as it is. It is
// associative and commutative: counts, series and distributions add up, the
// coarser bins win, instants and peaks take the extreme, and the peaks in
// flight add (no part knows what the others had in flight). A peak of attempts
// is the peak of one part, for parts do not keep their 100 ms windows. On
// [ErrDifferentRuns] s is unchanged.
//
// Merged runs with different seeds give sound distributions and sums over time,
// but their Values mean nothing: use [Summarize] for those.
func (s *Snapshot) Merge(o *Snapshot) error {
	if err := s.sameRun(o); err != nil {
		return err
	}
	s.End = max(s.End, o.End)
	for i := range s.Classes {
		s.Classes[i].merge(&o.Classes[i])
	}
	s.Attempts.merge(&o.Attempts)
	for _, b := range o.Billed {
		s.Billed = mergeModel(s.Billed, b)
	}
	s.TokensRefused = s.TokensRefused.Add(o.TokensRefused)
	s.Herd.merge(&o.Herd)
	s.Lateness.Merge(&o.Lateness)
	s.mergeSeries(o)
	for i := range s.Offered {
		s.Offered[i].merge(&o.Offered[i])
	}
	s.Confessions.merge(&o.Confessions)
	s.Sizes = mergeSizes(s.Sizes, o.Sizes)
	s.Priorities |= o.Priorities
	s.Watched = s.Watched && o.Watched
	s.Intervals = mergeIntervals(s.Intervals, o.Intervals, s.Series.Width)
	return nil
}

func (s *Snapshot) sameRun(o *Snapshot) error {
	a, b := s.Config, o.Config
	a.Intervals, b.Intervals = false, false
	switch {
	case !slices.Equal(a.Classes, b.Classes):
		return fmt.Errorf("%w: classes %q and %q", ErrDifferentRuns, a.Classes, b.Classes)
	case !reflect.DeepEqual(a, b):
		return fmt.Errorf("%w: limits, prices or durations differ", ErrDifferentRuns)
	case len(s.Classes) != len(o.Classes) || len(s.Pools) != len(o.Pools) || len(s.Offered) != len(o.Offered):
		return fmt.Errorf("%w: one of them is incomplete", ErrDifferentRuns)
	}
	return nil
}

func (c *ClassStats) merge(o *ClassStats) {
	c.Arrivals += o.Arrivals
	c.Sent += o.Sent
	c.Met += o.Met
	c.Degraded += o.Degraded
	c.Useful += o.Useful
	c.Deadline += o.Deadline
	c.InTime += o.InTime
	c.Granted += o.Granted
	c.Inverted += o.Inverted
	c.Inflicted += o.Inflicted
	c.Tokens = c.Tokens.Add(o.Tokens)
	for i := range c.Finished {
		c.Finished[i] += o.Finished[i]
		c.Timings[i].Merge(&o.Timings[i])
	}
}

func (a *AttemptStats) merge(o *AttemptStats) {
	a.Sent += o.Sent
	for i := range a.Answered {
		a.Answered[i] += o.Answered[i]
	}
	for i := range a.Refused {
		a.Refused[i] += o.Refused[i]
	}
	a.ByLayer = sum(a.ByLayer, o.ByLayer, func(to, from *int64) { *to += *from })
	a.ByNumber = extend(a.ByNumber, len(o.ByNumber))
	for i, n := range o.ByNumber {
		a.ByNumber[i] += n
	}
	for _, c := range o.Causes {
		i, found := slices.BinarySearchFunc(a.Causes, c, compareCauses)
		if found {
			a.Causes[i].Count += c.Count
		} else {
			a.Causes = slices.Insert(a.Causes, i, c)
		}
	}
}

// order sorts by model, the ordinary price first.
func (m *ModelTokens) order(o *ModelTokens) int {
	if c := strings.Compare(m.Model, o.Model); c != 0 || m.Long == o.Long {
		return c
	}
	if m.Long {
		return 1
	}
	return -1
}

func mergeModel(list []ModelTokens, b ModelTokens) []ModelTokens {
	i := slices.IndexFunc(list, func(m ModelTokens) bool { return m.order(&b) >= 0 })
	switch {
	case i < 0:
		return append(list, b)
	case list[i].order(&b) == 0:
		list[i].Tokens = list[i].Tokens.Add(b.Tokens)
		return list
	}
	return slices.Insert(list, i, b)
}

// lastWanted is the instant of the last success by the model wanted.
func (h *Herd) lastWanted() time.Duration {
	if h.LastWanted == 0 {
		return h.LastSuccess
	}
	return h.LastWanted
}

func (h *Herd) merge(o *Herd) {
	h.Peak = max(h.Peak, o.Peak)
	h.PeakAfterFirstSecond = max(h.PeakAfterFirstSecond, o.PeakAfterFirstSecond)
	h.Windows += o.Windows
	h.Later += o.Later
	h.Squares += o.Squares
	wanted := max(h.lastWanted(), o.lastWanted())
	h.LastSuccess = max(h.LastSuccess, o.LastSuccess)
	if h.LastWanted = wanted; wanted == h.LastSuccess {
		h.LastWanted = 0
	}
	h.LastFinish = max(h.LastFinish, o.LastFinish)
	h.PeakInFlight += o.PeakInFlight
}

func (c *Confessions) merge(o *Confessions) {
	c.Clamped += o.Clamped
	c.Dropped += o.Dropped
	c.UnknownClass += o.UnknownClass
	c.OtherCauses += o.OtherCauses
	c.LateMax = max(c.LateMax, o.LateMax)
}

func (p *PoolStats) merge(o *PoolStats) {
	p.Served.add(&o.Served)
	if o.Succeeded > 0 && (p.Succeeded == 0 || o.MinService < p.MinService) {
		p.MinService = o.MinService
	}
	p.Succeeded += o.Succeeded
	p.LastIdeal = max(p.LastIdeal, o.LastIdeal)
	p.MaxOutput = max(p.MaxOutput, o.MaxOutput)
	p.Waits = addSaturated(p.Waits, o.Waits)
	p.Dues = addSaturated(p.Dues, o.Dues)
	p.Spilled.add(&o.Spilled)
	p.ByArrival = sum(p.ByArrival, o.ByArrival, (*Costs).add)
}

// mergeSeries adds everything that is kept in bins, at the coarser width.
func (s *Snapshot) mergeSeries(o *Snapshot) {
	width := max(s.Series.Width, o.Series.Width)
	s.Series.Bins = sum(widen(s.Series.Bins, s.Series.Width, width, (*Bin).add),
		widen(slices.Clone(o.Series.Bins), o.Series.Width, width, (*Bin).add), (*Bin).add)
	for i := range s.Pools {
		p, q := &s.Pools[i], o.Pools[i]
		p.ByArrival = widen(p.ByArrival, s.Series.Width, width, (*Costs).add)
		q.ByArrival = widen(slices.Clone(q.ByArrival), o.Series.Width, width, (*Costs).add)
		p.merge(&q)
	}
	s.Series.Width = width
}

// widen coarsens bins until they have a width.
func widen[T any](bins []T, from, to time.Duration, add func(a, b *T)) []T {
	for ; from < to && from > 0; from *= 2 {
		bins = coarsen(bins, add)
	}
	return bins
}

// sum adds b to a, bin by bin.
func sum[T any](a, b []T, add func(a, b *T)) []T {
	a = extend(a, len(b))
	for i := range b {
		add(&a[i], &b[i])
	}
	return a
}

// mergeIntervals merges two ascending lists of intervals at one width.
func mergeIntervals(a, b []Interval, width time.Duration) []Interval {
	if len(a)+len(b) == 0 {
		return nil
	}
	all := slices.Concat(a, b)
	slices.SortStableFunc(all, func(x, y Interval) int { return int((x.From - y.From) / time.Second) })
	return rebin(all, width)
}
