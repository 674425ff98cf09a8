package compare

import (
	"fmt"
	"math"
	"testing"

	"ratecliff/load"
)

// What is blamed on a neighbour is checked against a second run without it: a
// tenant that stays within the limit is never refused alone, so all its refusals
// are the other's doing, and are told so without that run. One that asks for too
// much is refused alone too, and as often as that is blamed itself.
func TestBlameAgreesWithARunAlone(t *testing.T) {
	t.Parallel()
	play := func(quiet, loud string) *played {
		classes := ""
		for _, c := range []struct{ name, arrivals string }{{"loud", loud}, {"quiet", quiet}} {
			if c.arrivals != "" {
				classes += fmt.Sprintf("  %s: {tenant: %s, arrivals: %s, input: 400, output: 100, max_tokens: 200}\n", c.name, c.name, c.arrivals)
			}
		}
		return playAll(t, `
version: 1
name: neighbours
duration: 5m
drain: 5m
server: {rpm: 60, burst: 10, latency: {ttft: 0.5, tokens_per_second: 100, refusal: 0.05}}
classes:
`+classes+`
strategies: [full-jitter]
`, 5, 0)["full-jitter"]
	}
	const calm, wild, over = "{process: poisson, rate: 20/min}", "{process: burst, n: 100}", "{process: burst, n: 60}"
	if alone := refusals(play(calm, ""), "quiet"); alone != 0 {
		t.Fatalf("alone the quiet tenant is refused %d times", alone)
	}
	both := play(calm, wild)
	met, blamed := refusals(both, "quiet"), blame(both, "quiet")
	t.Logf("quiet: %d refusals, %d blamed on the other; neighbour_refused_ratio %.3f", met, blamed, both.mean(t, "neighbour_refused_ratio"))
	if met == 0 || blamed != met {
		t.Errorf("the quiet tenant met %d refusals, of which %d are blamed on the other", met, blamed)
	}
	crowd := play(over, wild)
	met, blamed = refusals(crowd, "quiet"), blame(crowd, "quiet")
	alone := refusals(play(over, ""), "quiet")
	t.Logf("both loud: %d refusals, %d blamed on the other, %d alone", met, blamed, alone)
	if own := met - blamed; blamed == 0 || math.Abs(float64(own-alone)) > 0.1*float64(alone) {
		t.Errorf("of %d refusals %d are its own, alone it meets %d; want the same within 10 %%", met, own, alone)
	}
}

// refusals counts the attempts of a class that were refused.
func refusals(p *played, class string) (n int64) {
	for _, run := range p.runs {
		for i := range run.Classes {
			if c := &run.Classes[i]; c.Name == class {
				n += c.Sent - c.Finished[load.OK] // nothing else goes wrong here
			}
		}
	}
	return n
}

func blame(p *played, class string) (n int64) {
	for _, run := range p.runs {
		for i := range run.Classes {
			if c := &run.Classes[i]; c.Name == class {
				n += c.Inflicted
			}
		}
	}
	return n
}
