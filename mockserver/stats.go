package mockserver

import (
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"ratecliff/load"
	"ratecliff/mockserver/journal"
	"ratecliff/mockserver/model"
)

// DurationBounds are the upper bounds of [Stats.Durations], in seconds of the
// service; a last bucket without a bound follows.
func DurationBounds() []float64 {
	return []float64{0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250}
}

const durationBuckets = 13

// Stats is what a mock has counted since it began. Everything in it is bounded:
// no label comes from a client.
type Stats struct {
	Requests  []Count
	HungUp    uint64        // exchanges whose client went away
	Bytes     uint64        // of answers' bodies
	Tokens    load.Tokens   // of admitted requests
	Durations []uint64      // admitted exchanges by duration, see [DurationBounds]; one more bucket at the end
	Spent     time.Duration // sum of those durations
	Open      int           // exchanges in progress
	InFlight  int           // answers in progress, in the model's eyes
	Retries   uint64        // exchanges that repeat an earlier one

	JournalLines, JournalDropped uint64
	LedgerLines, LedgerDropped   uint64
	Levels                       []model.Level // of every bucket
}

// Count is how many exchanges ended alike.
type Count struct {
	Endpoint  string
	Decision  journal.Decision
	Dimension string // that refused, or ""
	Status    int    // 0 where the client got none
	N         uint64
}

// stats counts. Safe for concurrent use.
type stats struct {
	mu        sync.Mutex
	requests  map[Count]uint64 // by Count with N 0
	hungUp    uint64
	retries   uint64
	bytes     uint64
	tokens    load.Tokens
	durations [durationBuckets]uint64
	spent     time.Duration
	open      int
}

func (s *stats) begin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open++
}

func (s *stats) end(x *exchange, took time.Duration) {
	c := Count{Endpoint: x.noted.endpoint, Decision: x.decision(), Status: x.meter.status}
	if c.Decision == journal.Refused {
		c.Dimension = x.reply.Response.Dimension.String()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open--
	if s.requests == nil {
		s.requests = map[Count]uint64{}
	}
	s.requests[c]++
	s.bytes += uint64(x.meter.bytes)
	if x.noted.hungUp {
		s.hungUp++
	}
	if x.noted.retries != 0 {
		s.retries++
	}
	if c.Decision != journal.Admitted {
		return
	}
	used := x.req.Tokens
	used.Output = x.reply.Response.Usage.Output
	s.tokens = s.tokens.Add(used)
	s.spent += took
	s.durations[bucketOf(took)]++
}

func bucketOf(took time.Duration) int {
	seconds := took.Seconds()
	for i, bound := range [...]float64{0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250} {
		if seconds <= bound {
			return i
		}
	}
	return durationBuckets - 1
}

// decision is how far the exchange came.
func (x *exchange) decision() journal.Decision {
	switch {
	case x.noted.decided:
		switch x.noted.event {
		case journal.Admit:
			return journal.Admitted
		case journal.Refuse:
			return journal.Refused
		default:
			return journal.Failed
		}
	case x.noted.errorType != "":
		return journal.Rejected
	default:
		return journal.Served
	}
}

// Stats returns the counts so far and the levels now.
func (s *Server) Stats() Stats {
	out := s.stats.copy()
	if e := s.evidence; e != nil {
		out.JournalLines, out.JournalDropped = e.journal.counts()
		out.LedgerLines, out.LedgerDropped = e.ledger.counts()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.tick()
	out.Levels = s.model.Levels(now)
	out.InFlight = s.model.InFlight(now)
	return out
}

func (s *stats) copy() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := Stats{
		HungUp: s.hungUp, Bytes: s.bytes, Tokens: s.tokens, Durations: slices.Clone(s.durations[:]),
		Spent: s.spent, Open: s.open, Retries: s.retries,
	}
	for c, n := range s.requests {
		c.N = n
		out.Requests = append(out.Requests, c)
	}
	slices.SortFunc(out.Requests, func(a, b Count) int { return strings.Compare(a.order(), b.order()) })
	return out
}

func (c *Count) order() string {
	return c.Endpoint + " " + string(c.Decision) + " " + c.Dimension + " " + strconv.Itoa(c.Status)
}
