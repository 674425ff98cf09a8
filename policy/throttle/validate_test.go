package throttle_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"ratecliff/policy/throttle"
)

func TestValidate(t *testing.T) {
	t.Parallel()
	nan, inf := math.NaN(), math.Inf(1)
	for want, cfg := range map[string]throttle.Config{
		"kind":                  {},
		"k":                     {Kind: throttle.SRE, K: 0.5},
		"threshold":             {Kind: throttle.SRE, Threshold: 0.9},
		"k aggression min_rate": {Kind: throttle.Failsafe, K: 2, Aggression: 2, MinRate: 1},
		"threshold aggression max_refusal min_rate": {Kind: throttle.Envoy, Threshold: nan, Aggression: nan, MaxRefusal: nan, MinRate: nan},
		"aggression max_refusal min_rate threshold": {Kind: throttle.Envoy, Threshold: inf, Aggression: inf, MaxRefusal: inf, MinRate: inf},
		"max_refusal window slices":                 {Kind: throttle.SRE, MaxRefusal: -1, Window: -1, Slices: -1},
		"min_count":                                 {Kind: throttle.Failsafe, MinCount: -1},
		"slices":                                    {Kind: throttle.Failsafe, Window: 10 * time.Millisecond, Slices: 20},
		"window":                                    {Kind: throttle.Failsafe, Window: 25 * time.Hour},
	} {
		var got []string
		for _, p := range cfg.Validate() {
			got = append(got, p.Path)
		}
		for _, path := range strings.Fields(want) {
			if !strings.Contains(" "+strings.Join(got, " ")+" ", " "+path+" ") {
				t.Errorf("%+v: problems of %v, want one of %s", cfg, got, path)
			}
		}
		if len(got) != len(strings.Fields(want)) {
			t.Errorf("%+v: problems of %v, want %s", cfg, got, want)
		}
	}
	for _, k := range []throttle.Kind{throttle.SRE, throttle.Envoy, throttle.Failsafe} {
		if ps := (throttle.Config{Kind: k}).Validate(); len(ps) > 0 {
			t.Errorf("%s: %v", k, ps)
		}
	}
}
