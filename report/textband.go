package report

import (
	"strings"
	"unicode/utf8"
)

// shownBands is how many rows the loads of an outage take on a terminal.
const shownBands = 30

// bands writes from which load on an outage never ends.
func (p *page) bands(d *Document) {
	if len(d.Bands) == 0 {
		return
	}
	p.line(p.paint(bold, "After the outage, over "+clean(d.Bands[0].Path)))
	grid := [][]string{BandHead()}
	for i := range d.Bands[:min(shownBands, len(d.Bands))] {
		row := d.Bands[i].Row()
		row[0] = shorten(clean(row[0]), 60)
		grid = append(grid, row)
	}
	widths := widthsOf(grid)
	for i, row := range grid {
		var b strings.Builder
		for j, text := range row {
			pad := strings.Repeat(" ", widths[j]-utf8.RuneCountInString(clean(text)))
			if j == 0 {
				b.WriteString("  " + clean(text) + pad)
			} else {
				b.WriteString("  " + pad + clean(text))
			}
		}
		line := b.String()
		if i == 0 {
			line = p.paint(dim, line)
		}
		p.line(line)
	}
	if len(d.Bands) > shownBands {
		p.line(p.paint(dim, "  more in summary.json"))
	}
	p.line(p.paint(dim, "  between the two loads it works until an outage strikes, and not any more afterwards"))
	p.line()
}

// BandHead are the titles of [Band.Row].
func BandHead() []string {
	return []string{"strategy", "recovers up to", "keeps up to", "attempts per arrival while down"}
}

// Row is the band in words.
func (b *Band) Row() []string {
	name := b.Strategy
	if len(b.Settings) > 0 {
		name += " (" + b.Settings.String() + ")"
	}
	row := []string{name, orDash(b.Recovers), orDash(b.Survives), "–"}
	if b.Metastable() && b.Sustains.Known() {
		row[3] = Format("recovery_amplification", b.Sustains.Value)
	}
	return row
}

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}
