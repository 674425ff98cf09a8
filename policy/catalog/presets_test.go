package catalog_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"ratecliff/load"
	"ratecliff/policy/retry"
)

// dice is a source whose every Float64 is the same share.
type dice uint64

func (d dice) Uint64() uint64 { return uint64(d) }

// layer is one retry layer of a preset, inner ones first.
func layer(t *testing.T, file, name string, at int) *retry.Layer {
	t.Helper()
	for _, s := range decode(t, file).Strategies {
		if s.Name == name {
			return retry.New(s.Retry[at])
		}
	}
	t.Fatalf("no %s in %s", name, file)
	return nil
}

// answer is a failure; one with a header has it in every answer.
type answer struct {
	outcome load.Outcome
	status  int
	header  float64 // seconds; NaN is none
	date    bool
}

func (a answer) attempt() *load.Attempt {
	r := load.Response{Outcome: a.outcome, Status: a.status, DateForm: a.date}
	if !math.IsNaN(a.header) {
		r.HasRetryAfter, r.RetryAfter = true, time.Duration(a.header*float64(time.Second))
	}
	return &load.Attempt{Response: r}
}

var (
	bare     = answer{load.Throttled, 429, math.NaN(), false}
	internal = answer{load.Failed, 500, math.NaN(), false}
	network  = answer{load.Failed, 0, math.NaN(), false}
)

func told(seconds float64) answer { return answer{load.Throttled, 429, seconds, false} }

// waits are all the waits, in seconds, of a call that is never answered
// otherwise, every draw being u.
func waits(l *retry.Layer, a answer, u float64) []float64 {
	state, rng, now := load.RetryState{}, rand.New(dice(u*(1<<53))), time.Duration(0)
	c := &load.Call{Epoch: 1}
	out := []float64{}
	for range 50 {
		state.Failures++
		if account := l.Account(); account != nil {
			account.Take(now, c)
			account.Done(now, c, a.attempt())
		}
		wait, again := l.Next(now, c, &state, a.attempt(), rng)
		if !again {
			break
		}
		now += wait
		out = append(out, wait.Seconds())
	}
	return out
}

