package compare

import (
	"fmt"
	"time"

	"ratecliff/load"
	"ratecliff/metrics"
	"ratecliff/mockserver/model"
	"ratecliff/report"
	"ratecliff/scenario"
)

// Grid is what is compared. It is read only while it is played.
type Grid struct {
	Variants  []scenario.Variant      // at least one, all with the same strategies
	Seeds     int                     // runs per cell: seed, seed+1, …; at least 1
	Traces    map[string]load.Trace   // by the name the scenario gives
	Intervals bool                    // keep the latencies of every second, for intervals.hlog; always on the wall clock
	MaxEvents int64                   // event cap of one run; 0 means the driver's default
	Progress  func(done, total int)   // told after each run, from one goroutine at a time; nil is nobody
	OnResult  func(Run, *load.Result) // told of every result, from one goroutine at a time; nil is nobody
}

// Run names one run of the grid.
type Run struct {
	Variant  *scenario.Variant
	Strategy *scenario.Strategy
	Seed     uint64

	cell *cell
}

// Label is the run's cell as reports name it.
func (r Run) Label() string {
	if len(r.Settings()) == 0 {
		return r.Strategy.Name
	}
	return r.Strategy.Name + " (" + r.Settings().String() + ")"
}

// Result is a played grid. Cells and Charts are in step; an interrupted grid
// holds the cells that were finished and says so.
type Result struct {
	Cells       []report.Cell
	Charts      []report.CellCharts
	Confessions []report.Confession
	Intervals   []metrics.Section // of each cell, where they were kept
	Events      int64             // events given to engines, over all runs
	Interrupted bool
}

// cell is one strategy under one variant.
type cell struct {
	variant  *scenario.Variant
	strategy *scenario.Strategy
	settings report.Settings
	limits   []model.PoolLimits
	server   model.Config
}

// cells lists the grid, strategies innermost, and resolves what each one meets.
func (g *Grid) cells() ([]cell, error) {
	var out []cell
	for v := range g.Variants {
		variant := &g.Variants[v]
		server := variant.Scenario.Server
		limits, err := server.Limits()
		if err != nil {
			return nil, fmt.Errorf("the server's limits: %w", err)
		}
		for s := range variant.Scenario.Strategies {
			strategy := &variant.Scenario.Strategies[s]
			if settings, first := own(&g.Variants[0], variant, strategy.Name); first {
				out = append(out, cell{variant, strategy, settings, limits, server})
			}
		}
	}
	return out, nil
}

// own is the settings that concern a strategy: not what another one sets itself.
// first says that everything else has its first value, so that no strategy is
// played again because another one changed.
func own(firsts, v *scenario.Variant, strategy string) (settings report.Settings, first bool) {
	first = true
	for i, s := range v.Settings {
		if v.Scenario.Concerns(s.Path, strategy) {
			settings = append(settings, report.Setting{Path: s.Path, Value: s.Value})
			continue
		}
		first = first && s.Value == firsts.Settings[i].Value
	}
	return settings, first
}

func (c *cell) run(seed uint64) Run { return Run{c.variant, c.strategy, seed, c} }

// horizon is when calls that still wait are given up.
func (c *cell) horizon() time.Duration { return c.variant.Scenario.Duration + c.variant.Scenario.Drain }

// stream is the traffic of a run: the same for every strategy.
func (c *cell) stream(g *Grid, seed uint64) (*load.Stream, error) {
	plan := c.variant.Scenario.Plan()
	plan.Seed = seed
	return plan.Stream(g.Traces)
}

// fold gathers the finished runs of a cell in the order of their seeds.
func (c *cell) fold(runs []*metrics.Snapshot, from report.Provenance) *report.Gathered {
	g := report.Gather(c.strategy.Name, c.settings, from)
	for _, run := range runs {
		g.Add(run)
	}
	return g.Close()
}

// Settings are the matrix values that concern the run.
func (r Run) Settings() report.Settings { return r.cell.settings }
