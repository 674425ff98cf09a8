package compare

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"time"

	"ratecliff/engine"
	"ratecliff/engine/sim"
	"ratecliff/load"
	"ratecliff/metrics"
	"ratecliff/mockserver/model"
	"ratecliff/report"
)

// Virtual plays the grid in virtual time, a run on each core. When the context
// ends, the cells that are complete are kept and the result says so.
func Virtual(ctx context.Context, g *Grid) (*Result, error) {
	cells, err := g.cells()
	if err != nil {
		return nil, err
	}
	if err := followable(cells, true, 1); err != nil {
		return nil, err
	}
	p := &pool{grid: g, cells: cells, runs: make([]seeds, len(cells)), done: make([]*report.Gathered, len(cells))}
	for i := range p.runs {
		p.runs[i] = seeds{snapshots: make([]*metrics.Snapshot, g.Seeds), missing: g.Seeds}
	}
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(cells)*g.Seeds) {
		workers.Go(func() { p.work(ctx) })
	}
	workers.Wait()
	if p.err != nil {
		return nil, p.err
	}
	return p.result(ctx.Err() != nil), nil
}

// seeds are the runs of one cell, by seed.
type seeds struct {
	snapshots []*metrics.Snapshot
	missing   int
}

// pool shares the runs of a grid out to workers. The mutex guards what follows
// it; a cell whose last run is in belongs to the worker that brought it.
type pool struct {
	grid  *Grid
	cells []cell

	mu       sync.Mutex
	next     int // index of the next run: cell · seeds + seed
	finished int
	runs     []seeds
	done     []*report.Gathered
	capped   []string
	events   int64
	err      error
}

func (p *pool) work(ctx context.Context) {
	var desk desk
	for ctx.Err() == nil {
		p.mu.Lock()
		k := p.next
		p.next++
		failed := p.err != nil
		p.mu.Unlock()
		if failed || k >= len(p.cells)*p.grid.Seeds {
			return
		}
		i, seed := k/p.grid.Seeds, k%p.grid.Seeds
		snapshot, out, err := p.play(ctx, &p.cells[i], seed, &desk)
		if !out.Quit && p.report(i, seed, snapshot, out, err) {
			p.fold(i)
		}
	}
}

// desk is what a worker keeps from one run to the next of the same cell.
type desk struct {
	cell     *cell
	recorder *metrics.Recorder
}

// record is a fresh recorder for a run of the cell.
func (d *desk) record(c *cell, intervals bool) *metrics.Recorder {
	if d.cell == c {
		d.recorder.Reset()
		return d.recorder
	}
	cfg := c.recorderConfig()
	cfg.Intervals = intervals
	d.cell, d.recorder = c, metrics.NewRecorder(cfg)
	return d.recorder
}

// play is one run from its first arrival to its last result.
func (p *pool) play(ctx context.Context, c *cell, k int, d *desk) (*metrics.Snapshot, sim.Outcome, error) {
	seed := c.variant.Scenario.Seed + uint64(k)
	stream, err := c.stream(p.grid, seed)
	if err != nil {
		return nil, sim.Outcome{}, err
	}
	server, err := model.New(c.server, seed)
	if err != nil {
		return nil, sim.Outcome{}, err
	}
	rec := d.record(c, p.grid.Intervals)
	cfg := sim.Config{
		Engine: engine.New(c.engineConfig(seed, p.grid.OnResult != nil)),
		Stream: stream, Server: server, Recorder: rec,
		Horizon: c.horizon(), MaxEvents: p.grid.MaxEvents, Quit: func() bool { return ctx.Err() != nil },
	}
	if p.grid.OnResult != nil {
		cfg.OnResult = func(r *load.Result) { p.tell(c.run(seed), r) }
	}
	out := sim.Run(cfg)
	return rec.Snapshot(out.End), out, nil
}

func (p *pool) tell(r Run, res *load.Result) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.grid.OnResult(r, res)
}

// report takes in a finished run and says whether it was the last of its cell.
func (p *pool) report(i, seed int, s *metrics.Snapshot, out sim.Outcome, err error) (last bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err != nil {
		p.err = err
		return false
	}
	p.events += out.Events
	if out.Capped {
		r := p.cells[i].run(p.cells[i].variant.Scenario.Seed + uint64(seed))
		p.capped = append(p.capped, fmt.Sprintf("%s, seed %d: stopped at %v after %d events", r.Label(), r.Seed, out.End.Round(time.Millisecond), out.Events))
	}
	runs := &p.runs[i]
	runs.snapshots[seed] = s
	runs.missing--
	p.finished++
	if p.grid.Progress != nil {
		p.grid.Progress(p.finished, len(p.cells)*p.grid.Seeds)
	}
	return runs.missing == 0
}

// fold makes the result of a cell of its runs, while others go on.
func (p *pool) fold(i int) {
	p.done[i] = p.cells[i].fold(p.runs[i].snapshots, report.MockAssumed)
	p.runs[i].snapshots = nil
}

// result lists the complete cells in the order of the grid.
func (p *pool) result(interrupted bool) *Result {
	out := gathered(p.done)
	out.Events, out.Interrupted = p.events, interrupted
	out.confessCapped(p.capped)
	out.confessLibraries(p.cells, true)
	return out
}
