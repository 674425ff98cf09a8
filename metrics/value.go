package metrics

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"ratecliff/load"
)

// Value is one metric of one run. When Withheld is not empty it says why there
// is no number, and V is 0.
type Value struct {
	V        float64 `json:"value"`
	N        int64   `json:"n"` // samples it rests on
	Withheld string  `json:"withheld,omitempty"`
}

// quantile is a percentile that is shown, and from how many samples on: those
// with less than one expected sample beyond them, 1/(1−q), are withheld.
type quantile struct {
	name string
	q    float64
	need int64
}

func quantiles() [5]quantile {
	return [5]quantile{{"p50", .50, 2}, {"p90", .90, 10}, {"p95", .95, 20}, {"p99", .99, 100}, {"max", 1, 1}}
}

// LowerIsBetter says in which direction a metric improves. Metrics it does not
// know improve downwards, like a time or a price.
func LowerIsBetter(name string) bool {
	base, _, _ := strings.Cut(name, "{")
	base, _, _ = strings.Cut(base, ".")
	switch base {
	case "success_ratio", "goodput_per_min", "tokens_per_min", "optimum_share", "slo_ratio", "utilisation",
		"useful_goodput_per_min", "useful_ratio", "keeps_up_ratio", "utilisation_of_demand", "fairness", "recovered_ratio":
		return false
	}
	return true
}

// ForClass is the name of a metric for one class: NAME{class="CLASS"}.
func ForClass(name, class string) string { return name + "{class=" + strconv.Quote(class) + "}" }

// values gathers metrics; class, when not empty, marks all that is added.
type values struct {
	all   map[string]Value
	class string
}

func (v *values) put(name string, value Value) {
	if v.class != "" {
		name = ForClass(name, v.class)
	}
	if value.Withheld != "" {
		value.V = 0
	}
	v.all[name] = value
}

// ratio puts part/whole, withheld when there is no whole.
func (v *values) ratio(name string, part, whole float64, why string) {
	if whole <= 0 {
		v.put(name, Value{Withheld: why})
		return
	}
	v.put(name, Value{V: part / whole, N: int64(whole)})
}

// rate puts count per minute.
func (v *values) rate(name string, count float64, during time.Duration, n int64) {
	if during <= 0 {
		v.put(name, Value{Withheld: "the run has no length"})
		return
	}
	v.put(name, Value{V: count / during.Minutes(), N: n})
}

// percentiles puts NAME_ms.p50 to .max; one that rests on too few is withheld.
func (v *values) percentiles(name string, h *Histogram, none string) {
	n := h.Count()
	for _, q := range quantiles() {
		value := Value{N: n}
		switch {
		case n == 0:
			value.Withheld = none
		case n < q.need:
			value.Withheld = fmt.Sprintf("%s needs %d samples, had %d", q.name, q.need, n)
		default:
			value.V = float64(h.Quantile(q.q)) / float64(time.Millisecond)
		}
		v.put(name+"_ms."+q.name, value)
	}
}

// Values are the metrics of the run by name, as the package comment defines
// them. Metrics of one class carry its name, see [ForClass]; a metric that
// cannot be had is there and says why.
func (s *Snapshot) Values() map[string]Value {
	v := &values{all: make(map[string]Value, 64)}
	total := s.overall()
	s.counted(v, total)
	s.timed(v, &total.Timings[load.OK])
	s.limited(v)
	s.spread(v, total)
	s.crowded(v)
	s.steady(v, total)
	s.sustained(v)
	s.offering(v, total)
	s.layered(v)
	s.priced(v, total.Finished[load.OK])
	for i := range s.Classes {
		c := &s.Classes[i]
		if c.Name == "" {
			continue
		}
		v.class = c.Name
		s.outcome(v, c)
		v.percentiles("response_time", &c.Timings[load.OK].Response, noSuccess)
	}
	return v.all
}

const (
	noSuccess  = "no success"
	noArrivals = "no arrivals"
	noAttempts = "no attempts"
)

// overall sums the classes; only the timings of successes are merged.
func (s *Snapshot) overall() *ClassStats {
	total := &ClassStats{}
	for i := range s.Classes {
		c := &s.Classes[i]
		total.Arrivals += c.Arrivals
		total.Sent += c.Sent
		total.Degraded += c.Degraded
		total.Useful += c.Useful
		total.Deadline += c.Deadline
		total.InTime += c.InTime
		total.Granted += c.Granted
		total.Inverted += c.Inverted
		total.Tokens = total.Tokens.Add(c.Tokens)
		for o := range c.Finished {
			total.Finished[o] += c.Finished[o]
		}
		total.Timings[load.OK].Merge(&c.Timings[load.OK])
	}
	return total
}

