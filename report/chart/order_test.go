package chart

import (
	"fmt"
	"strings"
	"testing"

	"ratecliff/report"
	"ratecliff/report/reporttest"
)

// ordered is a sample with an order over sixteen settings, of so many strategies.
func ordered(count int) *report.Document {
	d := reporttest.Sample(3)
	s := &report.Stability{Settings: 16, Critical: 2.5, Sentence: "The ranking flips <here>.", Explanation: "W 0.4"}
	for i := range count {
		s.Entrants = append(s.Entrants, report.Entrant{
			Name: fmt.Sprintf("strategy-%d", i), MeanRank: float64(i + 1), Best: 1, Worst: count, Level: i < 3,
			At: report.Settings{{Path: "server.burst", Value: "1"}}, Success: report.Metric{Value: 0.12, N: 20},
		})
	}
	d.Stability = s
	return d
}

func TestOrderIsDrawn(t *testing.T) {
	t.Parallel()
	page := render(t, ordered(6))
	if n := strings.Count(page, "<circle"); n != 6 {
		t.Errorf("%d dots", n)
	}
	// Groups of three within 2.5: 1–3, 2–4, 3–5, 4–6.
	if n := strings.Count(page, `class="bracket"`); n != 4 {
		t.Errorf("%d brackets", n)
	}
	for _, want := range []string{"The ranking flips &lt;here&gt;.", "Does the ranking hold over the 16 settings?", "server.burst=1", "12.0 %", "<title>strategy-5: mean rank 6.0, places 1–6</title>"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if page = render(t, ordered(mostRows+5)); strings.Count(page, "<circle") != mostRows || !strings.Contains(page, "5 more are in the table.") {
		t.Error("a crowd is drawn without end")
	}
	if page = render(t, reporttest.Sample(3)); strings.Contains(page, "h-order") {
		t.Error("one setting has an order over settings")
	}
}

func TestBrackets(t *testing.T) {
	t.Parallel()
	var entrants []report.Entrant
	for _, rank := range []float64{1, 2, 5, 5.5, 9} {
		entrants = append(entrants, report.Entrant{MeanRank: rank})
	}
	cases := []struct {
		critical float64
		want     int
	}{{0.1, 0}, {1.5, 2}, {4.2, 3}, {20, 1}}
	for _, c := range cases {
		if got := brackets(entrants, c.critical, 0); len(got) != c.want {
			t.Errorf("critical difference %v: %d brackets, want %d", c.critical, len(got), c.want)
		}
	}
}
