package governor

import (
	"math"
	"strings"
	"testing"
	"time"

	"ratecliff/load"
)

func TestValidate(t *testing.T) {
	t.Parallel()
	nan, inf := math.NaN(), math.Inf(1)
	for want, cfg := range map[string]Config{
		"kind":                              {},
		"start":                             {Kind: AIMD, Start: load.Rate(nan)},
		"start min max":                     {Kind: AIMD, Start: -1, Min: load.Rate(inf), Max: load.Rate(inf)},
		"start ":                            {Kind: AIMD, Start: 5, Max: 4},
		"start  ":                           {Kind: BBR, Start: 5, Min: 6},
		"min":                               {Kind: AIMD, Min: 6, Max: 5},
		"burst add factor":                  {Kind: AIMD, Burst: 0.5, Add: nan, Factor: 1},
		"burst add factor epoch":            {Kind: AIMD, Burst: inf, Add: -1, Factor: nan, Epoch: -1},
		"start burst add epoch":             {Kind: Cubic, Start: 1, Burst: 2, Add: 1, Epoch: s},
		"scale smooth factor":               {Kind: Cubic, Scale: nan, Smooth: 1.5, Factor: -1},
		"semantics rounding probes":         {Kind: Headers, Semantics: "x", Rounding: -2, Probes: -1},
		"start factor":                      {Kind: Headers, Start: 1, Factor: 0.5},
		"round":                             {Kind: BBR, Round: 1},
		"target kp ki round":                {Kind: PID, Target: 2, KP: inf, KI: nan, Round: 2 * time.Hour},
		"tokens first_step second_step":     {Kind: ATB, Burst: 2, Tokens: 3, FirstStep: 0.9, SecondStep: 11},
		"congestion":                        {Kind: ATB, Congestion: load.Rate(nan)},
		"pause release gap":                 {Kind: Pause, Pause: 25 * time.Hour, Release: "x", Gap: -1},
		"gap":                               {Kind: Pause, Gap: s},
		"pause release retry_after gap min": {Kind: Headers, Pause: s, Release: All, RetryAfter: true, Gap: s, Min: 1},
	} {
		got := map[string]bool{}
		for _, p := range cfg.Validate() {
			got[p.Path] = true
		}
		for _, path := range strings.Fields(want) {
			if !got[path] {
				t.Errorf("%+v: no problem of %s in %v", cfg, path, cfg.Validate())
			}
			delete(got, path)
		}
		if len(got) > 0 {
			t.Errorf("%+v: also %v", cfg, got)
		}
	}
	for _, kind := range kinds() {
		if ps := (Config{Kind: kind}).Validate(); len(ps) > 0 {
			t.Errorf("%s: %v", kind, ps)
		}
	}
}