// length is the run length H: the later of the planned duration and the last
// finish.
func (s *Snapshot) length() time.Duration { return max(s.Config.Duration, s.Herd.LastFinish) }

// outcome puts what is also told by class.
func (s *Snapshot) outcome(v *values, c *ClassStats) {
	ok := c.Finished[load.OK]
	v.ratio("success_ratio", float64(ok), float64(c.Arrivals), noArrivals)
	v.rate("goodput_per_min", float64(ok), s.length(), ok)
}

func (s *Snapshot) counted(v *values, t *ClassStats) {
	ok, arrivals, sent := float64(t.Finished[load.OK]), float64(t.Arrivals), float64(t.Sent)
	s.outcome(v, t)
	v.rate("tokens_per_min", float64(t.Tokens.Prompt()+t.Tokens.Output), s.length(), t.Finished[load.OK])
	v.ratio("unfinished_ratio", arrivals-float64(t.Finished.Total()-t.Finished[load.Unfinished]), arrivals, noArrivals)
	s.objectives(v)
	v.ratio("degraded_ratio", float64(t.Degraded), ok, noSuccess)
	v.ratio("attempts_per_success", sent, ok, noSuccess)
	v.ratio("amplification", sent, arrivals, noArrivals)
	answered := &s.Attempts.Answered
	v.ratio("refused_ratio", float64(answered[load.Throttled]+answered[load.Overloaded]), float64(answered.Total()), noAttempts)
	v.put("peak_attempts_per_100ms", Value{V: float64(s.Herd.Peak), N: s.Attempts.Sent})
	v.put("peak_attempts_per_100ms.after_first_s", Value{V: float64(s.Herd.PeakAfterFirstSecond), N: s.Attempts.Sent})
	makespan := Value{V: s.Herd.LastSuccess.Seconds(), N: t.Finished[load.OK]}
	if makespan.N == 0 {
		makespan.Withheld = noSuccess
	}
	v.put("makespan_s", makespan)
}

// objectives puts the share of arrivals that were served well, of the classes
// that have an objective.
func (s *Snapshot) objectives(v *values) {
	met, arrivals := int64(0), int64(0)
	for i := range s.Classes {
		if s.Config.objective(i) != (Objective{}) {
			met += s.Classes[i].Met
			arrivals += s.Classes[i].Arrivals
		}
	}
	v.ratio("slo_ratio", float64(met), float64(arrivals), "no objective is set")
}

func (s *Snapshot) timed(v *values, t *Timings) {
	v.percentiles("response_time", &t.Response, noSuccess)
	v.percentiles("service_time", &t.Service, noSuccess)
	v.percentiles("ttft", &t.TTFT, "no success with a first token")
	v.percentiles("queue_wait", &t.Queue, noSuccess)
	v.percentiles("backoff", &t.Backoff, noSuccess)
	v.percentiles("wasted_service", &t.Wasted, noSuccess)
	v.percentiles("lateness", &s.Lateness, "no dispatch was timed")
}

// limited puts what depends on the limits.
func (s *Snapshot) limited(v *values) {
	o, withheld := s.Optimum()
	v.put("optimum_share", Value{V: o.Share, N: o.Most, Withheld: withheld})
	s.parts(v, &o, withheld)
	for d := range 3 {
		name := (load.RPM + load.Dimension(d)).String()
		v.put("utilisation."+name, s.utilisation(d))
		v.put("blameable_loss_ratio."+name, s.blameable(d))
	}
}

// utilisation is what was served in limit d of the fullest pool, as a share of
// all that the pool could have charged: level at the start + refill · H.
func (s *Snapshot) utilisation(d int) Value {
	fullest := Value{Withheld: "the limit is not known"}
	for i := range s.Config.Limits {
		l := &s.Config.Limits[i]
		limit := [3]Limit{l.RPM, l.ITPM, l.OTPM}[d]
		supply := float64(limit.Level) + limit.refill(s.length())
		if !limit.known() || supply <= 0 {
			continue
		}
		if u := float64(s.Pools[i].Served[d]) / supply; fullest.Withheld != "" || u > fullest.V {
			fullest = Value{V: u, N: s.Pools[i].Served[0]}
		}
	}
	return fullest
}
