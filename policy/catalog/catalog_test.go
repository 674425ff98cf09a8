package catalog_test

import (
	"bytes"
	"slices"
	"testing"

	"go.yaml.in/yaml/v4"

	"ratecliff/load"
	"ratecliff/policy/breaker"
	"ratecliff/policy/catalog"
	"ratecliff/policy/concurrency"
	"ratecliff/policy/governor"
	"ratecliff/policy/hedge"
	"ratecliff/policy/limiter"
	"ratecliff/policy/queue"
	"ratecliff/policy/retry"
	"ratecliff/policy/route"
	"ratecliff/policy/throttle"
)

// file is the form of strategies.yaml, as the reader of scenario files has it.
type file struct {
	Date       string     `yaml:"date"`
	Source     string     `yaml:"source"`
	Strategies []strategy `yaml:"strategies"`
}

type strategy struct {
	Name        string                `yaml:"name"`
	Description string                `yaml:"description"`
	Source      string                `yaml:"source"`
	Scope       string                `yaml:"scope"`
	Queue       queue.Config          `yaml:"queue"`
	Concurrency *concurrency.Config   `yaml:"concurrency"`
	Limiter     *limiter.Config       `yaml:"limiter"`
	Window      *limiter.WindowConfig `yaml:"window"`
	Breaker     *breaker.Config       `yaml:"breaker"`
	Throttle    *throttle.Config      `yaml:"throttle"`
	Governor    *governor.Config      `yaml:"governor"`
	Hedge       *hedge.Config         `yaml:"hedge"`
	Route       route.Config          `yaml:"route"`
	Retry       []retry.Config        `yaml:"retry"`
	Libraries   []string              `yaml:"libraries"`
}

func decode(t *testing.T, name string) file {
	t.Helper()
	var f file
	for _, c := range catalog.Files() {
		if c.Name != name {
			continue
		}
		dec := yaml.NewDecoder(bytes.NewReader(c.Text))
		dec.KnownFields(true)
		if err := dec.Decode(&f); err != nil {
			t.Fatal(err)
		}
	}
	return f
}

func (s strategy) problems() []load.Problem {
	ps := slices.Concat(s.Queue.Validate(), s.Route.Validate())
	if s.Concurrency != nil {
		ps = append(ps, s.Concurrency.Validate()...)
	}
	if s.Limiter != nil {
		ps = append(ps, s.Limiter.Validate()...)
	}
	if s.Window != nil {
		ps = append(ps, s.Window.Validate()...)
	}
	if s.Breaker != nil {
		ps = append(ps, s.Breaker.Validate()...)
	}
	if s.Throttle != nil {
		ps = append(ps, s.Throttle.Validate()...)
	}
	if s.Governor != nil {
		ps = append(ps, s.Governor.Validate()...)
	}
	if s.Hedge != nil {
		ps = append(ps, s.Hedge.Validate()...)
	}
	for _, r := range s.Retry {
		ps = append(ps, r.Validate()...)
	}
	return ps
}

func TestEveryStrategyIsValidAndSaysWhereItComesFrom(t *testing.T) {
	t.Parallel()
	for _, c := range catalog.Files() {
		f := decode(t, c.Name)
		if f.Date == "" || f.Source == "" || len(f.Strategies) == 0 {
			t.Errorf("%s: no date, source or strategies", c.Name)
		}
		for _, s := range f.Strategies {
			s.check(t)
		}
	}
}

func (s strategy) check(t *testing.T) {
	t.Helper()
	if ps := s.problems(); len(ps) > 0 {
		t.Errorf("%s: %v", s.Name, ps)
	}
	if s.Description == "" || s.Source == "" {
		t.Errorf("%s: no description or source", s.Name)
	}
	if s.Scope != "" && s.Scope != "worker" && s.Scope != "shared" {
		t.Errorf("%s: scope %q", s.Name, s.Scope)
	}
	if len(s.Retry) > load.MaxLayers {
		t.Errorf("%s: %d layers", s.Name, len(s.Retry))
	}
}

func TestNamesAreUnique(t *testing.T) {
	t.Parallel()
	from := map[string]string{}
	for _, c := range catalog.Files() {
		for _, s := range decode(t, c.Name).Strategies {
			if first, twice := from[s.Name]; twice {
				t.Errorf("%s: in %s and in %s", s.Name, first, c.Name)
			}
			from[s.Name] = c.Name
		}
	}
}

