package yamlx

import (
	"fmt"
	"strings"
)

// Nearest is the known name closest to what was written, or "" when none is
// close: at most one edit in three characters, or a name that begins alike.
func Nearest(written string, known []string) string {
	written = strings.ToLower(written)
	if len(written) > 64 {
		return ""
	}
	best, bestAt := "", len(written)/3+2
	for _, name := range known {
		d := distance(written, strings.ToLower(name))
		if d < bestAt && d < len(name) {
			best, bestAt = name, d
		}
	}
	if best != "" || len(written) < 3 {
		return best
	}
	for _, name := range known {
		if strings.HasPrefix(name, written) || strings.Contains(name, "-"+written) || strings.Contains(name, "_"+written) {
			return name
		}
	}
	return ""
}

// Suggest is a hint naming the nearest known name, or the list when it is short.
func Suggest(written string, known []string) string {
	if near := Nearest(written, known); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	if len(known) == 0 {
		return ""
	}
	if len(known) <= 24 {
		return "known: " + strings.Join(known, ", ")
	}
	return ""
}

// distance counts insertions, deletions, substitutions and swaps of neighbours
// (optimal string alignment, Damerau 1964).
func distance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
