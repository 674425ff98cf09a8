package report

import (
	"fmt"
	"io"
	"strings"
)

// Markdown writes the document for a pull request or a job summary.
func Markdown(w io.Writer, d *Document) error {
	var b strings.Builder
	fmt.Fprintf(&b, "### %s\n\n**%s**\n\n", escape(d.Scenario.Name), escape(d.Sentence))
	markdownVerdicts(&b, d)
	for _, g := range d.Tables() {
		markdownTable(&b, &g)
	}
	markdownOrder(&b, d.Stability)
	markdownBands(&b, d.Bands)
	if notes := markdownNotes(d); len(notes) > 0 {
		b.WriteString("To be read with these numbers:\n\n")
		for _, n := range notes {
			b.WriteString("- " + escape(n) + "\n")
		}
		b.WriteByte('\n')
	}
	if d.Command != "" {
		fence := strings.Repeat("`", max(3, longestRun(d.Command, '`')+1))
		fmt.Fprintf(&b, "%ssh\n%s\n%s\n\n", fence, clean(d.Command), fence)
	}
	fmt.Fprintf(&b, "<sub>%s</sub>\n", escape(fmt.Sprintf("%s, %s clock, %s, %d seed%s from %d",
		strings.Join(d.Dates(), ", "), d.Clock, d.Provenance, d.Seeds, plural(d.Seeds), d.Seed)))
	_, err := io.WriteString(w, b.String())
	return err
}

func markdownVerdicts(b *strings.Builder, d *Document) {
	if len(d.Verdicts) == 0 {
		return
	}
	b.WriteString(d.Standing() + "\n\n| | expectation | judged on | got |\n| --- | --- | --- | --- |\n")
	verdicts := d.Gist()
	for i := range verdicts {
		v := &verdicts[i]
		fmt.Fprintf(b, "| %s | %s | %s | %s |\n", markdownMark(v.Outcome), escape(v.Text), escape(v.Cell), escape(v.Got))
	}
	b.WriteByte('\n')
}

func markdownMark(o Outcome) string {
	switch o {
	case Pass:
		return "✅"
	case Fail:
		return "❌"
	}
	return "❔"
}

func markdownTable(b *strings.Builder, g *Group) {
	if len(g.Settings) > 0 {
		b.WriteString("`" + strings.ReplaceAll(clean(g.Settings.String()), "`", "'") + "`\n\n")
	}
	head, rule := "| strategy |", "| --- |"
	for _, c := range g.Columns {
		title := c.Title
		if c.Unit != "" {
			title += " " + c.Unit
		}
		head, rule = head+" "+title+" |", rule+" ---: |"
	}
	b.WriteString(head + "\n" + rule + "\n")
	for _, r := range g.Rows {
		b.WriteString("| " + escape(r.Cell.Entrant()) + " |")
		for i := range r.Entries {
			b.WriteString(" " + r.Entries[i].markdown() + " |")
		}
		b.WriteByte('\n')
	}
	for i, note := range g.Notes {
		fmt.Fprintf(b, "\n<sub>–%s %s</sub>", superscript(i+1), escape(note))
	}
	if len(g.Notes) > 0 {
		b.WriteByte('\n')
	}
	b.WriteByte('\n')
}

func markdownOrder(b *strings.Builder, s *Stability) {
	if s == nil {
		return
	}
	fmt.Fprintf(b, "%s %s\n\n| strategy | mean rank | places | success where worst | worst where |\n| --- | ---: | ---: | ---: | --- |\n",
		escape(s.Sentence), escape(s.Explanation))
	for i := range s.Entrants {
		e := &s.Entrants[i]
		mean := fmt.Sprintf("%.1f", e.MeanRank)
		if e.Level {
			mean = "**" + mean + "**"
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s |\n", escape(e.Name), mean, e.Places(), e.Worth(), escape(e.At.String()))
	}
	b.WriteByte('\n')
}

func markdownBands(b *strings.Builder, bands []Band) {
	if len(bands) == 0 {
		return
	}
	b.WriteString("| " + strings.Join(BandHead(), " | ") + " |\n| --- | ---: | ---: | ---: |\n")
	for i := range bands {
		b.WriteString("|")
		for _, text := range bands[i].Row() {
			b.WriteString(" " + escape(text) + " |")
		}
		b.WriteByte('\n')
	}
	b.WriteByte('\n')
}

func (e *Entry) markdown() string {
	s := e.Text
	if e.Note > 0 {
		s += superscript(e.Note)
	}
	if e.Best {
		s = "**" + s + "**"
	}
	if e.Spread != "" {
		s += " " + strings.ReplaceAll(e.Spread, "<", "&lt;")
	}
	return s
}

func markdownNotes(d *Document) []string {
	out := d.Warnings()
	for _, c := range d.Confessions {
		out = append(out, c.Text)
	}
	if d.Power != nil {
		out = append(out, d.Power.Text())
	}
	return out
}

// escape makes any text inert inside a table cell: no markup, no link, no new
// cell, no mention.
func escape(s string) string {
	var b strings.Builder
	for _, r := range clean(s) {
		switch r {
		case '<':
			b.WriteString("&lt;")
		case '>':
			b.WriteString("&gt;")
		case '&':
			b.WriteString("&amp;")
		case '@':
			b.WriteString("&#64;")
		case '\\', '`', '*', '_', '[', ']', '|', '~', '#', '!':
			b.WriteByte('\\')
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func longestRun(s string, of rune) int {
	longest, run := 0, 0
	for _, r := range s {
		if r != of {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	return longest
}