// Where a source sets no bound on retries, strategies.yaml does.
func TestReferencesGiveUp(t *testing.T) {
	t.Parallel()
	for _, s := range decode(t, "strategies.yaml").Strategies {
		for _, r := range s.Retry {
			if r.Unlimited {
				t.Errorf("%s: would never give up", s.Name)
			}
		}
	}
}

func TestTheNames(t *testing.T) {
	t.Parallel()
	want := []string{
		"no-retry", "immediate", "fixed-5s", "exponential", "full-jitter", "equal-jitter", "decorrelated-jitter",
		"retry-after", "retry-after-jitter", "retry-after-backoff", "sdk-python", "sdk-typescript", "sdk-go",
		"token-bucket", "semaphore-5", "priority-queue",
	}
	var got []string
	for _, s := range decode(t, "strategies.yaml").Strategies {
		got = append(got, s.Name)
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// Every key of every policy can be written in a file, and `on` stays a key.
func TestEveryKeyDecodes(t *testing.T) {
	t.Parallel()
	const all = `
name: all
queue: {order: ageing, ageing: {step: 30s}, capacity: 10, shed: lowest, requeue: {after: 10s}}
concurrency: {max: 1, hold: true, pause: 1s, pause_throttled: 60s, poll: 100ms, when_full: fail, adapt: {kind: slow-start, start: 1, min: 1, backoff: 0.8, cooldown: 15s, obey_header: true}, partition: {critical: 0.1, high: 0.2, medium: 0.3, low: 0.4}}
window: {requests: 50, tokens: 20000, length: 60s, estimate: 1500, settle: true, deadlock: true, around: 4}
limiter: {rpm: 1, itpm: 2, otpm: 3, share: 0.5, burst: 4, burst_window: 10s, output: mean, mean_start: 5, refund_refused: true, per_key: true, around: 1, poll: 100ms, timeout: 30s, learn_by: class, resync: true, reserve: {critical: 0, high: 0.1, medium: 0.2, low: 0.3}, reserve_rate: {high: 0.1, medium: 0.2, low: 0.3, lend: true, window: 10s}}
breaker: {failures: 5, ratio: 0.5, window: 20, minimum: 10, open: 30s, trials: 1, trial_ratio: 0.5, count_throttled: true, when_open: fail}
route: {keys: 3, pick: sticky, sticky_wait: 10s, around: 1, daily: {limit: 100, counts: 2}, when_none: fail, cooldown: {for: 60s, retry_after: true, first_timer: true, jitter: 1s, per_dimension: true}, fallback: {models: [a], after: 3, while_cooling: true, return: {above: 0.3, for: 10s}}}
retry:
  - name: app
    unlimited: true
    max_elapsed: 15m
    on: [throttled, overloaded]
    statuses: [408]
    stop_on: [spend_cap, no_retry_after]
    obey_should_retry: true
    delay: {kind: exponential, base: 1s, factor: 1.5, cap: 60s, jitter: 1s, jitter_add: 0.1, jitter_spread: 0.5, jitter_cut: 0.25}
    retry_after: {use: clamp, min: 1ns, max: 60s, above: give-up, window: 5s}
  - attempts: 2
    on: []
    delay: {kind: fixed, base: 1s}
    sleep_after_last: true
    error_delay: {kind: fixed, base: 2s}
    retry_after: {use: add-jitter, jitter: 1s, dates: crash, whole_seconds: true}
  - attempts: 6
    recurse_on: [throttled]
    delay: {kind: fixed, base: 1s}
  - attempts: 3
    delay: {kind: full-jitter, base: 1s, cap: 60s, cap_after: true, floor: 1s, by_cost: true}
    retry_after: {use: verbatim, negative: give-up, statuses: [429, 503], restart: true}
    budget: {kind: bucket, capacity: 500, cost: 14, throttled_cost: 5, timeout_cost: 10, deposit: 1, deposit_first: true, return: true, by_cost: true}
`
	dec := yaml.NewDecoder(bytes.NewReader([]byte(all)))
	dec.KnownFields(true)
	var s strategy
	if err := dec.Decode(&s); err != nil {
		t.Fatal(err)
	}
	if ps := s.problems(); len(ps) > 0 {
		t.Errorf("%v", ps)
	}
	if !slices.Equal(s.Retry[0].On, []retry.Failure{retry.Throttled, retry.Overloaded}) || s.Retry[1].On == nil {
		t.Errorf("on: %v and %v (an empty list is not an absent one)", s.Retry[0].On, s.Retry[1].On)
	}
}
