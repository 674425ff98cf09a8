package chart

import (
	"fmt"
	"math"
	"unicode/utf8"

	"ratecliff/report"
)

// Measures of the critical difference picture, in its own units.
const (
	orderRune   = 7.2 // room for a letter of a name
	shortNames  = 32  // letters there is room for at least
	longNames   = 56  // and at most
	orderRow    = 22.0
	orderTop    = 30.0
	orderPlot   = 560.0 // width of the axis of mean ranks
	orderClique = 9.0   // between two brackets
	mostRows    = 80
)

// order is the picture of mean ranks over settings (Demšar 2006, fig. 1, turned
// by 90° so that it holds many strategies): a dot at each mean rank, a line from
// the best place to the worst, and a bracket around every group that the
// Nemenyi test cannot tell apart.
type order struct {
	*report.Stability
	Names         float64 // where names end
	Width, Height float64
	Level         span // as far from the best as cannot be told apart
	Ticks         []mark
	Rows          []orderRowOf
	Brackets      []bracket
	More          int // entrants beyond the picture; they are in the table
	Table         grid
}

type span struct{ X, Width float64 }

type mark struct {
	X    float64
	Text string
}

type orderRowOf struct {
	Y, X, From, To float64
	Name           string
	Level          bool
	Says           string
}

// bracket is a group from one row to another.
type bracket struct{ X, Y, Height float64 }

// roomForNames is how many letters of a name are shown.
func roomForNames(entrants []report.Entrant) int {
	longest := shortNames
	for i := range entrants {
		longest = max(longest, utf8.RuneCountInString(entrants[i].Name))
	}
	return min(longest, longNames)
}

// orderOf is nil where there is no order over settings.
func orderOf(d *report.Document) *order {
	s := d.Stability
	if s == nil || len(s.Entrants) == 0 {
		return nil
	}
	shown := s.Entrants[:min(mostRows, len(s.Entrants))]
	o := &order{Stability: s, More: len(s.Entrants) - len(shown), Table: orderTable(s)}
	letters := roomForNames(shown)
	left := tenth(float64(letters) * orderRune)
	last := float64(max(2, len(s.Entrants)))
	at := func(rank float64) float64 {
		return tenth(left + (min(max(rank, 1), last)-1)/(last-1)*orderPlot)
	}
	o.Height = orderTop + float64(len(shown))*orderRow + 8
	best := shown[0].MeanRank
	o.Level = span{at(best), tenth(at(best+s.Critical) - at(best))}
	for rank, step := 1.0, max(1, math.Ceil(last/12)); rank <= last; rank += step {
		o.Ticks = append(o.Ticks, mark{at(rank), fmt.Sprint(rank)})
	}
	for i := range shown {
		e := &shown[i]
		o.Rows = append(o.Rows, orderRowOf{
			Y: rowAt(i), X: at(e.MeanRank), From: at(min(float64(e.Best), e.MeanRank)), To: at(max(float64(e.Worst), e.MeanRank)), Name: clipped(e.Name, letters), Level: e.Level,
			Says: fmt.Sprintf("%s: mean rank %.1f, places %s", e.Name, e.MeanRank, e.Places()),
		})
	}
	o.Brackets = brackets(shown, s.Critical, left+orderPlot+14)
	o.Names, o.Width = left-10, left+orderPlot+20+orderClique*float64(len(o.Brackets))
	return o
}

// clipped is a name that fits beside the picture; the pointer tells the whole.
func clipped(name string, most int) string {
	if runes := []rune(name); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return name
}

func rowAt(i int) float64 { return orderTop + (float64(i)+0.5)*orderRow }

func tenth(v float64) float64 { return math.Round(v*10) / 10 }

// brackets are the largest groups of neighbours whose mean ranks all lie within
// the critical difference; left is where the first bracket stands.
func brackets(entrants []report.Entrant, critical, left float64) []bracket {
	var out []bracket
	end := 0
	for from := range entrants {
		to := from
		for to+1 < len(entrants) && entrants[to+1].MeanRank-entrants[from].MeanRank < critical {
			to++
		}
		if to > from && to > end {
			x := left + orderClique*float64(len(out))
			out = append(out, bracket{x, rowAt(from) - 7, rowAt(to) - rowAt(from) + 14})
		}
		end = max(end, to)
	}
	return out
}

// orderTable tells the same in words, with the setting of each one's worst.
func orderTable(s *report.Stability) grid {
	g := grid{Head: []string{"strategy", "mean rank", "places", "first in", "worst where", "success there", "attempts per success there"}}
	for i := range s.Entrants {
		e := &s.Entrants[i]
		g.Rows = append(g.Rows, []string{
			e.Name, fmt.Sprintf("%.1f", e.MeanRank), e.Places(), fmt.Sprintf("%d of %d", e.First, s.Settings), e.At.String(),
			e.Worth(), e.Attempts.Text(attempts),
		})
	}
	return g
}

// frontTables are the strategies that nobody beats in both success and attempts.
func frontTables(d *report.Document) []frontTable {
	var out []frontTable
	for _, f := range d.Fronts() {
		t := frontTable{Label: f.World.String(), Grid: grid{Head: []string{"strategy", "success", "attempts per success"}}}
		for _, c := range f.Cells {
			t.Grid.Rows = append(t.Grid.Rows, []string{
				c.Entrant(), c.Metric("success_ratio").Text("success_ratio"), c.Metric(attempts).Text(attempts),
			})
		}
		out = append(out, t)
	}
	return out
}

// frontTable is a plain table with a heading.
type frontTable struct {
	Label string
	Grid  grid
}
