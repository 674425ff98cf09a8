package fault_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"ratecliff/load"
	"ratecliff/mockserver/model/fault"
)

func TestSuitesAreThere(t *testing.T) {
	t.Parallel()
	want := []string{"gateway", "overload", "permanent", "retry-after-forms", "retry-basics", "stream-errors"}
	if got := fault.Suites(); !slices.Equal(got, want) {
		t.Fatalf("%q, want %q", got, want)
	}
	_, err := fault.LoadSuite("retry-basic")
	var unknown *fault.UnknownSuiteError
	if !errors.As(err, &unknown) || unknown.Nearest != "retry-basics" {
		t.Errorf("%v", err)
	}
	if _, err := fault.LoadSuite("nothing like it"); err == nil || strings.Contains(err.Error(), "did you mean") {
		t.Errorf("%v", err)
	}
}

// TestEveryRuleFires plays twenty minutes of requests, one in 250 ms, streams
// and plain ones of several models.
func TestEveryRuleFires(t *testing.T) {
	t.Parallel()
	models := []string{"claude-opus-5", "claude-sonnet-5", "claude-spent-1"}
	for _, name := range fault.Suites() {
		s, err := fault.LoadSuite(name)
		if err != nil {
			t.Fatal(err)
		}
		if s.Name != name || s.Title == "" || s.Date < "2026" || s.Source == "" {
			t.Errorf("%s: not labelled: %+v", name, s)
		}
		in, err := fault.New(fault.Config{Suite: name}, 1)
		if err != nil {
			t.Fatal(err)
		}
		hits := map[string]int{}
		for i := range 4800 {
			q := fault.Request{ID: uint64(i), Attempt: 1, Model: models[i%3], Stream: i%2 == 0}
			if r := in.Draw(time.Duration(i)*250*time.Millisecond, &q); r != nil {
				hits[r.Name]++
			}
		}
		for _, r := range s.Rules {
			if hits[r.Name] == 0 {
				t.Errorf("%s: rule %q never fires", name, r.Name)
			}
		}
	}
}

// TestFormsOfRetryAfter: the suite holds every form that is asked for.
func TestFormsOfRetryAfter(t *testing.T) {
	t.Parallel()
	s, err := fault.LoadSuite("retry-after-forms")
	if err != nil {
		t.Fatal(err)
	}
	found := map[time.Duration]bool{}
	missing, ms := false, false
	for _, r := range s.Rules {
		wait, ok := r.Effect.Wait()
		found[wait] = found[wait] || ok
		missing = missing || !ok && r.Effect.RetryAfter == ""
		ms = ms || ok && r.Effect.RetryAfter == ""
	}
	for _, want := range []time.Duration{0, -5 * second, 1500 * time.Millisecond, 30 * second, -60 * second, 59 * second, 60 * second, 61 * second, 120 * second, 171 * second, 302539 * second} {
		if !found[want] {
			t.Errorf("no wait of %v", want)
		}
	}
	if !missing || !ms {
		t.Errorf("missing %v, milliseconds only %v", missing, ms)
	}
}

// TestWhatErrorsAre: defaults, what clients make of them and what they cost.
func TestWhatErrorsAre(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		effect fault.Effect
		want   load.Response
		costs  fault.Charge
	}{
		{fault.Effect{Status: 529}, load.Response{Outcome: load.Overloaded, Status: 529, ErrorType: "overloaded_error"}, fault.ChargeNothing},
		{fault.Effect{Status: 500, Message: "Overloaded"}, load.Response{Outcome: load.Overloaded, Status: 500, ErrorType: "api_error"}, fault.ChargeNothing},
		{fault.Effect{Status: 500}, load.Response{Outcome: load.Failed, Status: 500, ErrorType: "api_error"}, fault.ChargeRequest},
		{fault.Effect{Status: 503, Charge: fault.ChargeAll}, load.Response{Outcome: load.Failed, Status: 503, ErrorType: "api_error"}, fault.ChargeAll},
		{fault.Effect{Status: 418}, load.Response{Outcome: load.Failed, Status: 418, ErrorType: "invalid_request_error"}, fault.ChargeNothing},
		{fault.Effect{Status: 502, Body: "<html>"}, load.Response{Outcome: load.Failed, Status: 502, ErrorType: "body/html"}, fault.ChargeRequest},
		{fault.Effect{Status: 200, Body: "{}"}, load.Response{Outcome: load.Failed, Status: 200, ErrorType: "body/malformed"}, fault.ChargeNothing},
		{fault.Effect{Status: 204}, load.Response{Outcome: load.Failed, Status: 204, ErrorType: "body/empty"}, fault.ChargeNothing},
		{
			fault.Effect{Status: 429, Limit: "itpm", RetryAfter: "16"},
			load.Response{Outcome: load.Throttled, Status: 429, ErrorType: "rate_limit_error", Dimension: load.ITPM, HasRetryAfter: true, RetryAfter: 16 * second, Advice: load.DoRetry},
			fault.ChargeNothing,
		},
		{
			fault.Effect{Status: 429, ErrorCode: "enforced_spend_limit_reached", Headers: []fault.Header{{Name: "X-Should-Retry", Value: "false"}}},
			load.Response{Outcome: load.Throttled, Status: 429, ErrorType: "rate_limit_error", ErrorCode: "enforced_spend_limit_reached", Dimension: load.Spend, Advice: load.DoNotRetry},
			fault.ChargeNothing,
		},
	} {
		row.effect.Kind = fault.Error
		if got := row.effect.Response(false); got != row.want {
			t.Errorf("%+v:\n got %+v\nwant %+v", row.effect, got, row.want)
		}
		if got := row.effect.Costs(false); got != row.costs {
			t.Errorf("%+v: costs %s, want %s", row.effect, got, row.costs)
		}
	}
}

// TestDecodeConfig: a file may be a configuration or a suite; labels are not
// needed.
func TestDecodeConfig(t *testing.T) {
	t.Parallel()
	rule := `{"match":{"nth":[2],"from":"1s"},"effect":{"kind":"stall","for":"1m30s"}}`
	for text, rules := range map[string]int{
		`{"rules":[` + rule + `]}`:                            1,
		`{"suite":"overload"}`:                                0,
		`{"name":"own","date":"2026","rules":[` + rule + `]}`: 1,
		`{}`: 0,
	} {
		cfg, err := fault.DecodeConfig(strings.NewReader(text))
		if err != nil || len(cfg.Rules) != rules {
			t.Errorf("%s: %+v, %v", text, cfg, err)
		}
		if rules == 1 && (cfg.Rules[0].Match.From != second || cfg.Rules[0].Effect.For != 90*second) {
			t.Errorf("%s: %+v", text, cfg)
		}
	}
	for _, text := range []string{
		`{"rule":[]}`, `{"rules":[{"effect":{"kind":"stal"}}]}`, `{} {}`, `{"suite":"none such"}`, `[`, `{"rules":[{"effect":{"kind":"reset","nope":1}}]}`,
		`{"rules":[{"match":{"from":"soon"},"effect":{"kind":"reset"}}]}`,
	} {
		if cfg, err := fault.DecodeConfig(strings.NewReader(text)); err == nil {
			t.Errorf("%s: taken as %+v", text, cfg)
		}
	}
}
