package report

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// Group is the comparison table of the cells that met the same server and
// traffic.
type Group struct {
	Settings Settings // of server and traffic
	Columns  []Column
	Rows     []Row // in order of rank, then as they were run
	Notes    []string
}

// Column is one metric across a group. Its unit is chosen once, so that the
// numbers below each other can be compared by eye.
type Column struct {
	Metric string
	Title  string
	Unit   string // as printed in the head: "%", "ms", "s", "$", ""
	scale  float64
	places int
	narrow bool // leave the interval to wider media than a terminal
}

// Row is one cell of the table.
type Row struct {
	Cell    *Cell
	Entries []Entry // one per column
}

// Entry is one number of the table.
type Entry struct {
	Metric Metric
	Text   string // "–" where withheld
	Spread string // "±0.4": the wider side of the interval; "" without one
	Best   bool   // no other contender of the group is better by more than chance
	Note   int    // 1-based index into Group.Notes; 0 is none
}

// Tables lays the cells out for reading, one table per setting. A column that
// no cell has a value for is left out.
func (d *Document) Tables() []Group {
	var out []Group
	columns := tabled(d.Cells)
	for _, b := range blocks(d.Cells) {
		out = append(out, tableOf(&b, columns))
	}
	return out
}

// tabled are the columns of the tables. Of the two high percentiles it takes the
// higher one, unless more than half of the cells have too few samples for it.
func tabled(cells []Cell) []Column {
	known := 0
	for i := range cells {
		if cells[i].Metric(highest).Known() {
			known++
		}
	}
	left := highest
	if 2*known >= len(cells) {
		left = "response_time_ms.p90"
	}
	columns := slices.DeleteFunc(shown(), func(c Column) bool { return c.Metric == left })
	for i := range cells {
		if cells[i].degrades() {
			return slices.Insert(columns, 1, wanted())
		}
	}
	return columns
}

// wanted is on show where somebody answered by another model.
func wanted() Column { return Column{Metric: useful, Title: "by model wanted"} }

// compared are the metrics in which the cells of a group are compared.
func compared(group []*Cell) []Column {
	if completion(group...) == useful {
		return slices.Insert(shown(), 1, wanted())
	}
	return shown()
}

// highest is the highest percentile on show.
const highest = "response_time_ms.p99"

// shown are the metrics that reports speak of.
func shown() []Column {
	return []Column{
		{Metric: "success_ratio", Title: "success"},
		{Metric: "slo_ratio", Title: "in objective", narrow: true},
		{Metric: "attempts_per_success", Title: "attempts per success"},
		{Metric: "refused_ratio", Title: "refused", narrow: true},
		{Metric: "response_time_ms.p50", Title: "response p50", narrow: true},
		{Metric: "response_time_ms.p90", Title: "response p90"},
		{Metric: highest, Title: "response p99"},
		{Metric: "goodput_per_min", Title: "answers per min", narrow: true},
		{Metric: "optimum_share", Title: "of optimum"},
		{Metric: "cost_usd_per_success", Title: "cost per success", narrow: true},
	}
}

func tableOf(b *block, columns []Column) Group {
	g := Group{Settings: b.world}
	rows := slices.Clone(b.cells)
	slices.SortStableFunc(rows, func(a, b *Cell) int { return a.Rank - b.Rank })
	for _, c := range rows {
		g.Rows = append(g.Rows, Row{Cell: c})
	}
	for _, col := range columns {
		if any := slices.ContainsFunc(rows, func(c *Cell) bool { return c.Metric(col.Metric).Known() }); !any {
			continue
		}
		col.fit(rows)
		g.Columns = append(g.Columns, col)
		marks := bestOf(rows, col.Metric)
		for i, c := range rows {
			e := col.entry(c.Metric(col.Metric))
			e.Best = marks[i]
			e.Note = g.note(e.Metric, col.Title)
			g.Rows[i].Entries = append(g.Rows[i].Entries, e)
		}
	}
	return g
}

