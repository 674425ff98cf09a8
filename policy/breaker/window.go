package breaker

import "time"

// window remembers outcomes: the last so many, or those of a time.
type window struct {
	failed []bool // a ring of the last ones; nil with a time
	next   int    // where the next one goes

	width  time.Duration // of a slice; 0 without a time
	slices [10]tally
	newest time.Duration // number of the newest slice

	tally // of all that is held
}

// tally counts outcomes and how many of them failed.
type tally struct{ n, k int }

func newWindow(cfg *Config) window {
	if cfg.Within > 0 {
		w := window{}
		w.width = max(cfg.Within/time.Duration(len(w.slices)), 1)
		return w
	}
	return window{failed: make([]bool, cfg.Window)}
}

func (w *window) add(now time.Duration, failed bool) {
	one := tally{n: 1}
	if failed {
		one.k = 1
	}
	switch {
	case w.width > 0:
		w.slide(now)
		w.slices[w.newest%time.Duration(len(w.slices))].put(one)
	case len(w.failed) == 0:
		return
	default:
		w.turn(failed)
	}
	w.put(one)
}

// turn makes room in the ring for one more outcome.
func (w *window) turn(failed bool) {
	if w.n == len(w.failed) {
		w.n--
		if w.failed[w.next] {
			w.k--
		}
	}
	w.failed[w.next] = failed
	w.next = (w.next + 1) % len(w.failed)
}

// slide forgets the slices that have fallen out of the time.
func (w *window) slide(now time.Duration) {
	number := now / w.width
	for i := w.newest + 1; i <= number && i <= w.newest+time.Duration(len(w.slices)); i++ {
		old := &w.slices[i%time.Duration(len(w.slices))]
		w.n -= old.n
		w.k -= old.k
		*old = tally{}
	}
	w.newest = max(w.newest, number)
}

func (t *tally) put(o tally) {
	t.n += o.n
	t.k += o.k
}

// ratio is the share of failures, 0 while fewer than the least number are held.
func (w *window) ratio(least int) float64 {
	if w.n == 0 || w.n < least {
		return 0
	}
	return float64(w.k) / float64(w.n)
}

func (w *window) clear() {
	w.next, w.tally = 0, tally{}
	w.slices = [10]tally{}
}
