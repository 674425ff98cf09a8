package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"

	"ratecliff/metrics"
)

// over makes a comparison of strategies over settings: success[setting][strategy],
// the same in every one of eight seeds.
func over(paths []Settings, names []string, success [][]float64) *Document {
	d := &Document{Baseline: names[0], Seeds: 8}
	for w, row := range success {
		for s, share := range row {
			var runs []*metrics.Snapshot
			for range d.Seeds {
				runs = append(runs, played(20, int(math.Round(20*(1-share)))))
			}
			d.Cells = append(d.Cells, NewCell(names[s], paths[w], runs))
		}
	}
	d.Conclude()
	return d
}

func worlds(path string, values ...string) []Settings {
	var out []Settings
	for _, v := range values {
		out = append(out, Settings{{Path: path, Value: v}})
	}
	return out
}

func TestStableRanking(t *testing.T) {
	t.Parallel()
	d := over(worlds("server.burst", "1", "10", "50"), []string{"a", "b", "c"}, [][]float64{{.2, .5, .9}, {.3, .4, .5}, {.6, .8, 1}})
	s := d.Stability
	if s == nil || s.Swapped != 0 || s.Pairs != 3 || s.Kendall != 1 {
		t.Fatalf("%+v", s)
	}
	if want := "The ranking is stable: no two of the 3 strategies swap places in any of the 3 settings."; s.Sentence != want {
		t.Errorf("%q", s.Sentence)
	}
	first := s.Entrants[0]
	if first.Name != "c" || first.MeanRank != 1 || first.Best != 1 || first.Worst != 1 || first.First != 3 {
		t.Errorf("first is %+v", first)
	}
	if at := first.At.String(); at != "server.burst=10" || first.Success.Value > 0.51 {
		t.Errorf("c does worst at %s with %v", at, first.Success.Value)
	}
}

func TestRankingThatFlips(t *testing.T) {
	t.Parallel()
	d := over(worlds("server.burst", "1", "10", "50"), []string{"a", "b", "c"}, [][]float64{{.9, .5, .2}, {.9, .4, .3}, {.6, .8, .7}})
	s := d.Stability
	want := "The ranking flips: a has the best mean rank, but is not first in 1 of 3 settings, all with server.burst=50; b is most often first there."
	if s.Sentence != want || s.Swapped != 2 {
		t.Errorf("%d swapped: %q", s.Swapped, s.Sentence)
	}
	d = over(worlds("server.burst", "1", "10"), []string{"a", "b", "c"}, [][]float64{{.9, .5, .2}, {.9, .2, .3}})
	if !strings.HasPrefix(d.Stability.Sentence, "The first place is stable, the rest is not: a is first or shares it in each of the 2 settings") {
		t.Errorf("%q", d.Stability.Sentence)
	}
	if !strings.Contains(printed(t, d), "Over the 2 settings") {
		t.Error("the text does not speak of the settings")
	}
}

func printed(t *testing.T, d *Document) string {
	t.Helper()
	var b strings.Builder
	if err := Text(&b, d); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestOneSettingHasNoStability(t *testing.T) {
	t.Parallel()
	if d := over([]Settings{nil}, []string{"a", "b"}, [][]float64{{.1, .9}}); d.Stability != nil {
		t.Errorf("%+v", d.Stability)
	}
	if d := over(worlds("server.burst", "1", "2"), []string{"a"}, [][]float64{{.1}, {.9}}); d.Stability != nil {
		t.Errorf("%+v", d.Stability)
	}
}

// What a client sets itself makes an entrant of its own, and a front.
func TestClientSettingsCompete(t *testing.T) {
	t.Parallel()
	var paths []Settings
	for _, burst := range []string{"1", "10"} {
		for _, share := range []string{"0.5", "0.9"} {
			paths = append(paths, Settings{{Path: "strategies.a.limiter.share", Value: share}, {Path: "server.burst", Value: burst}})
		}
	}
	d := over(paths, []string{"a"}, [][]float64{{.5}, {.9}, {.4}, {.3}})
	if s := d.Stability; s == nil || s.Settings != 2 || len(s.Entrants) != 2 || s.Swapped != 1 {
		t.Fatalf("%+v", d.Stability)
	}
	fronts := d.Fronts()
	if len(fronts) != 2 || fronts[0].World.String() != "server.burst=1" {
		t.Fatalf("%+v", fronts)
	}
	// One attempt each: the more succeed, the fewer attempts for each success.
	if cells := fronts[0].Cells; len(cells) != 1 || cells[0].Entrant() != "a [share=0.9]" {
		t.Errorf("%d on the front, first %s", len(cells), cells[0].Entrant())
	}
	if !strings.Contains(printed(t, d), "Nobody has more success for fewer attempts than") {
		t.Error("the text does not show the front")
	}
}

func TestParetoFront(t *testing.T) {
	t.Parallel()
	d := over([]Settings{nil}, []string{"worst", "cheap", "dear", "level"}, [][]float64{{.2, .5, .9, .9}})
	for i, attempts := range []float64{3, 2, 4, 4} {
		d.Cells[i].Metrics["attempts_per_success"] = Metric{Value: attempts, N: 8}
	}
	d.Conclude()
	for i, want := range []bool{false, true, true, true} {
		if d.Cells[i].Pareto != want {
			t.Errorf("%s: %v", d.Cells[i].Strategy, d.Cells[i].Pareto)
		}
	}
	if len(d.Fronts()) != 0 {
		t.Error("a front without a sweep of the client's settings")
	}
}

func TestTimesAreComparedOnlyAmongEquals(t *testing.T) {
	t.Parallel()
	d := over([]Settings{nil}, []string{"base", "more", "same"}, [][]float64{{.5, .9, .5}})
	more, same := d.Cells[1].Versus, d.Cells[2].Versus
	if more["success_ratio"].Outcome != "better" || more["response_time_ms.p50"].Outcome != "incomparable" {
		t.Errorf("%+v", more)
	}
	if same["success_ratio"].Outcome != "tie" || same["response_time_ms.p50"].Outcome == "incomparable" {
		t.Errorf("%+v", same)
	}
	if d := more["success_ratio"]; d.P != 0.0078125 || d.Adjusted != 0.015625 || d.Effect != 1 || d.Confidence != 0.95 {
		t.Errorf("eight pairs of one sign among two strategies: %+v", d)
	}
}

// A terminal shows the first rows of each table of a large grid, and says how
// many there are besides.
func TestLargeGridsAreCutOnTerminals(t *testing.T) {
	t.Parallel()
	var names []string
	for i := range 20 {
		names = append(names, fmt.Sprintf("s%02d", i))
	}
	var settings []string
	var success [][]float64
	for i := range 30 {
		settings = append(settings, strconv.Itoa(i))
		row := make([]float64, len(names))
		for j := range row {
			row[j] = float64(j) / 20
		}
		success = append(success, row)
	}
	text := printed(t, over(worlds("server.burst", settings...), names, success))
	if got := strings.Count(text, "\n  8 more in report.html and summary.json\n"); got != 30 {
		t.Errorf("%d tables are cut to twelve rows, want 30", got)
	}
	if small := printed(t, over(worlds("server.burst", "1"), names, success[:1])); strings.Contains(small, " more in ") {
		t.Error("a table of twenty rows is cut")
	}
}
