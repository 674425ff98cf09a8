package compare

import (
	"testing"

	"ratecliff/scenario"
)

// What a strategy sets itself makes cells of that strategy alone: the others are
// played once in each world.
func TestClientSettingsMultiplyTheirStrategyOnly(t *testing.T) {
	t.Parallel()
	world := scenario.Setting{Path: "server.burst", Value: "1"}
	at := func(limit, attempts string) []scenario.Setting {
		return []scenario.Setting{world, {Path: "strategies.a.limiter.share", Value: limit}, {Path: "strategies.b.retry.0.attempts", Value: attempts}}
	}
	for _, c := range []struct {
		strategy string
		settings []scenario.Setting
		want     string
		played   bool
	}{
		{"a", at("0.8", "3"), "server.burst=1, strategies.a.limiter.share=0.8", true},
		{"a", at("0.9", "3"), "server.burst=1, strategies.a.limiter.share=0.9", true},
		{"a", at("0.9", "5"), "server.burst=1, strategies.a.limiter.share=0.9", false},
		{"b", at("0.9", "5"), "server.burst=1, strategies.b.retry.0.attempts=5", false},
		{"b", at("0.8", "5"), "server.burst=1, strategies.b.retry.0.attempts=5", true},
		{"c", at("0.8", "3"), "server.burst=1", true},
		{"c", at("0.8", "5"), "server.burst=1", false},
		{"aa", at("0.9", "3"), "server.burst=1", false}, // not what a's path begins with
	} {
		got, played := own(at("0.8", "3"), c.settings, c.strategy)
		if got.String() != c.want || played != c.played {
			t.Errorf("%s under %v: settings %q, played %v; want %q, %v", c.strategy, c.settings, got, played, c.want, c.played)
		}
	}
}
