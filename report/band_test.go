package report_test

import (
	"strings"
	"testing"

	"ratecliff/report"
)

const loadPath = "classes.calls.arrivals.rate"

// loaded is a cell at a load: whether it kept up, and came back from an outage;
// known says whether there was one.
func loaded(load string, up, back float64, known bool, more ...report.Setting) report.Cell {
	m := map[string]report.Metric{
		"keeps_up_ratio":         {Value: up, N: 3},
		"recovered_ratio":        {Withheld: "no outage is known", N: 3},
		"recovery_amplification": {Withheld: "no outage is known", N: 3},
	}
	if known {
		m["recovered_ratio"] = report.Metric{Value: back, N: 3}
		m["recovery_amplification"] = report.Metric{Value: 1 + 6*(1-back), N: 3}
	}
	return report.Cell{Strategy: "s", Settings: append(report.Settings{{Path: loadPath, Value: load}}, more...), Metrics: m}
}

func TestBand(t *testing.T) {
	t.Parallel()
	struck := report.Setting{Path: "server.faults.rules.0.match.probability", Value: "1"}
	spared := report.Setting{Path: struck.Path, Value: "0"}
	for _, c := range []struct {
		what               string
		cells              []report.Cell
		recovers, survives string
		sustains           float64 // 0: no band
	}{
		{
			"a band, the loads out of order",
			[]report.Cell{loaded("2/s", 0.2, 0, true), loaded("40/min", 1, 1, true), loaded("80/min", 1, 0, true), loaded("1/s", 0.95, 0, true)},
			"40/min", "80/min", 7,
		},
		{"a gap", []report.Cell{loaded("40/min", 1, 1, true), loaded("60/min", 1, 0, true), loaded("80/min", 1, 1, true)}, "40/min", "80/min", 7},
		{"no band", []report.Cell{loaded("40/min", 1, 1, true), loaded("60/min", 1, 1, true), loaded("2/s", 0.3, 1, true)}, "60/min", "60/min", 0},
		{"never back", []report.Cell{loaded("40/min", 1, 0, true), loaded("60/min", 1, 0, true)}, "", "60/min", 7},
		{"half of the runs is not all", []report.Cell{loaded("40/min", 1, 0.5, true), loaded("60/min", 1, 0, true)}, "", "60/min", 4},
		{"never up", []report.Cell{loaded("40/min", 0.5, 1, true), loaded("60/min", 0.2, 1, true)}, "", "", 0},
		{
			"a control without the outage",
			[]report.Cell{
				loaded("40/min", 0.5, 1, true, struck), loaded("40/min", 1, 0, false, spared),
				loaded("60/min", 0.5, 0, true, struck), loaded("60/min", 1, 0, false, spared),
				loaded("80/min", 1, 0, true, struck), loaded("80/min", 0.4, 0, false, spared),
			},
			"40/min", "60/min", 7,
		},
	} {
		bands := report.Bands(c.cells)
		if len(bands) != 1 {
			t.Errorf("%s: %d bands", c.what, len(bands))
			continue
		}
		b := &bands[0]
		if b.Recovers != c.recovers || b.Survives != c.survives || b.Metastable() != (c.sustains > 0) {
			t.Errorf("%s: recovers %q, survives %q, metastable %v; %s", c.what, b.Recovers, b.Survives, b.Metastable(), b.Sentence)
		}
		if b.Metastable() && b.Sustains.Value != c.sustains {
			t.Errorf("%s: %v attempts per arrival, want %v", c.what, b.Sustains.Value, c.sustains)
		}
		if b.Path != loadPath || !strings.HasPrefix(b.Sentence, "s ") {
			t.Errorf("%s: path %q, %q", c.what, b.Path, b.Sentence)
		}
	}
}

// Without a sweep of the load, or without an outage, there is nothing to say;
// other settings make bands of their own.
func TestBandsNeedASweepAndAnOutage(t *testing.T) {
	t.Parallel()
	burst := func(v string) report.Setting { return report.Setting{Path: "server.burst", Value: v} }
	other := loaded("40/min", 1, 1, true)
	other.Settings[0].Path = "server.rpm"
	for what, cells := range map[string][]report.Cell{
		"nothing":    nil,
		"one load":   {loaded("40/min", 1, 1, true)},
		"no outage":  {loaded("40/min", 1, 1, false), loaded("60/min", 1, 1, false)},
		"other path": {other, other},
		"no numbers": {loaded("many", 1, 1, true), loaded("few", 1, 1, true)},
	} {
		if bands := report.Bands(cells); len(bands) != 0 {
			t.Errorf("%s: %+v", what, bands)
		}
	}
	bands := report.Bands([]report.Cell{
		loaded("40/min", 1, 1, true, burst("1")), loaded("60/min", 1, 0, true, burst("1")),
		loaded("40/min", 1, 1, true, burst("9")), loaded("60/min", 1, 1, true, burst("9")),
	})
	if len(bands) != 2 || !bands[0].Metastable() || bands[1].Metastable() || bands[1].Settings.String() != "server.burst=9" {
		t.Errorf("%+v", bands)
	}
}

// The band is in the text, in the Markdown and in the JSON that the schema knows.
func TestBandsAreShown(t *testing.T) {
	t.Parallel()
	d := &report.Document{
		SchemaVersion: report.SchemaVersion, Tool: report.Tool{Name: "ratecliff", Version: "test"}, Scenario: report.Scenario{Name: "n", Hash: "h"},
		Clock: report.Virtual, Target: "mock", Seeds: 3, Provenance: report.MockAssumed,
		Cells: []report.Cell{loaded("40/min", 1, 1, true), loaded("60/min", 1, 0, true)},
	}
	for i := range d.Cells {
		d.Cells[i].Provenance = report.MockAssumed
	}
	d.Conclude()
	if len(d.Bands) != 1 {
		t.Fatalf("%d bands", len(d.Bands))
	}
	for name, write := range writers() {
		got := string(render(t, write, d))
		if name == "summary.json" || strings.HasSuffix(name, ".txt") || strings.HasSuffix(name, ".md") {
			if !strings.Contains(got, "40/min") || !strings.Contains(got, "60/min") || strings.HasSuffix(name, ".json") && !strings.Contains(got, `"sustains"`) {
				t.Errorf("%s does not show the band:\n%s", name, got)
			}
		}
	}
}
