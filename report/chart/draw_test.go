package chart

import (
	"math"
	"testing"

	"github.com/go-echarts/go-echarts/v2/opts"
	"pgregory.net/rapid"

	"ratecliff/report"
)

func TestThinKeepsTheMean(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		points := rapid.IntRange(1, 50).Draw(t, "points")
		step := rapid.IntRange(1, 9).Draw(t, "step")
		values := make([]report.Number, points*step)
		sum := 0.0
		for i := range values {
			values[i] = report.Number(rapid.IntRange(0, 99).Draw(t, "value"))
			sum += float64(values[i])
		}
		got := thin(values, points)
		if len(got) > points {
			t.Fatalf("%d points, at most %d asked", len(got), points)
		}
		mean := 0.0
		for _, v := range got {
			mean += float64(v) / float64(len(got))
		}
		if math.Abs(mean-sum/float64(len(values))) > 1e-6 {
			t.Fatalf("mean %v, was %v", mean, sum/float64(len(values)))
		}
	})
}

func TestThinIgnoresWhatIsUnknown(t *testing.T) {
	t.Parallel()
	unknown := report.Number(math.NaN())
	got := thin([]report.Number{unknown, 4, unknown, unknown, 2, 6}, 3)
	if got[0] != 4 || !math.IsNaN(float64(got[1])) || got[2] != 4 {
		t.Errorf("got %v, want 4, unknown, 4", got)
	}
}

func TestTicks(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ length, want float64 }{{1, 1}, {8, 1}, {60, 10}, {420, 60}, {3600, 600}, {86400, 10800}, {86400 * 30, 86400 * 4}} {
		if got := tick(c.length); got != c.want {
			t.Errorf("%v s: a tick every %v s, want %v", c.length, got, c.want)
		}
	}
}

func TestLabelsKeepOffEachOther(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		points := make([]point, rapid.IntRange(1, 14).Draw(t, "points"))
		for i := range points {
			points[i] = point{
				name: "strategy-name", scale: 100,
				x: report.Metric{Value: rapid.Float64Range(1, 10).Draw(t, "x"), N: 1},
				y: report.Metric{Value: rapid.Float64Range(0.01, 1).Draw(t, "y"), N: 1},
			}
		}
		x, y := attemptsAxis(points), completionAxis("optimum_share", points)
		moved := shifts(points, x, y)
		for i := range points {
			for j := range i {
				if math.IsNaN(moved[i]) || math.IsNaN(moved[j]) {
					continue
				}
				a, b := labelBox(points[i], x, y, moved[i]), labelBox(points[j], x, y, moved[j])
				if a.meets(b) {
					t.Fatalf("labels %d and %d overlap: %+v %+v", i, j, a, b)
				}
			}
		}
	})
}

func labelBox(p point, x opts.XAxis, y opts.YAxis, shift float64) box {
	left, top := locate(p, x, y)
	return box{left + 8, left + 12 + letter*float64(len(p.name)), top + shift}
}

func TestPercentileOffTheCurve(t *testing.T) {
	t.Parallel()
	d := &report.Distribution{Count: 100, Percentiles: []report.Percentile{{OneIn: 1, Ms: 10}, {OneIn: 2, Ms: 20}, {OneIn: 10, Ms: 100}, {OneIn: 100, Ms: 500}}}
	for oneIn, want := range map[float64]string{2: "20 ms", 10: "100 ms", 20: "322 ms", 100: "500 ms", 1000: "–"} {
		if got := at(d, oneIn); got != want {
			t.Errorf("1 in %v: %s, want %s", oneIn, got, want)
		}
	}
}

func TestColoursRepeatOnlyWithAnotherDash(t *testing.T) {
	t.Parallel()
	seen := map[look]int{}
	for i := range 24 {
		l := lookOf(i)
		if j, ok := seen[l]; ok {
			t.Errorf("strategies %d and %d look the same", i, j)
		}
		seen[l] = i
	}
}
