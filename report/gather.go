package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"ratecliff/load"
	"ratecliff/metrics"
)

// Gathering collects the runs of one cell, one per seed, without keeping them:
// the values of each run, and all runs merged into one. Not safe for concurrent
// use.
type Gathering struct {
	cell   Cell
	values []map[string]metrics.Value
	merged *metrics.Snapshot
	losses int
}

// Gather starts an empty gathering.
func Gather(strategy string, settings Settings, from Provenance) *Gathering {
	return &Gathering{cell: Cell{Strategy: strategy, Settings: settings, Provenance: from}}
}

// Add takes in the run of the next seed. Every cell must be given its seeds in
// the same order, as cells are compared pair by pair. The first snapshot given
// is taken over and must not be used afterwards. A run that cannot be merged
// counts in the metrics but not in the curves; [Confess] says so.
func (g *Gathering) Add(run *metrics.Snapshot) {
	g.values = append(g.values, run.Values())
	for i := range run.Classes {
		g.cell.Arrivals += run.Classes[i].Arrivals
	}
	g.cell.Refused.add(&run.Attempts)
	if g.merged == nil {
		g.merged = run
		return
	}
	if err := g.merged.Merge(run); err != nil {
		g.losses++
	}
}

func (r *Refused) add(a *metrics.AttemptStats) {
	r.RPM += a.Refused[load.RPM]
	r.ITPM += a.Refused[load.ITPM]
	r.OTPM += a.Refused[load.OTPM]
	r.Concurrency += a.Refused[load.Concurrency]
	r.Acceleration += a.Refused[load.Acceleration]
	r.Spend += a.Refused[load.Spend]
	r.Unnamed += a.Refused[load.NoDimension]
	r.Overloaded += a.Answered[load.Overloaded]
	r.Failed += a.Answered[load.Failed] + a.Answered[load.TimedOut]
}

// Gathered is what reports keep of a cell once all its runs are in.
type Gathered struct {
	Cell   Cell
	Charts CellCharts
	Merged *metrics.Snapshot // all runs in one, where they have intervals to write; else nil

	confessions metrics.Confessions
	causes      []metrics.Cause
	losses      int
}

// Close ends a gathering, of which nothing else must be asked afterwards.
func (g *Gathering) Close() *Gathered {
	out := &Gathered{Cell: g.Cell(), Charts: g.Charts(), losses: g.losses}
	if g.merged != nil {
		out.confessions, out.causes = g.merged.Confessions, g.merged.Attempts.Causes
		if g.merged.Config.Intervals {
			out.Merged = g.merged
		}
	}
	return out
}

// Cell is what was gathered, estimated over the seeds.
func (g *Gathering) Cell() Cell {
	c := g.cell
	c.Metrics = map[string]Metric{}
	for name, e := range metrics.SummarizeValues(g.values) {
		metric, class := SplitClass(name)
		c.metricsOf(class)[metric] = fromEstimate(e)
	}
	c.sortClasses(g.merged)
	if g.merged != nil {
		c.Binding = g.merged.Binding()
	}
	c.perRun = g.perRun()
	return c
}

func fromEstimate(e metrics.Estimate) Metric {
	m := Metric{Value: e.Value, N: e.N, Warnings: e.Warnings, Withheld: e.Withheld}
	if e.Confidence > 0 {
		m.Low, m.High, m.Confidence = e.Low, e.High, e.Confidence
	}
	return m
}

func (c *Cell) metricsOf(class string) map[string]Metric {
	if class == "" {
		return c.Metrics
	}
	for i := range c.Classes {
		if c.Classes[i].Name == class {
			return c.Classes[i].Metrics
		}
	}
	c.Classes = append(c.Classes, ClassCell{Name: class, Metrics: map[string]Metric{}})
	return c.Classes[len(c.Classes)-1].Metrics
}