// fit chooses unit, scale and decimals from the largest value of the column.
func (c *Column) fit(rows []*Cell) {
	largest := 0.0
	for _, r := range rows {
		if m := r.Metric(c.Metric); m.Known() {
			largest = max(largest, math.Abs(m.Value))
		}
	}
	c.scale = 1
	switch UnitOf(c.Metric) {
	case Ratio:
		c.Unit, c.scale = "%", 100
	case Millis:
		c.Unit = "ms"
		if largest >= 1000 {
			c.Unit, c.scale = "s", 1e-3
		}
	case Seconds:
		c.Unit = "s"
	case Dollars:
		c.Unit = "$"
	}
	c.places = min(4, max(0, places(largest*c.scale)))
	switch {
	case c.Unit == "%":
		c.places = 1
	case c.Metric == "attempts_per_success":
		c.places = 2 // a tenth of an attempt is a tenth of the bill
	}
	if UnitOf(c.Metric) == Dollars {
		c.places = min(6, places(largest))
	}
}

func (c *Column) entry(m Metric) Entry {
	if !m.Known() {
		return Entry{Metric: m, Text: "–"}
	}
	e := Entry{Metric: m, Text: c.print(m.Value)}
	if UnitOf(c.Metric) == Ratio && m.Value < 1 && m.Value*100 > 99.9 {
		e.Text = percent(m.Value) // never round up to all
	}
	if w := m.Width(); w > 0 {
		e.Spread = "±" + c.print(w)
		if w*c.scale < math.Pow10(-c.places)/2 {
			e.Spread = "±<" + strconv.FormatFloat(math.Pow10(-c.places), 'f', c.places, 64)
		}
	}
	return e
}

func (c *Column) print(v float64) string {
	return group(strconv.FormatFloat(v*c.scale, 'f', c.places, 64))
}

// Width is the wider side of the interval, 0 without one.
func (m Metric) Width() float64 {
	if !m.Bounded() || round(m.Low) == round(m.High) {
		return 0
	}
	return max(m.High-m.Value, m.Value-m.Low)
}

// bestOf marks the contenders that hold the best value or cannot be told from it.
// Where all cells are level none is marked, as that would say nothing. Without
// intervals only equal values share it.
func bestOf(rows []*Cell, metric string) []bool {
	marks := make([]bool, len(rows))
	better := Better(metric)
	if better == 0 || len(rows) < 2 {
		return marks
	}
	entrants := contenders(rows, metric)
	top := entrants[0]
	for _, c := range entrants[1:] {
		if compareValues(c.Metric(metric), top.Metric(metric), better) > 0 {
			top = c
		}
	}
	count := 0
	for i, c := range rows {
		same := level(c, top, metric)
		marks[i] = same && slices.Contains(entrants, c)
		if same {
			count++
		}
	}
	if count == len(rows) {
		clear(marks)
	}
	return marks
}

// level reports whether a cell holds the best value or one that cannot be told
// from it.
func level(c, top *Cell, metric string) bool {
	x, y := c.Metric(metric), top.Metric(metric)
	return x.Known() && y.Known() && (round(x.Value) == round(y.Value) || x.Bounded() && y.Bounded() && tied(c, top, metric))
}

// contenders are the cells that may be called best in a metric. Where a metric
// speaks only of the successes, those who have fewer of them are out: giving up
// early makes for short waits.
func contenders(rows []*Cell, metric string) []*Cell {
	switch metric {
	case "success_ratio", useful, "goodput_per_min", "optimum_share":
		return rows
	}
	top, first := rows[0], completion(rows...)
	for _, c := range rows[1:] {
		if compareValues(c.Metric(first), top.Metric(first), 1) > 0 {
			top = c
		}
	}
	var out []*Cell
	for _, c := range rows {
		if c == top || level(c, top, first) {
			out = append(out, c)
		}
	}
	return out
}

func (g *Group) note(m Metric, title string) int {
	if m.Known() {
		return 0
	}
	// How many samples a cell had is its own affair, and stands in summary.json;
	// the note is for all who had too few.
	reason, _, _ := strings.Cut(m.reason(), ", had ")
	text := title + ": " + reason
	if i := slices.Index(g.Notes, text); i >= 0 {
		return i + 1
	}
	g.Notes = append(g.Notes, text)
	return len(g.Notes)
}
