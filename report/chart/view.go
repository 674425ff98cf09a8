package chart

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"ratecliff/report"
)

// finding is the head of the page.
type finding struct {
	Subject  string // whose three numbers they are
	Numbers  []headline
	Verdicts []report.Verdict // failed first, then open, then met
	Standing string
	Notes    []string // warnings and confessions
}

// headline is one of the three numbers.
type headline struct{ Value, Title, Doubt string }

func findingOf(d *report.Document) finding {
	f := finding{Standing: d.Standing(), Verdicts: d.Gist(), Notes: d.Warnings()}
	for _, c := range d.Confessions {
		f.Notes = append(f.Notes, c.Text)
	}
	if d.Power != nil {
		f.Notes = append(f.Notes, d.Power.Text())
	}
	order := func(v report.Verdict) int {
		return slices.Index([]report.Outcome{report.Fail, report.Inconclusive, report.Pass}, v.Outcome)
	}
	slices.SortStableFunc(f.Verdicts, func(a, b report.Verdict) int { return order(a) - order(b) })
	lead := d.Leader()
	if lead == nil {
		return f
	}
	f.Subject = lead.Label()
	for _, n := range []struct{ metric, title string }{
		{"success_ratio", "of the calls succeed"},
		{"attempts_per_success", "attempts per success"},
		{"response_time_ms.p99", "99 of 100 answers came within"},
	} {
		f.Numbers = append(f.Numbers, headlineOf(lead.Metric(n.metric), n.metric, n.title))
	}
	if lead.Metric("degraded_ratio").Value > 0 {
		wanted := headlineOf(lead.Metric("useful_ratio"), "useful_ratio", "are answered by the model wanted")
		f.Numbers = slices.Insert(f.Numbers, 1, wanted)
	}
	return f
}

func headlineOf(m report.Metric, metric, title string) headline {
	if !m.Known() {
		return headline{Value: "–", Title: title, Doubt: m.Text(metric)}
	}
	doubt := fmt.Sprintf("n = %d", m.N)
	switch low, high := m.Bounds(); {
	case !m.Bounded():
		doubt = "no interval, " + doubt
	case m.Width() == 0:
		doubt = "the same in every run, " + doubt
	default:
		doubt = fmt.Sprintf("%s to %s, %s", report.Format(metric, low), report.Format(metric, high), doubt)
	}
	return headline{Value: report.Format(metric, m.Value), Title: title, Doubt: doubt}
}

// table is the comparison of one setting.
type table struct {
	Label string
	report.Group
}

func tablesOf(d *report.Document) []table {
	var out []table
	tables := d.Tables()
	for _, g := range tables[:settingsShown(len(tables), func(i int) int { return len(tables[i].Rows) })] {
		out = append(out, table{Label: g.Settings.String(), Group: g})
	}
	return out
}

// Sort is the value a column is sorted by: empty, which sorts last, where it
// is withheld.
func (table) Sort(e report.Entry) string {
	if !e.Metric.Known() {
		return ""
	}
	return strconv.FormatFloat(e.Metric.Value, 'g', 9, 64)
}

// Detail is the whole interval of an entry, for its title.
func (table) Detail(e report.Entry, c report.Column) string {
	m := e.Metric
	if !m.Known() || !m.Bounded() {
		return m.Text(c.Metric)
	}
	return fmt.Sprintf("%s, %.3g %% interval, n = %d", m.Text(c.Metric), m.Confidence*100, m.N)
}

// Runs is on how many runs the row rests.
func (table) Runs(r report.Row) int {
	n := 0
	for _, m := range r.Cell.Metrics {
		n = max(n, m.N)
	}
	return n
}

// closeup is one cell seen up close.
type closeup struct {
	Index   int
	Label   string
	Empty   []bool // by place: nothing to show
	Tables  []grid // by place
	Classes grid
	Metrics grid
}

func closeupOf(i int, s subject, drawn []option) closeup {
	c := closeup{Index: i, Label: s.cell.Label(), Classes: classGrid(s.cell), Metrics: metricGrid(s.cell)}
	for _, o := range drawn {
		c.Empty = append(c.Empty, o == nil)
	}
	c.Tables = []grid{
		timeGrid(s, "refused."), timeGrid(s, "remaining."), crowdGrid(s), histogramGrid(s), anatomyGrid(s),
	}
	return c
}

// factsOf is what it takes to judge and repeat the report.
func factsOf(d *report.Document) []fact {
	out := []fact{
		{"Scenario", d.Scenario.Name},
		{"Scenario hash", d.Scenario.Hash},
		{"Target", d.Target},
		{"Clock", clockText(d)},
		{"Seeds", seedText(d)},
		{"Provenance", provenanceText(d.Provenance)},
	}
	if d.Baseline != "" {
		out = append(out, fact{"Baseline", d.Baseline})
	}
	if d.Started != "" {
		out = append(out, fact{"Started", d.Started})
	}
	tool := strings.TrimSpace(d.Tool.Name + " " + d.Tool.Version)
	if d.Tool.Commit != "" {
		tool += " (" + d.Tool.Commit + ")"
	}
	out = append(out, fact{"Build", tool})
	for _, data := range []struct {
		name string
		of   *report.Dated
	}{{"Server profile", d.Profile}, {"Prices", d.Prices}} {
		if data.of != nil {
			out = append(out, fact{data.name, strings.Join(nonEmpty(data.of.Name, data.of.Date, data.of.Source), ", ")})
		}
	}
	return out
}

func nonEmpty(words ...string) []string {
	return slices.DeleteFunc(words, func(s string) bool { return s == "" })
}

func clockText(d *report.Document) string {
	if d.Compress > 1 {
		return fmt.Sprintf("%s, compressed %g times", d.Clock, d.Compress)
	}
	return string(d.Clock)
}

func seedText(d *report.Document) string {
	if d.Seeds <= 1 {
		return fmt.Sprintf("%d", d.Seed)
	}
	return fmt.Sprintf("%d, from %d to %d", d.Seeds, d.Seed, d.Seed+uint64(d.Seeds)-1)
}

func provenanceText(p report.Provenance) string {
	switch p {
	case report.MeasuredLive:
		return "measured against a live server"
	case report.MockCalibrated:
		return "simulated on limits fitted to recorded live headers"
	case report.MockAssumed:
		return "simulated on documented limits, not measured"
	case report.Mixed:
		return "mixed: see each row"
	}
	return string(p)
}

// Provenance is where the numbers come from, in words.
func (p *page) Provenance() string { return provenanceText(p.Doc.Provenance) }

// Seeds says which seeds were run.
func (p *page) Seeds() string { return seedText(p.Doc) }

// Clock says which clock was used.
func (p *page) Clock() string { return clockText(p.Doc) }

func metricGrid(c *report.Cell) grid {
	g := grid{Head: []string{"metric", "value", "low", "high", "n", "note"}}
	for _, name := range slices.Sorted(maps.Keys(c.Metrics)) {
		m := c.Metrics[name]
		row := []string{name, "–", "", "", strconv.Itoa(m.N), strings.Join(append([]string{m.Withheld}, m.Warnings...), "; ")}
		row[5] = strings.TrimPrefix(row[5], "; ")
		if m.Known() {
			row[1] = report.Format(name, m.Value)
		}
		if m.Bounded() {
			row[2], row[3] = report.Format(name, m.Low), report.Format(name, m.High)
		}
		g.Rows = append(g.Rows, row)
	}
	return g
}
