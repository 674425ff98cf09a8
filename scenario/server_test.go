package scenario_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"ratecliff/mockserver/model"
	"ratecliff/scenario"
)

func TestServerSettings(t *testing.T) {
	t.Parallel()
	base := model.Config{Profile: "start", Latency: model.Latency{}}
	got, err := scenario.Server(base, []string{"burst=10", "server.latency.ttft=2s", "burst_window = 10s", "keys_share_bucket=false"})
	if err != nil {
		t.Fatal(err)
	}
	if got.Profile != "start" || got.Burst != 10 || got.Latency.TTFT.Value != 2 || got.BurstWindow != 10*time.Second || *got.KeysShareBucket {
		t.Errorf("got %+v", got)
	}
	if got, err = scenario.Server(base, nil); err != nil || got.Profile != "start" {
		t.Errorf("no settings: %+v, %v", got, err)
	}
	for set, want := range map[string]string{
		"burts=3":            `did you mean "burst"`,
		"burst":              "is not of the form path=value",
		"=3":                 "is not of the form path=value",
		"burst=":             "the value after = is missing",
		"burst=-1":           "--set server.burst=-1: server.burst is -1",
		"classes.chat=3":     "classes",
		"profile=strat":      `did you mean "start"`,
		"latency.ttft.dist=": "the value after = is missing",
	} {
		_, err := scenario.Server(base, []string{set})
		var e *scenario.Errors
		if !errors.As(err, &e) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", set, err, want)
		}
	}
}
