// Package prom shows what a mock has counted to Prometheus. It stands apart from
// package mockserver so that a test that embeds a mock does not pay for it.
package prom

import (
	"net/http"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"ratecliff/mockserver"
	"ratecliff/mockserver/journal"
	"ratecliff/mockserver/model"
)

// maxKeys is how many API keys' buckets are shown, where each key has its own.
const maxKeys = 64

// Handler returns an [http.Handler] with the metrics of one mock, on a registry
// of its own. Labels are bounded: none comes from a client. Safe for concurrent
// use.
func Handler(s *mockserver.Server) http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(newCollector(s))
	return promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
}

// collector turns the counts of a mock into metrics when it is asked.
type collector struct {
	mock *mockserver.Server

	requests, tokens, bytes, hungUp, retries *prometheus.Desc
	duration, open, inFlight                 *prometheus.Desc
	level, capacity, limit                   *prometheus.Desc
	lines, dropped, now                      *prometheus.Desc
}

var _ prometheus.Collector = (*collector)(nil)

func newCollector(s *mockserver.Server) *collector {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("ratecliff_mock_"+name, help, labels, nil)
	}
	bucket := []string{"scope", "owner", "key", "pool", "dimension"}
	return &collector{
		mock:     s,
		requests: desc("requests_total", "Exchanges that ended, by what became of them.", "endpoint", "decision", "dimension", "status"),
		tokens:   desc("tokens_total", "Tokens of admitted requests.", "kind"),
		bytes:    desc("response_bytes_total", "Bytes of answers' bodies."),
		hungUp:   desc("hangups_total", "Exchanges whose client went away before the end."),
		retries:  desc("retries_total", "Exchanges that repeat an earlier one."),
		duration: desc("duration_seconds", "How long admitted exchanges took, in time of the service."),
		open:     desc("open_exchanges", "Exchanges in progress."),
		inFlight: desc("in_flight", "Answers in progress, as the limits count them."),
		level:    desc("bucket_level", "True level of a bucket in tokens or requests; below 0 is debt.", bucket...),
		capacity: desc("bucket_capacity", "What a bucket holds when full.", bucket...),
		limit:    desc("bucket_limit_per_minute", "Refill of a bucket.", bucket...),
		lines:    desc("evidence_lines_total", "Lines of journal and ledger.", "kind"),
		dropped:  desc("evidence_dropped_total", "Lines that a slow or broken file did not get.", "kind"),
		now:      desc("clock_seconds", "Instant of the service since its start."),
	}
}

// Describe sends what there is to collect.
func (c *collector) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		c.requests, c.tokens, c.bytes, c.hungUp, c.retries, c.duration, c.open, c.inFlight,
		c.level, c.capacity, c.limit, c.lines, c.dropped, c.now,
	} {
		to <- d
	}
}

// Collect sends the counts of now.
func (c *collector) Collect(to chan<- prometheus.Metric) {
	st := c.mock.Stats()
	count := func(d *prometheus.Desc, v float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, v, labels...)
	}
	for i := range st.Requests {
		r := &st.Requests[i]
		count(c.requests, float64(r.N), r.Endpoint, string(r.Decision), r.Dimension, strconv.Itoa(r.Status))
	}
	for kind, n := range map[string]int64{
		"input": st.Tokens.Input, "cache_write": st.Tokens.CacheWrite, "cache_read": st.Tokens.CacheRead, "output": st.Tokens.Output,
	} {
		count(c.tokens, float64(n), kind)
	}
	count(c.bytes, float64(st.Bytes))
	count(c.hungUp, float64(st.HungUp))
	count(c.retries, float64(st.Retries))
	count(c.lines, float64(st.JournalLines), "journal")
	count(c.lines, float64(st.LedgerLines), "ledger")
	count(c.dropped, float64(st.JournalDropped), "journal")
	count(c.dropped, float64(st.LedgerDropped), "ledger")
	c.durations(&st, to)
	c.gauges(&st, to)
}

func (c *collector) durations(st *mockserver.Stats, to chan<- prometheus.Metric) {
	buckets, total := map[float64]uint64{}, uint64(0)
	bounds := mockserver.DurationBounds()
	for i, n := range st.Durations {
		total += n
		if i < len(bounds) {
			buckets[bounds[i]] = total // Prometheus counts from 0 up to each bound
		}
	}
	to <- prometheus.MustNewConstHistogram(c.duration, total, st.Spent.Seconds(), buckets)
}

func (c *collector) gauges(st *mockserver.Stats, to chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	gauge(c.open, float64(st.Open))
	gauge(c.inFlight, float64(st.InFlight))
	gauge(c.now, c.mock.Now().Seconds())
	owners := map[string]bool{}
	for i := range st.Levels {
		l := &st.Levels[i]
		labels := labelsOf(l)
		if l.Scope == model.OfKey && !owners[l.Name] && len(owners) == maxKeys || l.Key >= maxKeys {
			continue
		}
		if l.Scope == model.OfKey {
			owners[l.Name] = true
		}
		gauge(c.level, l.Tokens(), labels[:]...)
		gauge(c.capacity, float64(l.Capacity), labels[:]...)
		gauge(c.limit, float64(l.Limit), labels[:]...)
	}
}

// labelsOf names a bucket. Pools come from the configuration, keys are numbered.
// Those with limits of their own stand under their hash.
func labelsOf(l *model.Level) [5]string {
	owner := l.Name
	if l.Scope == model.OfKey {
		owner = journal.KeyHash(owner)
	}
	return [5]string{l.Scope.String(), owner, strconv.Itoa(l.Key), l.Pool, l.Dimension.String()}
}
