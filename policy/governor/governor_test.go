package governor

import (
	"math"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ratecliff/load"
)

// server is a random one: a bucket for requests and one for input tokens, that may
// or may not speak of them.
type server struct {
	requests, input   policer
	limit, inputLimit int64
	headers, names    bool
	wait              time.Duration // retry-after; 0 is none
}

func (v *server) serve(now time.Duration, tokens float64) load.Response {
	for _, p := range []*policer{&v.requests, &v.input} {
		p.level = min(p.holds, p.level+p.rate*(now-p.at).Seconds())
		p.at = now
	}
	r := ok()
	r.Usage.Input = int64(tokens)
	switch {
	case v.requests.level < 1:
		r = refusal(load.RPM)
	case v.input.level < tokens:
		r = refusal(load.ITPM)
	default:
		v.requests.level--
		v.input.level -= tokens
	}
	if r.Outcome == load.Throttled {
		if !v.names {
			r.Dimension = load.NoDimension
		}
		r.HasRetryAfter, r.RetryAfter = v.wait > 0, v.wait
	}
	if v.headers {
		full := func(p *policer) time.Duration {
			return now + time.Duration((p.holds-p.level)/p.rate*1e9)
		}
		r = says(r, load.RPM, v.limit, int64(v.requests.level), full(&v.requests))
		r = says(r, load.ITPM, v.inputLimit, (int64(v.input.level)+500)/1000*1000, full(&v.input))
	}
	return r
}

func drawServer(t *rapid.T) *server {
	limit := rapid.Int64Range(6, 6000).Draw(t, "limit")
	input := limit * rapid.Int64Range(200, 20_000).Draw(t, "tokens per request")
	share := rapid.Float64Range(0.05, 1).Draw(t, "burst")
	bucket := func(limit int64, least float64) policer {
		holds := max(least, share*float64(limit))
		return policer{rate: float64(limit) / 60, holds: holds, level: holds}
	}
	return &server{
		requests: bucket(limit, 1), input: bucket(input, 4000), limit: limit, inputLimit: input,
		headers: rapid.Bool().Draw(t, "headers"), names: rapid.Bool().Draw(t, "names"),
		wait: time.Duration(rapid.IntRange(0, 5).Draw(t, "retry-after")) * s,
	}
}

// flight is an answer under way.
type flight struct {
	at       time.Duration
	slot     int32
	call     *load.Call
	response load.Response
}

// Whatever the server: nobody waits for ever, what a governor says of an instant
// is true at that instant, asking changes nothing, and no number gets lost.
func TestEveryKindServesEverybody(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		cfg := Config{Kind: rapid.SampledFrom(kinds()).Draw(t, "kind")}
		if cfg.Kind == Headers && rapid.Bool().Draw(t, "fixed") {
			cfg.Semantics = FixedReset
		}
		if cfg.Kind == Pause {
			cfg.RetryAfter = rapid.Bool().Draw(t, "obey")
			cfg.Release = rapid.SampledFrom([]Release{"", All, OneByOne}).Draw(t, "release")
		}
		v, g := drawServer(t), New(cfg)
		var flying []flight
		now, served, slot, asked := time.Duration(0), 0, int32(0), 0
		for served < 40 {
			if asked++; asked > 200_000 || now > 48*time.Hour {
				t.Fatalf("%+v: %d served by %v after %d questions", cfg, served, now, asked)
			}
			c := call(slot % 64)
			c.Tokens.Input = 500 + int64(slot%7)*500
			first := g.Ready(now, c)
			if second := g.Ready(now, c); first != second {
				t.Fatalf("another answer: %+v, %+v", first, second)
			}
			next := load.Never
			for _, f := range flying {
				next = min(next, f.at)
			}
			if first.State == load.Granted && len(flying) < 64 {
				g.Take(now, c)
				answer := v.serve(now, float64(c.Tokens.Input))
				takes := 2 * s
				if answer.Outcome != load.OK {
					takes = 50 * ms
				}
				flying = append(flying, flight{now + takes, slot % 64, c, answer})
				slot++
				continue
			}
			if first.State == load.WaitUntil && first.At <= next {
				if first.At <= now {
					t.Fatalf("at %v asks to be asked at %v", now, first.At)
				}
				now = first.At
				if again := g.Ready(now, c); again.State != load.Granted {
					t.Fatalf("%v came, and now %+v", now, again)
				}
				continue
			}
			if next == load.Never {
				t.Fatalf("%+v waits for an answer that nobody gives", cfg)
			}
			now = next
			for i := 0; i < len(flying); i++ {
				if f := flying[i]; f.at <= now {
					flying = append(flying[:i], flying[i+1:]...)
					i--
					g.Done(now, f.call, &load.Attempt{Response: f.response})
					if f.response.Outcome == load.OK {
						served++
					}
				}
			}
		}
		finite(t, reflect.ValueOf(g.of(call(0)).controller).Elem())
	})
}

// finite fails on a number that got lost.
func finite(t *rapid.T, v reflect.Value) {
	switch v.Kind() {
	case reflect.Float64:
		if f := v.Float(); math.IsNaN(f) || math.IsInf(f, 0) {
			t.Fatal("NaN or infinite")
		}
	case reflect.Struct:
		for i := range v.NumField() {
			finite(t, v.Field(i))
		}
	case reflect.Array:
		for i := range v.Len() {
			finite(t, v.Index(i))
		}
	case reflect.Pointer:
		if !v.IsNil() && v.Type() != reflect.TypeFor[*Config]() {
			finite(t, v.Elem())
		}
	}
}

func TestNothingIsAllocated(t *testing.T) {
	for _, kind := range kinds() {
		g := New(Config{Kind: kind})
		now, c := time.Duration(0), call(1)
		good := &load.Attempt{Response: says(says(ok(), load.RPM, 60, 30, 30*s), load.ITPM, 60_000, 30_000, 30*s)}
		bad := &load.Attempt{Response: retryAfter(load.ITPM, s)}
		turn := 0
		if n := testing.AllocsPerRun(500, func() {
			turn++
			now += time.Minute
			g.Ready(now, c)
			g.Take(now, c)
			if turn%5 == 0 {
				g.Done(now, c, bad)
			} else {
				g.Done(now, c, good)
			}
		}); n > 0 {
			t.Errorf("%s: %v allocations", kind, n)
		}
	}
}

func TestModelsAndKeysApart(t *testing.T) {
	t.Parallel()
	for _, perKey := range []bool{false, true} {
		g := New(Config{Kind: AIMD, Start: 1, PerKey: perKey})
		c := call(1)
		g.Take(0, c)
		if g.Ready(0, c).State != load.WaitUntil {
			t.Error("one a second lets two go")
		}
		c.Target.Key = 1
		if got := g.Ready(0, c).State == load.Granted; got != perKey {
			t.Errorf("per_key %v: another key may go: %v", perKey, got)
		}
		c.Target = load.Target{Model: "another"}
		if g.Ready(0, c).State != load.Granted {
			t.Error("another model waits too")
		}
	}
}
