package compare

import (
	"slices"
	"testing"
	"time"

	"ratecliff/metrics"
	"ratecliff/mockserver/model/fault"
)

// Which faults are outages, and from when to when.
func TestOutagesOfFaults(t *testing.T) {
	t.Parallel()
	const s, m = time.Second, time.Minute
	down := fault.Effect{Kind: fault.Error, Status: 503}
	half, most, few := 0.5, 0.8, 0.4
	yes := true
	type rules = []fault.Rule
	for _, c := range []struct {
		what  string
		rules rules
		want  []metrics.Outage
	}{
		{"nothing", nil, nil},
		{"an outage", rules{{Match: fault.Match{From: m, To: 2 * m}, Effect: down}}, []metrics.Outage{{From: m, To: 2 * m}}},
		{"from the start", rules{{Match: fault.Match{To: 30 * s}, Effect: down}}, []metrics.Outage{{From: 0, To: 30 * s}}},
		{"without an end", rules{{Match: fault.Match{From: m}, Effect: down}}, nil},
		{"background", rules{{Match: fault.Match{From: m, To: 2 * m, Probability: &few}, Effect: down}}, nil},
		{"half", rules{{Match: fault.Match{From: m, To: 2 * m, Probability: &half, Ramp: m}, Effect: down}}, []metrics.Outage{{From: m, To: 2 * m}}},
		{"eases off", rules{{Match: fault.Match{From: m, To: 2 * m, Probability: &most, Ramp: 80 * s}, Effect: down}}, []metrics.Outage{{From: m, To: 2*m + 30*s}}},
		{"of another model", rules{{Match: fault.Match{To: m, Models: []string{"claude-opus*"}}, Effect: down}}, nil},
		{"of this model", rules{{Match: fault.Match{To: m, Models: []string{"claude-s*"}}, Effect: down}}, []metrics.Outage{{From: 0, To: m}}},
		{"every third", rules{{Match: fault.Match{To: m, Every: 3}, Effect: down}}, nil},
		{"of first tries", rules{{Match: fault.Match{To: m, Attempts: []int{1}}, Effect: down}}, nil},
		{"of streams", rules{{Match: fault.Match{To: m, Stream: &yes}, Effect: down}}, nil},
		{"of batches", rules{{Match: fault.Match{To: m, Endpoints: []fault.Endpoint{fault.Batches}}, Effect: down}}, nil},
		{"delay only", rules{{Match: fault.Match{To: m}, Effect: fault.Effect{Kind: fault.Pass, Delay: s}}}, nil},
		{"connections reset", rules{{Match: fault.Match{To: m}, Effect: fault.Effect{Kind: fault.Reset}}}, []metrics.Outage{{From: 0, To: m}}},
		{
			"again and again",
			rules{{Match: fault.Match{From: m, To: 2 * m, Repeat: 4 * m}, Effect: down}},
			[]metrics.Outage{{From: m, To: 2 * m}, {From: 5 * m, To: 6 * m}, {From: 9 * m, To: 10 * m}},
		},
		{
			"touching",
			rules{{Match: fault.Match{From: 2 * m, To: 3 * m}, Effect: down}, {Match: fault.Match{From: m, To: 2 * m}, Effect: down}},
			[]metrics.Outage{{From: m, To: 3 * m}},
		},
	} {
		cfg := fault.Config{Rules: c.rules}
		if got := outages(&cfg, []string{"claude-sonnet-5"}, 10*m); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.what, got, c.want)
		}
	}
	suite := fault.Config{Suite: "overload"}
	want := []metrics.Outage{{From: m, To: m + 30*s + 15*s}, {From: 11 * m, To: 11*m + 45*s}}
	if got := outages(&suite, []string{"claude-sonnet-5"}, 15*m); !slices.Equal(got, want) {
		t.Errorf("suite overload: %v, want %v", got, want)
	}
	often := fault.Config{Rules: rules{{Match: fault.Match{To: 1, Repeat: 3}, Effect: down}}}
	if got := outages(&often, nil, 24*time.Hour); len(got) != mostOutages {
		t.Errorf("%d outages kept, want %d", len(got), mostOutages)
	}
}
