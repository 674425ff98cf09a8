package limiter_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ratecliff/load"
	"ratecliff/policy/limiter"
)

// pass offers calls to a window one after the other at the instants given and
// counts those that went at once.
func pass(w *limiter.Window, calls int, at time.Duration) (passed int) {
	c := &load.Call{Arrival: load.Arrival{Tokens: load.Tokens{Input: 900}, MaxTokens: 100}}
	for range calls {
		if w.Ready(at, c).State == load.Granted {
			w.Take(at, c)
			passed++
		}
	}
	return passed
}

// A fixed window lets its whole allowance through just before its edge and again
// just after: twice the limit within two seconds.
func TestTwiceTheLimitAcrossTheEdge(t *testing.T) {
	t.Parallel()
	w := limiter.NewWindow(limiter.WindowConfig{Tokens: 20_000, Estimate: 1000})
	before := pass(w, 100, 59*time.Second)
	after := pass(w, 100, 60*time.Second)
	if tokens := (before + after) * 1000; tokens != 40_000 {
		t.Errorf("%d tokens between 59 s and 60 s, want 40,000 of 20,000 a minute", tokens)
	}
	if late := pass(w, 100, 119*time.Second); late != 0 {
		t.Errorf("%d more calls in the second window, want none", late)
	}
}

// The first call that finds either window full stops the limiter for ever.
func TestDeadlock(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]limiter.WindowConfig{
		"requests": {Requests: 5, Deadlock: true},
		"tokens":   {Tokens: 5000, Estimate: 1000, Deadlock: true},
		"own size": {Tokens: 5999, Deadlock: true},
	} {
		w := limiter.NewWindow(cfg)
		if n := pass(w, 5, 0); n != 5 || w.Stuck() {
			t.Errorf("%s: %d calls passed, stuck %v; want 5 and not yet", name, n, w.Stuck())
		}
		if n := pass(w, 1, time.Second); n != 0 || !w.Stuck() {
			t.Errorf("%s: the sixth call: %d passed, stuck %v", name, n, w.Stuck())
		}
		if n := pass(w, 5, 24*time.Hour); n != 0 {
			t.Errorf("%s: %d passed a day later, want none", name, n)
		}
		cfg.Deadlock = false
		w = limiter.NewWindow(cfg)
		if n := pass(w, 6, 0) + pass(w, 6, time.Minute); n != 10 {
			t.Errorf("%s, mended: %d calls in a minute and an instant, want 10", name, n)
		}
	}
}

func TestOversizeCalls(t *testing.T) {
	t.Parallel()
	c := &load.Call{Arrival: load.Arrival{MaxTokens: 2000}}
	w := limiter.NewWindow(limiter.WindowConfig{Tokens: 1999})
	if p := w.Ready(0, c); p.State != load.Refused {
		t.Errorf("larger than the window: %v, want refused", p)
	}
	w = limiter.NewWindow(limiter.WindowConfig{Tokens: 1999, Deadlock: true})
	if p := w.Ready(0, c); p.State != load.WaitEvent || !w.Stuck() {
		t.Errorf("larger than the window that can deadlock: %v", p)
	}
}

func TestWindowSettles(t *testing.T) {
	t.Parallel()
	used := &load.Attempt{Response: load.Response{Outcome: load.OK, Usage: load.Tokens{Input: 100, Output: 100}}}
	for _, settle := range []bool{false, true} {
		w := limiter.NewWindow(limiter.WindowConfig{Tokens: 2000, Estimate: 1000, Settle: settle})
		for slot := range int32(2) {
			c := &load.Call{Slot: slot}
			w.Take(0, c)
			w.Done(time.Second, c, used)
		}
		want := 0
		if settle {
			want = 1
		}
		if n := pass(w, 5, 2*time.Second); n != want {
			t.Errorf("settle %v: %d more calls, want %d", settle, n, want)
		}
	}
}

