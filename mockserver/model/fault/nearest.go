package fault

// Nearest is the name with the least edit distance to what was written, or ""
// when none is within a third of its length (at least 2).
func Nearest(written string, names []string) string {
	best, found := max(len(written)/3, 2)+1, ""
	for _, n := range names {
		if d := editDistance(written, n); d < best {
			best, found = d, n
		}
	}
	return found
}

// editDistance is the Levenshtein distance (1966) in bytes.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
