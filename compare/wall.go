package compare

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"

	"ratecliff/engine"
	"ratecliff/engine/live"
	"ratecliff/library"
	"ratecliff/load"
	"ratecliff/metrics"
	"ratecliff/mockserver"
	"ratecliff/report"
)

// besides is how many runs against mocks of their own go on at the same time:
// they mostly wait, and more would make each other late.
const besides = 4

// WallConfig says how a grid is played over HTTP.
type WallConfig struct {
	Base     string  // base URL of the service; "" starts a mock on loopback for each run
	Compress float64 // scenario time per wall time; 0 means 1
	Key      string  // API key for Base; never written anywhere
	Status   func(Status)
}

// Status is how a run on the wall clock is doing.
type Status struct {
	Run  Run
	Done int  // runs finished
	Runs int  // runs in all
	Over bool // this run has ended; it is its last status
	live.Status
}

// Wall plays the grid on the wall clock over HTTP: runs against mocks of their
// own a few at a time, runs against one service one after the other. When the
// context ends, runs under way stop sending, drain, and are kept.
func Wall(ctx context.Context, g *Grid, cfg WallConfig) (*Result, error) {
	cells, err := g.cells()
	if err != nil {
		return nil, err
	}
	if err := followable(cells, false, cfg.Compress); err != nil {
		return nil, err
	}
	w := &wall{grid: g, cfg: cfg, cells: cells, snapshots: make([][]*metrics.Snapshot, len(cells))}
	for i := range w.snapshots {
		w.snapshots[i] = make([]*metrics.Snapshot, g.Seeds)
	}
	workers := 1
	if cfg.Base == "" {
		workers = min(besides, len(cells)*g.Seeds)
	}
	var group sync.WaitGroup
	for range workers {
		group.Go(func() { w.work(ctx) })
	}
	group.Wait()
	if w.err != nil {
		return nil, w.err
	}
	return w.result(ctx.Err() != nil), nil
}

// wall shares out the runs. The mutex guards what follows it.
type wall struct {
	grid  *Grid
	cfg   WallConfig
	cells []cell

	mu        sync.Mutex
	next      int
	finished  int
	cut       int // runs that were interrupted
	snapshots [][]*metrics.Snapshot
	events    int64
	err       error
}

func (w *wall) work(ctx context.Context) {
	for ctx.Err() == nil {
		w.mu.Lock()
		k := w.next
		w.next++
		failed := w.err != nil
		w.mu.Unlock()
		if failed || k >= len(w.cells)*w.grid.Seeds {
			return
		}
		// All strategies meet the first seed before any meets the second.
		i, seed := k%len(w.cells), k/len(w.cells)
		w.play(ctx, i, seed)
	}
}

// play is one run, with a mock of its own where no service is given.
func (w *wall) play(ctx context.Context, i, k int) {
	c := &w.cells[i]
	seed := c.variant.Scenario.Seed + uint64(k)
	target, stop, err := w.target(c, seed)
	if err != nil {
		w.fail(err)
		return
	}
	stream, err := c.stream(w.grid, seed)
	if err != nil {
		w.fail(errors.Join(err, stop()))
		return
	}
	rec := metrics.NewRecorder(w.recorderConfig(c))
	out, err := live.Run(ctx, live.Config{
		Engine: engine.New(c.engineConfig(seed, w.grid.OnResult != nil)), Stream: stream, Recorder: rec,
		Target: target, Wrap: library.Transport(c.strategy.Libraries), Compress: w.cfg.Compress, Horizon: c.horizon(),
		OnResult: w.teller(c.run(seed)), Progress: w.watcher(c.run(seed)),
	})
	if err = errors.Join(err, stop()); err != nil {
		w.fail(fmt.Errorf("%s: %w", c.run(seed).Label(), err))
		return
	}
	w.keep(i, k, rec.Snapshot(out.End), out)
	w.over(c.run(seed))
}

// target is the service given, or a mock started for this run.
func (w *wall) target(c *cell, seed uint64) (live.Target, func() error, error) {
	if w.cfg.Base != "" {
		return live.Target{BaseURL: w.cfg.Base, Keys: []live.Secret{live.Secret(w.cfg.Key)}}, func() error { return nil }, nil
	}
	srv, err := mockserver.New(mockserver.Config{Model: c.server, Seed: seed, Compress: w.cfg.Compress, TrustHints: true})
	if err != nil {
		return live.Target{}, nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return live.Target{}, nil, fmt.Errorf("starting the mock: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(ctx, listener) }()
	keys := make([]live.Secret, max(c.strategy.Route.Keys, 1))
	for i := range keys {
		keys[i] = live.Secret(fmt.Sprintf("mock-key-%d", i))
	}
	stop := func() error { cancel(); return <-ended }
	return live.Target{BaseURL: "http://" + listener.Addr().String(), Keys: keys, Hints: true}, stop, nil
}

// recorderConfig is the cell's, with less believed about a service of others.
func (w *wall) recorderConfig(c *cell) metrics.Config {
	cfg := c.recorderConfig()
	cfg.Intervals = true
	if w.cfg.Base != "" {
		cfg.Limits, cfg.Outages = nil, nil
	}
	return cfg
}

func (w *wall) teller(r Run) func(*load.Result) {
	if w.grid.OnResult == nil {
		return nil
	}
	return func(res *load.Result) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.grid.OnResult(r, res)
	}
}

func (w *wall) watcher(r Run) func(live.Status) {
	if w.cfg.Status == nil {
		return nil
	}
	return func(s live.Status) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.cfg.Status(Status{Run: r, Done: w.finished, Runs: len(w.cells) * w.grid.Seeds, Status: s})
	}
}

// over tells the watcher that a run has ended.
func (w *wall) over(r Run) {
	if w.cfg.Status == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cfg.Status(Status{Run: r, Done: w.finished, Runs: len(w.cells) * w.grid.Seeds, Over: true})
}

func (w *wall) fail(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.err = errors.Join(w.err, err)
}

func (w *wall) keep(i, k int, s *metrics.Snapshot, out live.Outcome) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.snapshots[i][k] = s
	w.events += out.Events
	w.finished++
	if out.Partial {
		w.cut++
	}
	if w.grid.Progress != nil {
		w.grid.Progress(w.finished, len(w.cells)*w.grid.Seeds)
	}
}

// result keeps every cell that has at least one run; what an interruption left
// out or cut short is said.
func (w *wall) result(interrupted bool) *Result {
	from := report.MockAssumed
	if w.cfg.Base != "" {
		from = report.MeasuredLive
	}
	cells := make([]*report.Gathered, len(w.cells))
	for i := range w.cells {
		var runs []*metrics.Snapshot
		for _, s := range w.snapshots[i] {
			if s != nil {
				runs = append(runs, s)
			}
		}
		if len(runs) > 0 {
			cells[i] = w.cells[i].fold(runs, from)
		}
	}
	out := gathered(cells)
	out.Events, out.Interrupted = w.events, interrupted
	if w.cut > 0 {
		out.confess("partial", w.cut, fmt.Sprintf("%d runs were interrupted: arrivals that were still to come are missing", w.cut))
	}
	out.confessLibraries(w.cells, false)
	return out
}
