package cmd

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"

	"ratecliff/compare"
	"ratecliff/load"
)

// How often progress is shown: redrawn on a terminal, logged elsewhere.
const (
	redrawEvery = 250 * time.Millisecond
	logEvery    = 10 * time.Second
)

// redraws says whether a stream is a terminal on which a block can be redrawn.
func redraws(f *os.File, env func(string) string) bool {
	return term.IsTerminal(int(f.Fd())) && env("CI") == "" && env("TERM") != "dumb"
}

// view shows progress on standard error. Its methods may be called from any
// goroutine.
type view struct {
	out      io.Writer
	now      func() time.Time
	terminal bool
	started  time.Time

	mu    sync.Mutex
	shown time.Time // when something was last shown
	lines int       // lines of the block on the screen
}

// newView returns a view of a run that starts now; quiet shows nothing.
func newView(w *World, quiet bool) *view {
	v := &view{out: w.Stderr, now: w.Now, terminal: w.Terminal, started: w.Now()}
	if quiet {
		v.out = io.Discard
	}
	v.shown = v.started
	return v
}

// due says whether it is time to show something, and takes the turn.
func (v *view) due(last bool) bool {
	every := logEvery
	if v.terminal {
		every = redrawEvery
	}
	if now := v.now(); now.Sub(v.shown) >= every || last && v.terminal {
		v.shown = now
		return true
	}
	return false
}

// done shows how many runs of a grid are finished.
func (v *view) done(done, total int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.due(done == total) {
		return
	}
	elapsed := v.now().Sub(v.started)
	left := time.Duration(float64(elapsed) / float64(done) * float64(total-done)).Round(time.Second)
	v.draw(fmt.Sprintf("%s %d of %d runs, %v elapsed, about %v left", bar(done, total), done, total, elapsed.Round(time.Second), left))
}

// status shows a run on the wall clock.
func (v *view) status(s compare.Status) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.due(false) {
		return
	}
	refused := int64(0)
	for _, n := range s.Refused {
		refused += n
	}
	head := fmt.Sprintf("%s run %d of %d: %s, seed %d, at %v", bar(s.Done, s.Runs), s.Done+1, s.Runs, s.Run.Label(), s.Run.Seed, s.Elapsed.Round(time.Second))
	if !v.terminal {
		v.draw(fmt.Sprintf("%s: %d arrived, %d ok, %d refused, %d in flight, %d waiting, %d asleep",
			head, s.Arrived, s.Succeeded, refused, s.InFlight, s.Waiting, s.Sleeping))
		return
	}
	v.draw(head,
		fmt.Sprintf("  arrived %-8d ok %-8d refused %-8d (rpm %d, itpm %d, otpm %d)", s.Arrived, s.Succeeded, refused,
			s.Refused[load.RPM], s.Refused[load.ITPM], s.Refused[load.OTPM]),
		fmt.Sprintf("  in flight %-6d waiting %-6d asleep %-6d", s.InFlight, s.Waiting, s.Sleeping),
		"  remaining "+remaining(&s.Remaining))
}

// remaining is what the service last said is left.
func remaining(l *load.LimitStatuses) string {
	var parts []string
	for _, d := range []load.Dimension{load.RPM, load.ITPM, load.OTPM} {
		if s := l.At(d); s.Known {
			parts = append(parts, fmt.Sprintf("%v %d of %d", d, s.Remaining, s.Limit))
		}
	}
	if parts == nil {
		return "not said yet"
	}
	return strings.Join(parts, ", ")
}

// draw replaces the block on a terminal and adds a line elsewhere.
func (v *view) draw(lines ...string) {
	if !v.terminal {
		fmt.Fprintln(v.out, strings.Join(lines, "\n"))
		return
	}
	v.wipe()
	for _, line := range lines {
		fmt.Fprint(v.out, line, "\x1b[K\n")
	}
	v.lines = len(lines)
}

func (v *view) wipe() {
	if v.lines > 0 {
		fmt.Fprintf(v.out, "\x1b[%dA\x1b[J", v.lines)
		v.lines = 0
	}
}

// close takes the block off the screen: the result speaks for itself.
func (v *view) close() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.wipe()
}

// bar is a short progress bar.
func bar(done, total int) string {
	const width = 20
	full := width * done / max(total, 1)
	return "[" + strings.Repeat("#", full) + strings.Repeat(".", width-full) + "]"
}
