package load

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"
)

// Stream yields the arrivals of a plan in order of (due, class index). Its
// memory does not grow with the length of the run: it holds one arrival per open
// class, one entry per user of a closed loop, one per waiting session. It
// allocates nothing per arrival once as many users have been waiting at once as
// ever will. Not safe for concurrent use.
//
// Chance: each class draws from streams aimed by the plan's seed and the class's
// name. The instants of an open class are one sequence; the lengths of an
// arrival depend only on seed, class name, user and ordinal; think times,
// pauses and turns likewise. So the k-th turn of a user has the same lengths
// under every strategy, whenever it comes.
//
// Arrivals of an open class are dealt to the class's workers round robin, by
// ordinal; those of closed loops and sessions by user, since a user stays with
// one client process.
type Stream struct {
	classes []classStream
	order   []int32         // binary heap of class indices by (due, index)
	place   []int32         // class -> position in order
	due     []time.Duration // class -> due instant of its next arrival, or Never
	end     time.Duration
}

// source produces the arrivals of one class.
type source interface {
	// peek is the instant of the next arrival known now, or Never.
	peek() time.Duration
	// next fills identity, Due, User and Turn, and what the source knows of
	// Tokens, Model and Priority.
	next(a *Arrival)
	// done says that a call of the class ended.
	done(now time.Duration, a *Arrival, o Outcome)
}

// Stream starts the plan from the beginning; traces are those its replay classes
// name, by [Process.File], as read (the process's slice, scale and row limit are
// applied here). It fails with a [*PlanError] when the plan is not valid or a
// trace is missing.
func (p *Plan) Stream(traces map[string]Trace) (*Stream, error) {
	problems := append(p.Validate(), p.missing(traces)...)
	if len(problems) > 0 {
		return nil, &PlanError{problems}
	}
	n := len(p.Classes)
	s := &Stream{
		classes: make([]classStream, n), order: make([]int32, n), place: make([]int32, n),
		due: make([]time.Duration, n), end: p.Duration,
	}
	chance := NewChance()
	for i := range p.Classes {
		s.classes[i] = newClassStream(p, i, traces, chance)
		s.order[i], s.place[i] = int32(i), int32(i)
		s.due[i] = s.head(i)
	}
	for i := n/2 - 1; i >= 0; i-- {
		s.down(i)
	}
	return s, nil
}

// missing reports replay classes whose trace was not read or has nothing in the
// slice.
func (p *Plan) missing(traces map[string]Trace) []Problem {
	var c checker
	for i := range p.Classes {
		a := &p.Classes[i].Arrivals
		if a.Kind != Replay {
			continue
		}
		path := fmt.Sprintf("classes[%d].arrivals", i)
		if t, ok := traces[a.File]; !ok {
			c.add(path+".file", "trace %q was not read", a.File)
		} else if t.Cut(a.slice()).Len() == 0 {
			c.add(path+".slice_from", "the slice of trace %q holds no rows", a.File)
		}
	}
	return c.problems
}

// Peek returns the earliest due instant known now; false when none is. In a
// closed loop [Stream.Done] may make it earlier, or make it appear again.
func (s *Stream) Peek() (due time.Duration, ok bool) {
	due = s.due[s.order[0]]
	return due, due < s.end
}

// Next fills a with the earliest arrival known now and moves on; false, leaving
// a alone, when there is none.
func (s *Stream) Next(a *Arrival) bool {
	class := int(s.order[0])
	if s.due[class] >= s.end {
		return false
	}
	s.classes[class].fill(a)
	s.due[class] = s.head(class)
	s.down(0)
	return true
}

// Done says that the call of arrival a ended at now, however it ended: the user
// thinks, then calls again. It must be called once per arrival, with the arrival
// as Next gave it; open classes ignore it, and so does every class for the
// outcome Unfinished, which means that the run is over.
func (s *Stream) Done(now time.Duration, a *Arrival, o Outcome) {
	if o == Unfinished || a.Class < 0 || a.Class >= len(s.classes) {
		return
	}
	s.classes[a.Class].source.done(now, a, o)
	if due := s.head(a.Class); due < s.due[a.Class] {
		s.due[a.Class] = due
		s.up(int(s.place[a.Class]))
	}
}

func (s *Stream) head(class int) time.Duration {
	if due := s.classes[class].source.peek(); due < s.end {
		return due
	}
	return Never
}

func (s *Stream) less(i, j int) bool {
	a, b := s.order[i], s.order[j]
	return s.due[a] < s.due[b] || s.due[a] == s.due[b] && a < b
}

func (s *Stream) swap(i, j int) {
	s.order[i], s.order[j] = s.order[j], s.order[i]
	s.place[s.order[i]], s.place[s.order[j]] = int32(i), int32(j)
}

func (s *Stream) up(i int) {
	for i > 0 && s.less(i, (i-1)/2) {
		s.swap(i, (i-1)/2)
		i = (i - 1) / 2
	}
}

func (s *Stream) down(i int) {
	for {
		child := 2*i + 1
		if child >= len(s.order) {
			return
		}
		if child+1 < len(s.order) && s.less(child+1, child) {
			child++
		}
		if !s.less(child, i) {
			return
		}
		s.swap(i, child)
		i = child
	}
}

// whole rounds a drawn length to whole tokens, 0 to 2^53.
func whole(v float64) int64 {
	switch {
	case !(v > 0):
		return 0
	case v > 1<<53:
		return 1 << 53
	}
	return int64(math.Round(v))
}

// sampler is a generator of its own for each purpose that lasts a whole run.
func sampler(seed uint64, p Purpose, entity, sub uint64) *rand.Rand {
	src := &Source{}
	src.Aim(seed, p, entity, sub)
	return rand.New(src)
}
