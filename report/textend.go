package report

import (
	"fmt"
	"strings"
)

// versus lists the paired differences against the baseline, criteria only. A
// matrix has too many of them for a terminal; summary.json has them all.
func (p *page) versus(d *Document) {
	if len(blocks(d.Cells)) != 1 {
		return
	}
	var lines []string
	for i := range d.Cells {
		c := &d.Cells[i]
		var parts []string
		for _, metric := range told(d.Cells) {
			if diff, ok := c.Versus[metric]; ok {
				parts = append(parts, metricTitle(metric)+" "+diff.Text(metric))
			}
		}
		if len(parts) > 0 {
			lines = append(lines, "  "+clean(c.Label())+": "+strings.Join(parts, "; "))
		}
	}
	if len(lines) == 0 {
		return
	}
	p.line(p.paint(bold, "Against "+clean(d.Baseline)+", seed by seed"))
	for _, l := range lines {
		p.line(l)
	}
	p.line()
}

// told are the criteria that a comparison speaks of.
func told(cells []Cell) []string {
	for i := range cells {
		if cells[i].degrades() {
			return append([]string{"success_ratio"}, criteria(&cells[i])...)
		}
	}
	return criteria()
}

// Text writes the difference for people; one that may be zero is "~".
func (d Difference) Text(metric string) string {
	switch d.Outcome {
	case tie:
		return "~"
	case other:
		return "not compared, success differs"
	}
	if round(d.Low) == round(d.High) {
		return signed(metric, d.Median) + " " + d.Outcome
	}
	return fmt.Sprintf("%s [%s, %s] %s", signed(metric, d.Median), signed(metric, d.Low), signed(metric, d.High), d.Outcome)
}

// signed writes a difference; one between shares is in percentage points.
func signed(metric string, v float64) string {
	sign := ""
	if v > 0 {
		sign = "+"
	}
	if UnitOf(metric) == Ratio {
		unit := " points"
		if round(v*100) == 1 {
			unit = " point"
		}
		return sign + digits(round(v*100)) + unit
	}
	return sign + Format(metric, v)
}

func metricTitle(metric string) string {
	for _, c := range append(shown(), wanted()) {
		if c.Metric == metric {
			return c.Title
		}
	}
	return metric
}

func (p *page) verdicts(d *Document) {
	if len(d.Verdicts) == 0 {
		return
	}
	p.line(p.paint(bold, "Expectations"))
	verdicts := d.Gist()
	for i := range verdicts {
		v := &verdicts[i]
		p.line("  ", p.mark(v.Outcome), " ", clean(v.Text), p.where(v))
		if v.Outcome != Pass {
			p.line("      ", p.paint(dim, "got "+clean(v.Got)))
		}
		for _, warning := range v.Warnings {
			p.line("      ", p.paint(yellow, "! "+clean(warning)))
		}
	}
	p.line()
}

func (p *page) where(v *Verdict) string {
	var parts []string
	if v.Cell != "" && v.Cell != v.Subject {
		parts = append(parts, clean(v.Cell))
	}
	if v.Outcome == Pass {
		parts = append(parts, clean(v.Got))
	}
	if v.Line > 0 && v.Outcome != Pass {
		parts = append(parts, fmt.Sprintf("line %d", v.Line))
	}
	if len(parts) == 0 {
		return ""
	}
	return p.paint(dim, "  ("+strings.Join(parts, ": ")+")")
}

// Mark is the sign of an outcome: ✓, ✗ or ?.
func (o Outcome) Mark() string {
	switch o {
	case Pass:
		return "✓"
	case Fail:
		return "✗"
	}
	return "?"
}

func (p *page) mark(o Outcome) string {
	switch o {
	case Pass:
		return p.paint(green, o.Mark())
	case Fail:
		return p.paint(red, o.Mark())
	}
	return p.paint(yellow, o.Mark())
}

func (p *page) confessions(d *Document) {
	lines := warnings(d)
	for _, c := range d.Confessions {
		lines = append(lines, c.Text)
	}
	if d.Power != nil {
		lines = append(lines, d.Power.Text())
	}
	if len(lines) == 0 {
		return
	}
	p.line(p.paint(bold, "To be read with these numbers"))
	for _, l := range lines {
		p.line("  ", p.paint(yellow, "!"), " ", clean(l))
	}
	p.line()
}

// warnings collects those of the metrics on show, each once, with the cells it
// is about counted.
func warnings(d *Document) []string {
	var order []string
	about := map[string]int{}
	for i := range d.Cells {
		seen := map[string]bool{}
		for _, col := range shown() {
			for _, w := range d.Cells[i].Metric(col.Metric).Warnings {
				if !seen[w] {
					seen[w] = true
					if about[w] == 0 {
						order = append(order, w)
					}
					about[w]++
				}
			}
		}
	}
	for i, w := range order {
		if n := about[w]; n < len(d.Cells) {
			order[i] = fmt.Sprintf("%s (%d of %d strategies and settings)", w, n, len(d.Cells))
		}
	}
	return order
}

// Warnings lists what bears on all numbers of the document: the warnings of
// its metrics.
func (d *Document) Warnings() []string { return warnings(d) }

func (p *page) foot(d *Document) {
	if d.Command != "" {
		p.line(p.paint(dim, "repeat with: "+clean(d.Command)))
	}
	p.line(p.paint(dim, clean(strings.Join(d.Dates(), " · "))))
}

// Dates names the build and the data files the numbers rest on.
func (d *Document) Dates() []string {
	out := []string{strings.TrimSpace(d.Tool.Name + " " + d.Tool.Version)}
	if d.Profile != nil {
		out = append(out, d.Profile.text("profile"))
	}
	if d.Prices != nil {
		out = append(out, d.Prices.text("prices"))
	}
	return out
}

func (d *Dated) text(kind string) string {
	s := kind
	if d.Name != "" {
		s += " " + d.Name
	}
	if d.Date != "" {
		s += " of " + d.Date
	}
	if d.Source != "" {
		s += " (" + d.Source + ")"
	}
	return s
}