// What a call of the last window used is nothing to the next one.
func TestSettlingAcrossTheEdge(t *testing.T) {
	t.Parallel()
	w := limiter.NewWindow(limiter.WindowConfig{Tokens: 2000, Estimate: 1000, Settle: true})
	late, next := &load.Call{Slot: 1}, &load.Call{Slot: 2}
	w.Take(0, late)
	w.Take(time.Minute, next)
	w.Done(time.Minute, late, &load.Attempt{})
	if n := pass(w, 5, time.Minute); n != 1 {
		t.Errorf("%d more calls, want 1", n)
	}
}

// Whatever comes, no Length holds more than Requests requests, and a call told
// to wait until an instant goes at that instant.
func TestSlidingLog(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.IntRange(1, 6).Draw(t, "requests")
		w := limiter.NewWindow(limiter.WindowConfig{Requests: limit, Length: 10 * time.Second})
		now := time.Duration(0)
		var went []time.Duration
		for range rapid.IntRange(1, 60).Draw(t, "calls") {
			now += time.Duration(rapid.IntRange(0, 4000).Draw(t, "gap ms")) * time.Millisecond
			c := &load.Call{}
			if p := w.Ready(now, c); p.State == load.WaitUntil {
				if w.Ready(p.At-1, c).State == load.Granted || p.At <= now {
					t.Fatalf("told to wait until %v at %v", p.At, now)
				}
				now = p.At
			}
			if p := w.Ready(now, c); p.State != load.Granted {
				t.Fatalf("at %v: %v", now, p)
			}
			w.Take(now, c)
			went = append(went, now)
		}
		for i := limit; i < len(went); i++ {
			if went[i]-went[i-limit] < 10*time.Second {
				t.Fatalf("%d requests within %v: %v", limit+1, went[i]-went[i-limit], went)
			}
		}
	})
}

func TestValidateWindow(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		cfg  limiter.WindowConfig
		want []string
	}{
		{limiter.WindowConfig{}, []string{"requests"}},
		{limiter.WindowConfig{Requests: 50, Tokens: 20_000, Estimate: 1500, Around: 4}, nil},
		{limiter.WindowConfig{Requests: -1, Tokens: -1, Length: -1, Estimate: -1, Around: 5}, []string{"requests", "tokens", "length", "estimate", "around"}},
		{limiter.WindowConfig{Requests: 1, Estimate: 1, Settle: true}, []string{"estimate", "settle"}},
		{limiter.WindowConfig{Tokens: 1000, Estimate: 1001}, []string{"estimate"}},
	} {
		var got []string
		for _, p := range row.cfg.Validate() {
			got = append(got, p.Path)
		}
		if !slices.Equal(got, row.want) {
			t.Errorf("%+v: problems at %v, want %v", row.cfg, got, row.want)
		}
	}
}

// A call that polls looks at its own multiples only, and after its patience is
// over its attempt fails.
func TestPollAndTimeout(t *testing.T) {
	t.Parallel()
	const ms = time.Millisecond
	cfg := limiter.Config{RPM: 60, Burst: 1, Poll: 300 * ms, Timeout: 2 * time.Second}
	l := limiter.New(cfg, nil)
	c := &load.Call{Ready: 100 * ms}
	if p := l.Ready(100*ms, c); p.State != load.Granted {
		t.Fatalf("a full bucket: %v", p)
	}
	l.Take(100*ms, c)
	if p := l.Ready(100*ms, c); p.State != load.WaitUntil || p.At != 1300*ms {
		t.Errorf("room at 1.1 s, looks at 0.1 + k·0.3 s: %+v, want 1.3 s", p)
	}
	if p := l.Ready(1200*ms, c); p.State != load.WaitUntil || p.At != 1300*ms {
		t.Errorf("room, but between two looks: %+v, want 1.3 s", p)
	}
	if p := l.Ready(1300*ms, c); p.State != load.Granted {
		t.Errorf("at a look: %+v", p)
	}
	l.Take(1300*ms, c)
	l.Take(1300*ms, c)
	if p := l.Ready(1400*ms, c); p.State != load.WaitUntil || p.At != 2100*ms {
		t.Errorf("room after its patience: %+v, want to be asked at 2.1 s", p)
	}
	if p := l.Ready(2100*ms, c); p.State != load.Refused || p.By != "limiter.timeout" {
		t.Errorf("after its patience: %+v", p)
	}
}