// sortClasses puts the classes into the order of the scenario.
func (c *Cell) sortClasses(run *metrics.Snapshot) {
	if run == nil {
		return
	}
	var sorted []ClassCell
	for i := range run.Classes {
		for _, class := range c.Classes {
			if class.Name == run.Classes[i].Name {
				class.Arrivals = run.Classes[i].Arrivals
				sorted = append(sorted, class)
			}
		}
	}
	c.Classes = sorted
}

// perRun holds every metric that all runs have.
func (g *Gathering) perRun() map[string][]float64 {
	out := map[string][]float64{}
	if len(g.values) == 0 {
		return out
	}
	for name := range g.values[0] {
		column := make([]float64, 0, len(g.values))
		for _, run := range g.values {
			if v, ok := run[name]; ok && v.Withheld == "" {
				column = append(column, v.V)
			}
		}
		if len(column) == len(g.values) {
			out[name] = column
		}
	}
	return out
}

// NewCell gathers the runs of one cell, one per seed, all in the same order of
// seeds. The first run is taken over.
func NewCell(strategy string, settings Settings, runs []*metrics.Snapshot) Cell {
	g := Gather(strategy, settings, MockAssumed)
	for _, run := range runs {
		g.Add(run)
	}
	return g.Cell()
}

// Confess says what the recorders of all these cells could not keep exactly or
// do in time.
func Confess(cells ...*Gathered) []Confession {
	var sum metrics.Confessions
	losses, failures := 0, map[string]int64{}
	for _, g := range cells {
		losses += g.losses
		c := &g.confessions
		sum.Clamped += c.Clamped
		sum.Dropped += c.Dropped
		sum.UnknownClass += c.UnknownClass
		sum.OtherCauses += c.OtherCauses
		sum.LateMax = max(sum.LateMax, c.LateMax)
		for i := range g.causes {
			addFailure(failures, &g.causes[i])
		}
	}
	return append(failed(failures), confessions(&sum, losses)...)
}

// addFailure counts a cause that is neither a limit nor a lack of capacity: the
// tables say that such calls failed, but not why.
func addFailure(failures map[string]int64, c *metrics.Cause) {
	if c.Outcome != load.Failed.String() {
		return
	}
	name := c.ErrorType
	if c.Status != 0 {
		name = strings.TrimSpace(fmt.Sprintf("%d %s", c.Status, name))
	}
	failures[name] += c.Count
}

// failed names the three most frequent causes of failed attempts.
func failed(failures map[string]int64) []Confession {
	names := slices.SortedFunc(maps.Keys(failures), func(a, b string) int {
		return cmp.Or(cmp.Compare(failures[b], failures[a]), cmp.Compare(a, b))
	})
	var out []Confession
	for _, name := range names[:min(3, len(names))] {
		n := failures[name]
		out = append(out, Confession{Kind: "failed", Count: n, Text: fmt.Sprintf("%s attempts failed: %s", digits(float64(n)), name)})
	}
	return out
}

func confessions(c *metrics.Confessions, losses int) []Confession {
	all := []Confession{
		{"dropped", c.Dropped, "arrivals were dropped because this machine could not keep up; they count as failures"},
		{"clamped", c.Clamped, "durations lay outside 0 to 24 h and were recorded at that edge"},
		{"unknown_class", c.UnknownClass, "events named a class the scenario does not have and were booked on the first"},
		{"other_causes", c.OtherCauses, "refusals and failures had causes beyond the 64 that are kept apart"},
		{"merge_loss", int64(losses), "runs could not be merged into the curves; the numbers do contain them"},
	}
	var out []Confession
	if c.LateMax > 0 {
		out = append(out, Confession{
			Kind: "lateness",
			Text: "the latest request left " + Format("lateness_ms", c.LateMax.Seconds()*1000) + " after its instant",
		})
	}
	for _, item := range all {
		if item.Count > 0 {
			item.Text = fmt.Sprintf("%s %s", digits(float64(item.Count)), item.Text)
			out = append(out, item)
		}
	}
	return out
}
