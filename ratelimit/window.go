package ratelimit

import (
	"time"

	"ratecliff/load"
)

// FixedWindow is a counter that starts anew at fixed instants: at most a number
// in every window (envoyproxy/ratelimit, LiteLLM, MockServer; the API's own
// headers of early 2024 look like it). Across a boundary twice the number can
// pass at once. What is charged beyond the number, as refused requests are where
// they count, is forgotten at the boundary too.
//
// The zero FixedWindow refuses everything. Not safe for concurrent use.
type FixedWindow struct {
	most, used int64
	window     time.Duration
	start      time.Duration // of the window that stands; below 0 before the first boundary
	at         time.Duration
}

// NewFixedWindow returns a counter at instant 0 that admits most in every
// window. Windows begin at phase and every window after and before it. A window
// below 1 ns is 1 ns.
func NewFixedWindow(most int64, window, phase time.Duration) FixedWindow {
	window = max(window, 1)
	phase %= window
	if phase > 0 {
		phase -= window
	}
	return FixedWindow{most: min(max(most, 0), maxCount), window: window, start: phase}
}

// Advance moves the counter to the instant now. Earlier instants change nothing.
func (f *FixedWindow) Advance(now time.Duration) {
	if now <= f.at {
		return
	}
	f.at = now
	passed := (uint64(now) - uint64(f.start)) / uint64(f.window)
	if passed > 0 {
		f.start += time.Duration(passed * uint64(f.window))
		f.used = 0
	}
}

// Fits says whether n fits into the window that stands. Nothing (n <= 0) always
// fits.
func (f *FixedWindow) Fits(n int64) bool { return n <= 0 || n <= f.most-f.used }

// Charge counts n, whether it fits or not. A negative n counts nothing.
func (f *FixedWindow) Charge(n int64) { f.used = counted(f.used, n) }

// Refund takes n back from the window that stands, as far as it was charged
// there. A negative n takes nothing.
func (f *FixedWindow) Refund(n int64) { f.used -= min(max(n, 0), f.used) }

// Wait is how long from now until n fits: until the next boundary, and
// [load.Never] for more than a window admits.
func (f *FixedWindow) Wait(n int64) time.Duration {
	switch {
	case f.Fits(n):
		return 0
	case n > f.most:
		return load.Never
	}
	return f.window - (f.at - f.start)
}

// Remaining is how much fits now.
func (f *FixedWindow) Remaining() int64 { return max(f.most-f.used, 0) }

// FullAt is the next boundary, or now when nothing is used.
func (f *FixedWindow) FullAt() time.Duration {
	if f.used == 0 {
		return f.at
	}
	return later(f.at, f.window-(f.at-f.start))
}

// Bound is the most that is admitted within any d, both ends included: windows
// touched × most.
func (f *FixedWindow) Bound(d time.Duration) int64 {
	touched := (int64(d)+int64(f.window)-1)/int64(f.window) + 1
	if f.most > 0 && touched > maxCount/f.most {
		return maxCount
	}
	return touched * f.most
}
