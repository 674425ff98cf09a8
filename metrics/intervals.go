package metrics

import (
	"io"
	"strings"
	"time"
	"unicode"

	"github.com/HdrHistogram/hdrhistogram-go"

	"ratecliff/load"
)

// Interval is the distributions of the successes that ended in one bin.
type Interval struct {
	From, To time.Duration
	Timings  Timings
}

// intervals keeps one set of full histograms for the bin at hand and thin ones
// for the bins that are over.
type intervals struct {
	current  timings
	from, to time.Duration
	open     bool
	done     []Interval
}

func (v *intervals) reset() {
	v.current.reset()
	v.open, v.done = false, nil
}

// record adds a success to the bin it ended in.
func (v *intervals) record(t *timeline, res *load.Result) {
	t.bin(res.Finished)
	if !v.open || res.Finished >= v.to {
		v.close()
		v.from, v.to, v.open = t.from, t.to, true
		if len(v.done) >= MaxBins {
			v.done = rebin(v.done, t.width)
		}
	}
	v.current.record(res)
}

// close moves the bin at hand to those that are over.
func (v *intervals) close() {
	if v.open {
		v.done = append(v.done, Interval{v.from, v.to, v.current.timings()})
		v.current.reset()
		v.open = false
	}
}

// snapshot lists all intervals in bins of one width.
func (v *intervals) snapshot(width time.Duration) []Interval {
	list := append([]Interval(nil), v.done...)
	if v.open {
		list = append(list, Interval{v.from, v.to, v.current.timings()})
	}
	return rebin(list, width)
}

// rebin merges ascending intervals into bins of a width that is a multiple of
// theirs.
func rebin(list []Interval, width time.Duration) []Interval {
	var out []Interval
	for i := range list {
		from := list[i].From / width * width
		if len(out) == 0 || out[len(out)-1].From != from {
			out = append(out, Interval{From: from, To: from + width})
		}
		out[len(out)-1].Timings.Merge(&list[i].Timings)
	}
	return out
}

// Section is the intervals of one run or of several merged ones. The tags of its
// lines begin with its name and a dot; an empty name adds nothing.
type Section struct {
	Name string
	Of   *Snapshot
}

// WriteIntervals writes the intervals of the sections, one after the other, as an
// HDR log, format 1.3: for each bin with successes one line per tag (response,
// service, ttft, queue, backoff) that has values, over all classes. Histograms are in µs; start and length of
// an interval, and its maximum, in seconds since run start. Bins are 1 s wide,
// wider only in runs of more than [MaxBins] seconds. Intervals are kept only
// under Config.Intervals; without it the log has a heading and nothing else.
func WriteIntervals(w io.Writer, sections ...Section) error {
	log := hdrhistogram.NewHistogramLogWriter(w)
	heading := []func() error{
		func() error {
			return log.OutputComment("[ratecliff: successes by interval; values in µs, times in s since run start]")
		},
		log.OutputLogFormatVersion,
		func() error { return log.OutputStartTime(0) },
		func() error { return log.OutputBaseTime(0) },
		log.OutputLegend,
	}
	for _, write := range heading {
		if err := write(); err != nil {
			return err
		}
	}
	for _, section := range sections {
		for i := range section.Of.Intervals {
			if err := writeInterval(log, section.tag(), &section.Of.Intervals[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// tag is what the tags of the section begin with. The format's separators,
// commas and white space, become underscores.
func (s *Section) tag() string {
	if s.Name == "" {
		return ""
	}
	return strings.Map(func(r rune) rune {
		if r == ',' || unicode.IsSpace(r) {
			return '_'
		}
		return r
	}, s.Name) + "."
}

func writeInterval(log *hdrhistogram.HistogramLogWriter, prefix string, v *Interval) error {
	tags := []struct {
		tag string
		of  *Histogram
	}{
		{"response", &v.Timings.Response},
		{"service", &v.Timings.Service},
		{"ttft", &v.Timings.TTFT},
		{"queue", &v.Timings.Queue},
		{"backoff", &v.Timings.Backoff},
	}
	for _, t := range tags {
		if t.of.IsZero() {
			continue
		}
		full, err := t.of.dense()
		if err != nil {
			return err
		}
		full.SetTag(prefix + t.tag)
		full.SetStartTimeMs(v.From.Milliseconds())
		full.SetEndTimeMs(v.To.Milliseconds())
		if err := log.OutputIntervalHistogram(full); err != nil {
			return err
		}
	}
	return nil
}
