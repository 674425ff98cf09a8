package compare

import (
	"runtime"
	"sync"
	"testing"

	"ratecliff/load"
	"ratecliff/metrics"
	"ratecliff/scenario"
)

// played are the runs of one strategy, by seed.
type played struct {
	runs   []*metrics.Snapshot
	capped int // runs that the event cap ended
}

// playAll plays every strategy of a scenario, seed by seed, on all cores.
func playAll(t *testing.T, text string, seeds int, maxEvents int64) map[string]*played {
	t.Helper()
	s, err := scenario.Load(t.Name()+".yaml", []byte(text), scenario.Options{})
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	variants, err := s.Expand()
	if err != nil {
		t.Fatal(err)
	}
	return playGrid(t, &Grid{Variants: variants, Seeds: seeds, MaxEvents: maxEvents})
}

// playGrid is playAll for a grid; a strategy's runs under several settings
// stand one after the other, setting by setting.
func playGrid(t *testing.T, g *Grid) map[string]*played {
	t.Helper()
	cells, err := g.cells()
	if err != nil {
		t.Fatal(err)
	}
	p := &pool{grid: g, cells: cells}
	snapshots := make([]*metrics.Snapshot, len(cells)*g.Seeds)
	capped := make([]bool, len(snapshots))
	queue := make(chan int, len(snapshots))
	for k := range snapshots {
		queue <- k
	}
	close(queue)
	var group sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			for k := range queue {
				snapshot, out, err := p.play(t.Context(), &cells[k/g.Seeds], k%g.Seeds, &desk{})
				if err != nil {
					t.Error(err)
					return
				}
				snapshots[k], capped[k] = snapshot, out.Capped
			}
		})
	}
	group.Wait()
	if t.Failed() {
		t.FailNow()
	}
	out := map[string]*played{}
	for k, s := range snapshots {
		name := cells[k/g.Seeds].strategy.Name
		if out[name] == nil {
			out[name] = &played{}
		}
		out[name].runs = append(out[name].runs, s)
		if capped[k] {
			out[name].capped++
		}
	}
	return out
}

// mean is a metric's mean over the runs; a run in which it is withheld fails
// the test.
func (p *played) mean(t *testing.T, metric string) float64 {
	t.Helper()
	sum := 0.0
	for _, run := range p.runs {
		v, ok := run.Values()[metric]
		if !ok || v.Withheld != "" {
			t.Fatalf("%s: %q", metric, v.Withheld)
		}
		sum += v.V
	}
	return sum / float64(len(p.runs))
}

// total is attempts and successes over all runs.
func (p *played) total() (attempts, successes, arrivals int64) {
	for _, run := range p.runs {
		attempts += run.Attempts.Sent
		for i := range run.Classes {
			arrivals += run.Classes[i].Arrivals
			successes += run.Classes[i].Finished[load.OK]
		}
	}
	return attempts, successes, arrivals
}

// peak is the mean over the runs of the most attempts in one second of a fixed
// grid, the first second left out.
func (p *played) peak() float64 {
	sum := int64(0)
	for _, run := range p.runs {
		most := int64(0)
		for i := 1; i < len(run.Series.Bins); i++ {
			most = max(most, run.Series.Bins[i].Attempts)
		}
		sum += most
	}
	return float64(sum) / float64(len(p.runs))
}
