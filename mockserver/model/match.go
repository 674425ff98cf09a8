package model

import (
	"math"
	"strings"
)

// match says how well a name fits a list of names and prefix patterns (with a
// trailing *): 0 not at all, MaxInt by its full name, else 1 + the length of the
// longest prefix.
func match(patterns []string, name string) int {
	best := 0
	for _, p := range patterns {
		prefix, pattern := strings.CutSuffix(p, "*")
		switch {
		case p == name:
			return math.MaxInt
		case pattern && strings.HasPrefix(name, prefix):
			best = max(best, 1+len(prefix))
		}
	}
	return best
}