// Each preset's waits as its source computes them: the least, the middle and
// nearly the longest of what it draws, and what a header does.
func TestPresetsWaitAsTheirSourcesSay(t *testing.T) {
	t.Parallel()
	const least, middle, most = 0, 0.5, 1 - 1.0/(1<<20)
	for _, row := range []struct {
		name string
		at   int
		a    answer
		u    float64
		want []float64
	}{
		// random.uniform(min, high), high = max(min, min(2ⁿ, 60)); six attempts
		{"openai-cookbook", 0, bare, least, []float64{1, 1, 1, 1, 1}},
		{"openai-cookbook", 0, bare, middle, []float64{1, 1.5, 2.5, 4.5, 8.5}},
		{"openai-cookbook", 0, bare, most, []float64{1, 2, 4, 8, 16}},
		{"openai-cookbook", 0, told(30), most, []float64{1, 2, 4, 8, 16}},
		{"openai-cookbook-nested", 1, bare, middle, []float64{1, 1.5, 2.5, 4.5, 8.5}},
		// 2ⁿ + random.uniform(0, 1); three attempts
		{"langchain-python", 1, bare, least, []float64{1, 2}},
		{"langchain-python", 1, bare, middle, []float64{1.5, 2.5}},
		// (1 + random)·1 s·2ⁿ; max with the header up to 60 s; seven attempts
		{"langchain-js", 0, internal, least, []float64{1, 2, 4, 8, 16, 32}},
		{"langchain-js", 0, internal, middle, []float64{1.5, 3, 6, 12, 24, 48}},
		{"langchain-js", 0, told(5), least, []float64{5, 5, 5, 8, 16, 32}},
		{"langchain-js", 0, told(60), middle, []float64{60, 60, 60, 60, 60, 60}},
		{"langchain-js", 0, told(70), middle, []float64{}},
		{"langchain-js", 0, bare, middle, []float64{}},
		{"langchain-js", 0, answer{load.Failed, 409, math.NaN(), false}, middle, []float64{}},
		// 2 s·2ⁿ; a header below 60 s; with retry-after: 70 it was seen to try after 2 s
		{"vercel-ai", 0, bare, middle, []float64{2, 4}},
		{"vercel-ai", 0, told(59), middle, []float64{59, 59}},
		{"vercel-ai", 0, told(0), middle, []float64{0, 0}},
		{"vercel-ai", 0, told(60), middle, []float64{2, 4}},
		{"vercel-ai", 0, told(70), middle, []float64{2, 4}},
		{"vercel-ai", 0, told(-5), middle, []float64{2, 4}},
		// logs: about 1, 1, 2, 4-5, 8-9, 17-18, 35-37, then 36-40 s
		{"claude-code", 0, bare, least, []float64{0.5, 1, 2, 4, 8, 16, 32, 32, 32, 32}},
		{"claude-code", 0, bare, middle, []float64{0.5625, 1.125, 2.25, 4.5, 9, 18, 36, 36, 36, 36}},
		{"claude-code", 0, bare, most, []float64{0.625, 1.25, 2.5, 5, 10, 20, 40, 40, 40, 40}},
		{"claude-code", 0, told(60), middle, []float64{60, 60, 60, 60, 60, 60, 60, 60, 60, 60}},
		{"claude-code", 0, told(61), middle, []float64{}},
		// min(10, 2ⁿ) s; parseInt of the header, of a date NaN; three attempts, 429 only
		{"cline", 1, bare, middle, []float64{1, 2}},
		{"cline", 1, told(7.9), middle, []float64{7, 7}},
		{"cline", 1, told(300), middle, []float64{300, 300}},
		{"cline", 1, answer{load.Throttled, 429, 30, true}, middle, []float64{0.001, 0.001}},
		{"cline", 1, internal, middle, []float64{}},
		// 0.125 doubled before each sleep, given up above 60
		{"aider", 0, bare, middle, []float64{0.25, 0.5, 1, 2, 4, 8, 16, 32}},
		{"aider", 0, told(5), middle, []float64{0.25, 0.5, 1, 2, 4, 8, 16, 32}},
		// 0.5·2ⁿ + 0.75·random; a header up to 60 s + 0.75·random
		{"litellm", 0, bare, least, []float64{0.5, 1}},
		{"litellm", 0, bare, middle, []float64{0.875, 1.375}},
		{"litellm", 0, told(60), middle, []float64{60.375, 60.375}},
		{"litellm", 0, told(61), middle, []float64{0.875, 1.375}},
		{"litellm", 0, told(0), middle, []float64{0.875, 1.375}},
		// min(30, 2ⁿ) s; the header of 429 and 503 whatever its length
		{"go-retryablehttp", 0, bare, middle, []float64{1, 2, 4, 8}},
		{"go-retryablehttp", 0, told(300), middle, []float64{300, 300, 300, 300}},
		{"go-retryablehttp", 0, told(-1), middle, []float64{1, 2, 4, 8}},
		{"go-retryablehttp", 0, answer{load.Overloaded, 529, 300, false}, middle, []float64{1, 2, 4, 8}},
		// (min + random·(max − min))·(n + 1)
		{"go-retryablehttp-linear", 0, bare, least, []float64{1, 2, 3, 4}},
		{"go-retryablehttp-linear", 0, bare, middle, []float64{15.5, 31, 46.5, 62}},
		{"go-retryablehttp-linear", 0, told(300), most, []float64{30, 60, 90, 120}},
		// -1 of DelayFunc is no delay; the header of 429 and 503
		{"failsafe-go", 0, bare, middle, []float64{0, 0}},
		{"failsafe-go", 0, told(5), middle, []float64{5, 5}},
		{"failsafe-go", 0, answer{load.Throttled, 429, 5, true}, middle, []float64{0, 0}},
		{"failsafe-go", 0, answer{load.Overloaded, 529, 5, false}, middle, []float64{0, 0}},
		// DEFAULT_WAIT_DURATION 500, DEFAULT_MAX_ATTEMPTS 3
		{"resilience4j", 0, bare, middle, []float64{0.5, 0.5}},
		// min(max, randomize(0.5·1.5ⁿ, 0.5)): an atom at the cap
		{"resilience4j-exponential", 0, bare, least, []float64{0.25, 0.375, 0.5625, 0.84375, 1.265625, 1.8984375, 2.84765625}},
		{"resilience4j-exponential", 0, bare, middle, []float64{0.5, 0.75, 1.125, 1.6875, 2.53125, 3.796875, 5}},
		{"resilience4j-exponential", 0, bare, most, []float64{0.75, 1.125, 1.6875, 2.53125, 3.796875, 5, 5}},
		// DefaultBaseDelay 2 s, constant, DefaultRetryCount 3
		{"polly", 0, bare, middle, []float64{2, 2, 2}},
		{"polly-jitter", 0, bare, middle, []float64{1.794809872, 2.186007094, 4.071495926}},
		{"polly-jitter", 0, bare, least, []float64{0, 2.754364514, 2.920134602}},
		{"dotnet-http", 0, told(7), middle, []float64{7, 7, 7}},
		// rand·2^attempt, the attempt counted from 1
		{"aws-standard", 0, bare, middle, []float64{1, 2}},
		{"aws-standard", 0, bare, most, []float64{2, 4}},
		{"aws-standard", 0, told(60), middle, []float64{1, 2}},
		{"aws-standard", 0, answer{load.Overloaded, 529, math.NaN(), false}, middle, []float64{}},
		// rand·min(x·2ⁿ, 20): x is 1 s after a throttle, else 50 ms; clamp(ra, d, d + 5)
		{"aws-2026", 0, bare, middle, []float64{0.5, 1}},
		{"aws-2026", 0, internal, middle, []float64{0.025, 0.05}},
		{"aws-2026", 0, network, most, []float64{0.05, 0.1}},
		{"aws-2026", 0, told(0), middle, []float64{0.5, 1}},
		{"aws-2026", 0, told(3), middle, []float64{3, 3}},
		{"aws-2026", 0, told(60), middle, []float64{5.5, 6}},
		// min(0.1·2ⁿ, 1)·(0.8 + 0.4·random), pushback in its place, a negative one ends it
		{"grpc-go", 0, bare, least, []float64{0.08, 0.16, 0.32}},
		{"grpc-go", 0, bare, middle, []float64{0.1, 0.2, 0.4}},
		{"grpc-go", 0, bare, most, []float64{0.12, 0.24, 0.48}},
		{"grpc-go", 0, told(9), middle, []float64{9, 9, 9}},
		{"grpc-go", 0, told(-1), middle, []float64{}},
		// 5 ms + random·(3·previous − 5 ms), at most 200 ms
		{"finagle", 0, bare, least, []float64{0.005, 0.005}},
		{"finagle", 0, bare, middle, []float64{0.01, 0.0175}},
	} {
		got := waits(layer(t, "presets.yaml", row.name, row.at), row.a, row.u)
		if !slices.EqualFunc(got, row.want, near(1e-4)) {
			t.Errorf("%s, layer %d, %d with retry-after %v, draws of %.2f: waits %v, want %v", row.name, row.at, row.a.status, row.a.header, row.u, got, row.want)
		}
	}
}

