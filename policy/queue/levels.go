package queue

import (
	"math"

	"ratecliff/load"
)

// levels finds the level below which a share of the recent calls lies
// (failsafe-go 0.9.7, priority/priority.go, windowedLevelTracker, and
// adaptivelimiter/queueinglimiter.go, ComputeRejectionRate). Calls that found the
// queue empty are let in and not remembered, nor are those turned away. Unlike
// there, the threshold follows every call and not a clock.
type levels struct {
	seed   uint64
	window []int16
	filled int // of the window
	at     int // next to be written
	counts [ranks * perRank]int32
}

// The classes and how many levels each has.
const (
	ranks   = 5
	perRank = 100
)

// admit says whether a call is let in that finds so many waiting.
func (l *levels) admit(cfg *DropConfig, c *load.Call, waiting int) bool {
	if waiting == 0 {
		return true
	}
	level := l.level(c)
	if rate := rejection(cfg, waiting); rate >= 1 || rate > 0 && level < l.quantile(rate) {
		return false
	}
	l.record(level)
	return true
}

// rejection is the share to be turned away: (waiting − from)/(to − from), from 0
// to 1.
func rejection(cfg *DropConfig, waiting int) float64 {
	switch {
	case waiting < cfg.From:
		return 0
	case waiting >= cfg.To:
		return 1
	}
	return float64(waiting-cfg.From) / float64(cfg.To-cfg.From)
}

// level is one of the hundred of c's class, critical the highest, by chance that
// depends on the run, the call and the attempt.
func (l *levels) level(c *load.Call) int {
	class := max(0, ranks-1-max(int(c.Priority), 0))
	x := l.seed ^ c.ID ^ uint64(c.Attempts)<<56
	// splitmix64 (Steele, Lea and Flood, OOPSLA 2014).
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	x ^= x >> 31
	return class*perRank + int(x%perRank)
}

func (l *levels) record(level int) {
	if l.filled == len(l.window) {
		l.counts[l.window[l.at]]--
	} else {
		l.filled++
	}
	l.window[l.at] = int16(level)
	l.counts[level]++
	if l.at++; l.at == len(l.window) {
		l.at = 0
	}
}

// quantile is the level at a share of those remembered, or 0.
func (l *levels) quantile(share float64) int {
	if l.filled == 0 {
		return 0
	}
	target, counted := max(1, int(math.Ceil(float64(l.filled)*share))), 0
	for level := range l.counts {
		if counted += int(l.counts[level]); counted >= target {
			return level
		}
	}
	return 0
}
