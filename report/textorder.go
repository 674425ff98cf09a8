package report

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// shownEntrants is how many rows the order over settings takes on a terminal.
const shownEntrants = 30

// order writes whether the ranking holds over the settings.
func (p *page) order(d *Document) {
	s := d.Stability
	if s == nil {
		return
	}
	p.line(p.paint(bold, fmt.Sprintf("Over the %d settings", s.Settings)))
	for _, text := range []string{s.Sentence, s.Explanation} {
		for _, line := range wrapped(clean(text), 106) {
			p.line("  ", line)
		}
	}
	grid := [][]string{{"strategy", "mean rank ", "places", "first in", "success", "worst where"}}
	for i := range s.Entrants[:min(shownEntrants, len(s.Entrants))] {
		grid = append(grid, s.Entrants[i].row())
	}
	widths := widthsOf(grid)
	for i, row := range grid {
		var b strings.Builder
		b.WriteString("  ")
		for j, text := range row {
			pad := strings.Repeat(" ", widths[j]-utf8.RuneCountInString(text))
			switch j {
			case 0:
				b.WriteString(text + pad)
			case len(row) - 1:
				b.WriteString("  " + text)
			default:
				b.WriteString("  " + pad + text)
			}
		}
		line := strings.TrimRight(b.String(), " ")
		if i == 0 {
			line = p.paint(dim, line)
		}
		p.line(line)
	}
	if n := len(s.Entrants) - shownEntrants; n > 0 {
		p.line(p.paint(dim, fmt.Sprintf("  %d more in summary.json", n)))
	}
	p.line(p.paint(dim, "  * mean rank not to be told from the best · success where the strategy does worst"))
	p.line()
}

func (e *Entrant) row() []string {
	mark := " "
	if e.Level {
		mark = "*"
	}
	return []string{
		shorten(clean(e.Name), 44), fmt.Sprintf("%.1f%s", e.MeanRank, mark), e.Places(), fmt.Sprint(e.First),
		e.Worth(), shorten(clean(e.At.brief()), 60),
	}
}

// Places is the range of places, such as "1–7".
func (e *Entrant) Places() string {
	if e.Best == e.Worst {
		return fmt.Sprint(e.Best)
	}
	return fmt.Sprintf("%d–%d", e.Best, e.Worst)
}

// Worth is the share of success where the entrant does worst.
func (e *Entrant) Worth() string {
	if !e.Success.Known() {
		return "–"
	}
	return Format("success_ratio", e.Success.Value)
}

// shownFronts is for how many worlds a terminal shows the front.
const shownFronts = 4

// fronts writes which strategies nobody beats both in success and in attempts.
func (p *page) fronts(d *Document) {
	all := d.Fronts()
	if len(all) == 0 {
		return
	}
	p.line(p.paint(bold, "Nobody has more success for fewer attempts than"))
	for _, f := range all[:min(shownFronts, len(all))] {
		if len(f.World) > 0 {
			p.line("  ", p.paint(dim, clean(f.World.String())))
		}
		for _, c := range f.Cells {
			p.line("    ", clean(c.Entrant()), ": ", Format("success_ratio", c.Metric("success_ratio").Value), ", ",
				attempts(c.Metric("attempts_per_success").Value), " per success")
		}
	}
	if n := len(all) - shownFronts; n > 0 {
		p.line(p.paint(dim, fmt.Sprintf("  %d more settings in summary.json", n)))
	}
	p.line()
}

// attempts is a number of attempts with its noun.
func attempts(v float64) string {
	if v == 1 {
		return "1 attempt"
	}
	return Format("attempts_per_success", v) + " attempts"
}

// Text says how the number of seeds came about.
func (w *Power) Text() string {
	text := fmt.Sprintf("%d seeds were played: to see %s in %s where paired differences deviate by %s (%s, pilot of %d)",
		w.Seeds, signless(w.Metric, w.Detect), w.Metric, signless(w.Metric, w.Deviation), w.By, w.Pilot)
	if w.Capped {
		return text + " would take more than the most there are; smaller differences may hide in the ties"
	}
	return text
}

// signless writes a difference without its sign.
func signless(metric string, v float64) string {
	return strings.TrimPrefix(signed(metric, v), "+")
}

// wrapped breaks a text at spaces into lines of at most width runes.
func wrapped(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			lines, line = append(lines, line), ""
		}
		line = strings.TrimPrefix(line+" "+word, " ")
	}
	return append(lines, line)
}
