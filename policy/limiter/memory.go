package limiter

import (
	"math"
	"slices"
	"time"

	"ratecliff/load"
)

// remembered is how many outputs the estimates look back on; ours.
const remembered = 200

// memory is what is known of the outputs of calls of one kind. The zero value
// knows nothing.
type memory struct {
	moving   float64   // ō ← 0.9·ō + 0.1·o
	started  bool      // that moving has a value
	last     []int64   // ring of the last outputs
	oldest   int       // place of the oldest in last
	sorted   []int64   // the same in order of size
	above    []float64 // above[i] is the sum of sorted[i:]
	mean     float64   // of last
	variance float64   // of last
	lead     float64   // seconds from sending to the first token, moving mean
	speed    float64   // tokens per second thereafter, moving mean; 0 while unknown
}

// add takes in an output.
func (m *memory) add(output int64) {
	if m.last == nil {
		m.last, m.sorted, m.above = make([]int64, 0, remembered), make([]int64, 0, remembered), make([]float64, remembered+1)
	}
	if len(m.last) < remembered {
		m.last = append(m.last, output)
	} else {
		i, _ := slices.BinarySearch(m.sorted, m.last[m.oldest])
		m.sorted = slices.Delete(m.sorted, i, i+1)
		m.last[m.oldest] = output
		m.oldest = (m.oldest + 1) % remembered
	}
	i, _ := slices.BinarySearch(m.sorted, output)
	m.sorted = slices.Insert(m.sorted, i, output)
	m.summarize()
}

// summarize computes anew what follows from the outputs.
func (m *memory) summarize() {
	n := len(m.sorted)
	sum := 0.0
	m.above[n] = 0
	for i := n - 1; i >= 0; i-- {
		sum += float64(m.sorted[i])
		m.above[i] = sum
	}
	m.mean, m.variance = sum/float64(n), 0
	if n < 2 {
		return
	}
	for _, o := range m.sorted {
		d := float64(o) - m.mean
		m.variance += d * d
	}
	m.variance /= float64(n - 1)
}

// quantile is the smallest of the last outputs that at least a share q of them do
// not exceed. There must be one.
func (m *memory) quantile(q float64) int64 {
	n := len(m.sorted)
	return m.sorted[min(max(int(math.Ceil(q*float64(n)-1e-9)), 1), n)-1]
}

// remaining is E[out − done | out > done] over the last outputs. A stream that is
// longer than all of them is taken to have their mean before it still, as where
// lengths are exponential. There must be an output.
func (m *memory) remaining(done float64) float64 {
	i, _ := slices.BinarySearchFunc(m.sorted, done, func(o int64, done float64) int {
		if float64(o) > done {
			return 1
		}
		return -1
	})
	left := len(m.sorted) - i
	if left == 0 {
		return m.mean
	}
	return m.above[i]/float64(left) - done
}

// pace learns from an answer how long its first token took and how fast the
// others came. An answer that came in one piece has no first token to see: its
// tokens are taken to come evenly.
func (m *memory) pace(a *load.Attempt) {
	output := float64(a.Response.Usage.Output)
	from := a.Started
	if a.FirstToken > a.Started && a.FirstToken < a.Done {
		from = a.FirstToken
	}
	span := (a.Done - from).Seconds()
	if span <= 0 || output <= 0 {
		return
	}
	lead, speed := (from - a.Started).Seconds(), output/span
	if m.speed == 0 {
		m.lead, m.speed = lead, speed
		return
	}
	m.lead = oldWeight*m.lead + newWeight*lead
	m.speed = oldWeight*m.speed + newWeight*speed
}

// produced is how many tokens a call has produced that was sent so long ago, by
// its age: what has come of a stream is not told before its end.
func (m *memory) produced(age time.Duration, most int64) int64 {
	return int64(min(max((age.Seconds()-m.lead)*m.speed+1e-6, 0), float64(most)))
}
