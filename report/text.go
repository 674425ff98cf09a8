package report

import (
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Terminal writes a document for a terminal. The zero value writes plain text.
type Terminal struct {
	Colour bool // ANSI colours; for a terminal that asked for no plain text
}

// Text writes the document as plain text of about 110 columns.
func Text(w io.Writer, d *Document) error { return Terminal{}.Write(w, d) }

// Write writes the document.
func (t Terminal) Write(w io.Writer, d *Document) error {
	p := &page{colour: t.Colour}
	p.head(d)
	tables := d.Tables()
	most := rowsEach(tables)
	for i := range tables {
		p.table(&tables[i], most, len(d.Cells) > 1)
	}
	p.order(d)
	p.fronts(d)
	p.bands(d)
	p.versus(d)
	p.verdicts(d)
	p.confessions(d)
	p.foot(d)
	_, err := io.WriteString(w, p.b.String())
	return err
}

// page is a text being written.
type page struct {
	b      strings.Builder
	colour bool
}

// ANSI styles.
const (
	bold   = "1"
	dim    = "2"
	red    = "31"
	green  = "32"
	yellow = "33"
)

func (p *page) paint(style, s string) string {
	if !p.colour || s == "" {
		return s
	}
	return "\x1b[" + style + "m" + s + "\x1b[0m"
}

func (p *page) line(parts ...string) {
	p.b.WriteString(strings.TrimRight(strings.Join(parts, ""), " "))
	p.b.WriteByte('\n')
}

func (p *page) head(d *Document) {
	p.line(p.paint(bold, clean(d.Sentence)))
	if s := d.Standing(); s != "" {
		p.line(s)
	}
	p.line(p.paint(dim, clean(fmt.Sprintf("%s · %s · %d seed%s from %d · %s clock · %s",
		d.Scenario.Name, d.Target, d.Seeds, plural(d.Seeds), d.Seed, d.Clock, d.Provenance))))
	p.line()
}

// What a terminal shows of large grids: so many rows over all tables, but at
// least the first few of each.
const (
	shownRows  = 240
	fewestRows = 12
)

// rowsEach is the most rows shown of each table.
func rowsEach(tables []Group) int {
	rows := 0
	for i := range tables {
		rows += len(tables[i].Rows)
	}
	if rows <= shownRows {
		return rows
	}
	return max(fewestRows, shownRows/len(tables))
}

func (p *page) table(g *Group, most int, compare bool) {
	if len(g.Settings) > 0 {
		p.line(p.paint(bold, clean(g.Settings.String())))
	}
	more := max(0, len(g.Rows)-most)
	g.Rows = g.Rows[:len(g.Rows)-more]
	grid := g.grid()
	widths := widthsOf(grid)
	for i, row := range grid {
		var b strings.Builder
		for j, s := range row {
			pad := strings.Repeat(" ", widths[j]-utf8.RuneCountInString(s))
			if i >= 2 && j > 0 && g.Rows[i-2].Entries[j-1].Best {
				s = p.paint(green, s)
			}
			if j == 0 {
				b.WriteString(s + pad)
				continue
			}
			b.WriteString("  " + pad + s)
		}
		text := strings.TrimRight(b.String(), " ")
		if i < 2 {
			text = p.paint(dim, text)
		}
		p.line(text)
	}
	if more > 0 {
		p.line(p.paint(dim, fmt.Sprintf("  %d more in report.html and summary.json", more)))
	}
	for i, note := range g.Notes {
		p.line(p.paint(dim, fmt.Sprintf("  –%s %s", superscript(i+1), clean(note))))
	}
	if compare {
		p.line(p.paint(dim, "  * best, or not to be told from the best · ± wider side of the interval over the seeds"))
	}
	p.line()
}

// grid is the table as text: two head lines, then a line per row. Every number
// carries its mark column, so that decimals stand below each other.
func (g *Group) grid() [][]string {
	title, unit := []string{"strategy"}, []string{""}
	spread := make([]int, len(g.Columns))
	for j, c := range g.Columns {
		for _, r := range g.Rows {
			if c.narrow {
				break
			}
			spread[j] = max(spread[j], utf8.RuneCountInString(r.Entries[j].Spread))
		}
		a, b := splitTitle(c.Title)
		if c.Unit != "" {
			b = strings.TrimSpace(b + " " + c.Unit)
		}
		title, unit = append(title, a+" "), append(unit, b+" ")
	}
	grid := [][]string{title, unit}
	for _, r := range g.Rows {
		line := []string{shorten(clean(r.Cell.Entrant()), 44)}
		for j, e := range r.Entries {
			line = append(line, e.plain(spread[j]))
		}
		grid = append(grid, line)
	}
	return grid
}

func (e *Entry) plain(spread int) string {
	mark := " "
	switch {
	case e.Best:
		mark = "*"
	case e.Note > 0:
		mark = superscript(e.Note)
	}
	s := e.Text + mark
	if spread > 0 {
		s += " " + e.Spread + strings.Repeat(" ", spread-utf8.RuneCountInString(e.Spread))
	}
	return s
}

// splitTitle puts the last word of a title on the second head line.
func splitTitle(s string) (first, second string) {
	i := strings.IndexByte(s, ' ')
	if i < 0 {
		return s, ""
	}
	return s[:i], s[i+1:]
}

func widthsOf(grid [][]string) []int {
	widths := make([]int, len(grid[0]))
	for _, row := range grid {
		for j, s := range row {
			widths[j] = max(widths[j], utf8.RuneCountInString(s))
		}
	}
	return widths
}

func superscript(n int) string {
	digits := []rune("⁰¹²³⁴⁵⁶⁷⁸⁹")
	var out []rune
	for _, r := range fmt.Sprint(n) {
		out = append(out, digits[r-'0'])
	}
	return string(out)
}

// clean takes out what could move a cursor or reverse a line: names and texts
// come from files of others.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			return ' '
		case !unicode.IsPrint(r):
			return '\uFFFD'
		}
		return r
	}, s)
}

func shorten(s string, width int) string {
	if utf8.RuneCountInString(s) <= width {
		return s
	}
	return string([]rune(s)[:width-1]) + "…"
}
