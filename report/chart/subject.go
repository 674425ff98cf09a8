package chart

import (
	"cmp"
	"slices"

	"ratecliff/report"
)

// maxClose is the most cells the page shows up close; the others stay in the
// tables, summary.json and charts.json.
const maxClose = 12

// maxRowsShown is the most cells the page compares, in whole settings; at least
// one setting is shown.
const maxRowsShown = 600

// subject is a cell with its curves and its look.
type subject struct {
	cell   *report.Cell
	curves *report.CellCharts // nil without charts
	look   look
}

// subjects pairs the cells with their curves, in the order of the document. An
// entrant looks the same under every setting.
func subjects(d *report.Document) []subject {
	known := map[string]int{}
	out := make([]subject, len(d.Cells))
	for i := range d.Cells {
		c := &d.Cells[i]
		name := c.Entrant()
		if _, ok := known[name]; !ok {
			known[name] = len(known)
		}
		out[i] = subject{cell: c, look: lookOf(known[name])}
		if d.Charts != nil && i < len(d.Charts.Cells) {
			out[i].curves = &d.Charts.Cells[i]
		}
	}
	return out
}

// group is the subjects of one setting.
type group struct {
	label    string
	subjects []subject
}

func groups(all []subject) []group {
	var out []group
	for _, s := range all {
		label := s.cell.Settings.World().String()
		i := slices.IndexFunc(out, func(g group) bool { return g.label == label })
		if i < 0 {
			i = len(out)
			out = append(out, group{label: label})
		}
		out[i].subjects = append(out[i].subjects, s)
	}
	out = out[:settingsShown(len(out), func(i int) int { return len(out[i].subjects) })]
	for _, g := range out {
		slices.SortStableFunc(g.subjects, func(a, b subject) int { return cmp.Compare(a.cell.Rank, b.cell.Rank) })
	}
	return out
}

// closest are the cells worth showing up close: those with curves, by rank,
// and the first of equals first.
func closest(all []subject) []subject {
	var out []subject
	for _, s := range all {
		if s.curves != nil && (len(s.curves.Series) > 0 || len(s.curves.Distributions) > 0) {
			out = append(out, s)
		}
	}
	slices.SortStableFunc(out, func(a, b subject) int { return cmp.Compare(a.cell.Rank, b.cell.Rank) })
	return out[:min(len(out), maxClose)]
}

// settingsShown is how many of count settings, each with so many cells, fit the
// page.
func settingsShown(count int, cells func(int) int) int {
	rows := 0
	for i := range count {
		if rows += cells(i); rows > maxRowsShown {
			return max(1, i)
		}
	}
	return count
}
