package cmd

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"ratecliff/compare"
)

// How often progress is shown: redrawn on a terminal, logged elsewhere.
const (
	redrawEvery = 250 * time.Millisecond
	logEvery    = 10 * time.Second
)

// view shows progress on standard error. Its methods may be called from any
// goroutine.
type view struct {
	out      io.Writer
	now      func() time.Time
	columns  func() int
	terminal bool
	started  time.Time

	mu      sync.Mutex
	shown   time.Time        // when something was last shown
	lines   int              // lines of the block on the screen
	running []compare.Status // runs under way, in the order they began
	ended   int
	runs    int
	stopped bool // interrupted
	closed  bool
}

// newView returns a view of a run that starts now; quiet shows nothing.
func newView(w *World, quiet bool) *view {
	v := &view{out: w.Stderr, now: w.Now, columns: w.Columns, terminal: w.Terminal, started: w.Now()}
	if quiet {
		v.out = io.Discard
	}
	v.shown = v.started
	return v
}

// due says whether it is time to show something, and takes the turn.
func (v *view) due() bool {
	every := logEvery
	if v.terminal {
		every = redrawEvery
	}
	if now := v.now(); !v.closed && now.Sub(v.shown) >= every {
		v.shown = now
		return true
	}
	return false
}

// done shows how many runs of a grid are finished.
func (v *view) done(done, total int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.ended, v.runs = done, total
	if v.due() {
		v.show()
	}
}

// status shows a run on the wall clock.
func (v *view) status(s compare.Status) {
	v.mu.Lock()
	defer v.mu.Unlock()
	i := slices.IndexFunc(v.running, func(r compare.Status) bool { return r.Run == s.Run })
	switch {
	case s.Over && i >= 0:
		v.running = slices.Delete(v.running, i, i+1)
	case s.Over:
	case i >= 0:
		v.running[i] = s
	default:
		v.running = append(v.running, s)
	}
	v.ended, v.runs = s.Done, s.Runs
	if v.due() {
		v.show()
	}
}

// interrupted says what the first interrupt does, since it may take a while.
func (v *view) interrupted() {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.closed || v.stopped {
		return
	}
	v.stopped = true
	v.draw()
	fmt.Fprintln(v.out, "interrupted: what is under way may end, and the results so far are kept\nInterrupt again to stop at once")
	if v.terminal {
		v.show()
	}
}

// close takes the block off the screen: the result speaks for itself.
func (v *view) close() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.draw()
	v.closed = true
}

// show draws everything that is known.
func (v *view) show() {
	head := v.head()
	switch {
	case !v.terminal:
		if len(v.running) > 0 {
			head += "; under way: " + sum(v.running)
		}
		fmt.Fprintln(v.out, head)
	case len(v.running) == 0:
		v.draw(head)
	case v.runs == 1:
		v.draw(append([]string{head}, detail(&v.running[0])...)...)
	default:
		v.draw(append([]string{head}, rows(v.running)...)...)
	}
}

// head counts the runs and the time.
func (v *view) head() string {
	elapsed := v.now().Sub(v.started)
	text := fmt.Sprintf("%d of %d runs done", v.ended, v.runs)
	if v.terminal {
		text = bar(v.ended, v.runs) + " " + text
	}
	if n := len(v.running); n > 0 {
		text += fmt.Sprintf(", %d under way", n)
	}
	text += fmt.Sprintf(", %v elapsed", elapsed.Round(time.Second))
	switch {
	case v.stopped:
		text += ", stopping"
	case v.ended > len(v.running) && v.ended < v.runs:
		left := time.Duration(float64(elapsed) / float64(v.ended) * float64(v.runs-v.ended))
		text += fmt.Sprintf(", about %v left", left.Round(time.Second))
	}
	return text
}

// draw replaces the block on a terminal, in one write so that it does not
// flicker. No line is wider than the terminal: a wrapped one would be counted
// wrong the next time.
func (v *view) draw(lines ...string) {
	if !v.terminal || v.lines == 0 && len(lines) == 0 {
		return
	}
	var b strings.Builder
	if v.lines > 0 {
		fmt.Fprintf(&b, "\x1b[%dA\r", v.lines)
	}
	for _, line := range lines {
		b.WriteString(cut(line, v.columns()) + "\x1b[K\n")
	}
	b.WriteString("\x1b[J")
	v.lines = len(lines)
	fmt.Fprint(v.out, b.String())
}