// near compares within a share of the value.
func near(share float64) func(a, b float64) bool {
	return func(a, b float64) bool { return math.Abs(a-b) <= share*math.Max(math.Abs(b), 1e-3) }
}

// The table in the doc comment of cenkalti/backoff v5.0.3 exponential.go: the
// intervals of nine requests and the ends of what is drawn from them, cut to
// three places each time one follows from the last.
func TestCenkaltisTable(t *testing.T) {
	t.Parallel()
	intervals := []float64{0.5, 0.75, 1.125, 1.687, 2.53, 3.795, 5.692, 8.538, 12.807}
	low := []float64{0.25, 0.375, 0.562, 0.8435, 1.265, 1.897, 2.846, 4.269, 6.403}
	high := []float64{0.75, 1.125, 1.687, 2.53, 3.795, 5.692, 8.538, 12.807, 19.210}
	for u, want := range map[float64][]float64{0: low, 0.5: intervals, 1 - 1.0/(1<<20): high} {
		got := waits(layer(t, "presets.yaml", "cenkalti", 0), bare, u)
		if len(got) < 9 || !slices.EqualFunc(got[:9], want, near(1.2e-3)) {
			t.Errorf("draws of %.2f: %v, want %v", u, got, want)
		}
	}
	got := waits(layer(t, "presets.yaml", "cenkalti", 0), bare, 0.5)
	if tail := got[12:14]; !slices.Equal(tail, []float64{60, 60}) {
		t.Errorf("the interval ends at %v, want 60", tail)
	}
	total := 0.0
	for _, wait := range got {
		total += wait
	}
	if total > 900 || total < 840 {
		t.Errorf("gives up after %v s of waiting, want the last wait that ends within 15 minutes", total)
	}
}

// RetryAfterError is obeyed to the letter and starts the interval anew.
func TestCenkaltisRetryAfter(t *testing.T) {
	t.Parallel()
	l := layer(t, "presets.yaml", "cenkalti-retry-after", 0)
	state, rng := load.RetryState{}, rand.New(dice(1<<52))
	var got []float64
	for _, a := range []answer{bare, bare, bare, told(120), bare, bare, told(0), bare} {
		state.Failures++
		wait, _ := l.Next(0, &load.Call{}, &state, a.attempt(), rng)
		got = append(got, wait.Seconds())
	}
	if want := []float64{0.5, 0.75, 1.125, 120, 0.5, 0.75, 0, 0.5}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// How many of a hundred calls refused at once are made again: what each budget
// holds, over what a retry takes.
func TestPresetBudgets(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		file, name string
		want       int
	}{
		{"presets.yaml", "aws-standard", 100},
		{"presets.yaml", "aws-2026", 100}, // 500/5
		{"presets.yaml", "grpc-go", 4},    // 10 tokens, more than 5 left
		{"presets.yaml", "finagle", 140},  // 10 s of 10 a second, and a fifth of 200 calls
		{"permits.yaml", "budget-aws", 100},
		{"permits.yaml", "budget-grpc", 4},
		{"permits.yaml", "budget-finagle", 140},
		{"permits.yaml", "budget-finagle-no-reserve", 40},
		{"permits.yaml", "budget-token-bucket", 10},
		{"permits.yaml", "budget-token-bucket-by-cost", 10},
		{"permits.yaml", "budget-in-flight", 200}, // all sleep first
		{"permits.yaml", "budget-in-flight-early", 51},
		{"permits.yaml", "failsafe-go-budget", 51}, // 50/250 is a fifth
	} {
		l := layer(t, row.file, row.name, 0)
		calls := make([]load.Call, 200)
		for i := range calls {
			calls[i].Slot, calls[i].Epoch, calls[i].Tokens.Input = int32(i), 1, 100
			l.Account().Take(0, &calls[i])
		}
		granted, rng := 0, rand.New(dice(1<<52))
		for i := range calls {
			c := &calls[i]
			l.Account().Done(0, c, bare.attempt())
			c.Layers[0].Failures++
			if _, again := l.Next(0, c, &c.Layers[0], bare.attempt(), rng); again {
				granted++
			}
		}
		if granted != row.want {
			t.Errorf("%s: %d of 200 retries, want %d", row.name, granted, row.want)
		}
	}
}
