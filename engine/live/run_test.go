package live

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"ratecliff/engine"
	"ratecliff/load"
)

// stall answers at once, but for what arrives in the second before 6 s, which
// it holds until then; at most limit of them at once ever get so far.
func stall(start time.Time) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if at := time.Since(start); at >= 5*second && at < 6*second {
			time.Sleep(6*second - at)
		}
		answerOK(w, r)
	}
}

func quantile(v []time.Duration, q float64) time.Duration {
	slices.Sort(v)
	return v[min(int(q*float64(len(v))), len(v)-1)]
}

// TestStallIsSeenFromTheSchedule: 200/s for 10 s at a service that stands still
// once for 1 s. 10 % of the arrivals fall into the stall and wait 500 ms on
// average, so the true p95 of the response time is 500 ms and p99 900 ms, whether
// or not there was a connection free to wait on. Service time tells another
// story where the ceiling holds attempts back.
func TestStallIsSeenFromTheSchedule(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name                     string
		ceiling                  int
		p95, p99, max            time.Duration
		service95                time.Duration // at most
		peak                     int
		lateOver, lateOverAtMost int // results that started more than 100 ms late
	}{
		{"room for all", 1000, 500 * time.Millisecond, 900 * time.Millisecond, second, 500 * time.Millisecond, 200, 0, 0},
		{"ceiling of 10", 10, 500 * time.Millisecond, 900 * time.Millisecond, second, 0, 10, 165, 185},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var start atomic.Pointer[time.Time]
			handler := func(w http.ResponseWriter, r *http.Request) { stall(*start.Load())(w, r) }
			serve(t, handler, func(t *testing.T, rt *http.Transport) {
				s := newSession(t, class(load.Process{Kind: load.Constant, Rate: 200}), 10*second, plain)
				s.Transport, s.MaxInFlight = rt, tt.ceiling
				now := time.Now()
				start.Store(&now)
				s.run(t.Context(), t)
				var response, service []time.Duration
				late := 0
				for _, r := range s.results {
					response = append(response, r.ResponseTime())
					service = append(service, r.Last.Done-r.Last.Started)
					if r.Last.Started-r.Arrival.Due > 100*time.Millisecond {
						late++
					}
				}
				if len(response) != 2000 || s.out.Results[load.OK] != 2000 || s.out.Arrived != 2000 {
					t.Fatalf("%d results, outcome %+v, want 2000 successes", len(response), s.out)
				}
				within(t, "response p95", quantile(response, .95), tt.p95)
				within(t, "response p99", quantile(response, .99), tt.p99)
				within(t, "response max", quantile(response, 1), tt.max)
				if got := quantile(service, .95); got > tt.service95+5*time.Millisecond {
					t.Errorf("service p95 = %v, want at most %v", got, tt.service95)
				}
				if s.out.Peak.InFlight != tt.peak {
					t.Errorf("peak in flight = %d, want %d", s.out.Peak.InFlight, tt.peak)
				}
				if late < tt.lateOver || late > tt.lateOverAtMost {
					t.Errorf("%d attempts started late, want %d to %d", late, tt.lateOver, tt.lateOverAtMost)
				}
				recorded := s.Recorder.Snapshot(s.out.End).Values()["response_time_ms.p99"]
				within(t, "recorded p99", time.Duration(recorded.V*float64(time.Millisecond)), tt.p99)
			})
		})
	}
}

// within fails unless got is within 3 % of want.
func within(t *testing.T, what string, got, want time.Duration) {
	t.Helper()
	if got < want*97/100 || got > want*103/100 {
		t.Errorf("%s = %v, want %v within 3 %%", what, got, want)
	}
}

// TestInterrupt stops a run of 10/s after 2.05 s, 21 arrivals in, with answers
// that take a while.
func TestInterrupt(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name       string
		takes      time.Duration
		ok, cut    int64
		unfinished int64
		end        time.Duration
	}{
		{"all answered", 50 * time.Millisecond, 21, 0, 0, 2050 * time.Millisecond},
		{"in the grace", 4 * second, 21, 0, 0, 6 * second},
		{"some in the grace", 6 * second, 11, 10, 10, 7050 * time.Millisecond},
		{"none", time.Hour, 0, 21, 21, 7050 * time.Millisecond},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			serve(t, slowly(tt.takes), func(t *testing.T, rt *http.Transport) {
				s := newSession(t, class(load.Process{Kind: load.Constant, Rate: 10}), time.Hour, plain)
				s.Transport, s.Grace = rt, 5*second
				ctx, cancel := context.WithTimeout(t.Context(), 2050*time.Millisecond)
				defer cancel()
				s.run(ctx, t)
				got := s.out
				if !got.Partial || got.Arrived != 21 || got.Results[load.OK] != tt.ok ||
					got.Results[load.Unfinished] != tt.unfinished || got.Cut != tt.cut || got.End != tt.end {
					t.Errorf("got %+v, want %+v", got, tt)
				}
			})
		})
	}
}

// TestStopLetsNothingOut: calls asleep between attempts and attempts held back
// end with the run and are never sent.
func TestStopLetsNothingOut(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	handler := func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		slowly(second)(w, r)
	}
	serve(t, handler, func(t *testing.T, rt *http.Transport) {
		s := newSession(t, burst(5), second, plain)
		s.Transport, s.MaxInFlight, s.Horizon = rt, 2, 1500*time.Millisecond
		s.run(t.Context(), t)
		if asked.Load() != 4 || s.out.Results[load.OK] != 4 || s.out.Results[load.Unfinished] != 1 || s.out.Partial {
			t.Errorf("%d requests, outcome %+v, want 4 requests and 1 unfinished", asked.Load(), s.out)
		}
	})
}

// TestReplay: what was recorded of a run over HTTP, fed to a fresh engine,
// decides the same.
func TestReplay(t *testing.T) {
	t.Parallel()
	var n atomic.Int64
	handler := func(w http.ResponseWriter, r *http.Request) {
		if n.Add(1)%3 == 0 {
			w.Header().Set("retry-after", "2")
			w.WriteHeader(http.StatusTooManyRequests)
			_, _ = io.WriteString(w, limited)
			return
		}
		slowly(300*time.Millisecond)(w, r)
	}
	serve(t, handler, func(t *testing.T, rt *http.Transport) {
		c := class(load.Process{Kind: load.Poisson, Rate: 20})
		c.Deadline = 4 * second
		s := newSession(t, c, 10*second, retrying(3))
		var buf bytes.Buffer
		log := engine.NewLog(&buf)
		s.Transport, s.Tap = rt, log.Tap
		s.run(t.Context(), t)
		if log.Err() != nil {
			t.Fatal(log.Err())
		}
		replayed, err := engine.Replay(&buf, engine.New(engine.Config{Seed: 7, Stack: retrying(3)}))
		if err != nil {
			t.Fatal(err)
		}
		if replayed != s.out.Digest || replayed.Count() < 400 {
			t.Errorf("replay %v, run %v", replayed, s.out.Digest)
		}
	})
}

// TestCeiling: nothing is dropped silently, and what waited counts from when it
// was due.
func TestCeiling(t *testing.T) {
	t.Parallel()
	serve(t, slowly(second), func(t *testing.T, rt *http.Transport) {
		c := burst(6)
		c.Deadline = 1500 * time.Millisecond
		s := newSession(t, c, second, plain)
		s.Transport, s.MaxInFlight, s.MaxBacklog = rt, 1, 3
		s.run(t.Context(), t)
		// 1 is served, 1 follows and misses its deadline on the way, 2 expire in
		// the backlog, 2 find it full.
		got := s.out
		if got.Sent != 2 || got.Dropped != 2 || got.Expired != 2 || got.Peak != (Peak{InFlight: 1, Backlog: 3}) {
			t.Errorf("got %+v, want 2 sent, 2 dropped, 2 expired, a peak of 1 and 3", got)
		}
		if got.Results[load.OK] != 1 || len(s.results) != 6 {
			t.Errorf("results %v, want 1 success of 6", got.Results)
		}
		for _, r := range s.results {
			switch why := r.Last.Response.ErrorType; why {
			case ClientBacklog, ClientExpired, ClientDeadline, "":
			default:
				t.Errorf("an attempt ended by %q", why)
			}
		}
	})
}

// TestCompress: a run ten times as fast takes a tenth of the time and gives the
// same figures.
func TestCompress(t *testing.T) {
	t.Parallel()
	handler := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("retry-after-ms", "500")
		if r.Header.Get("ratecliff-attempt") == "1" {
			w.WriteHeader(http.StatusTooManyRequests)
			_, _ = io.WriteString(w, limited)
			return
		}
		slowly(100*time.Millisecond)(w, r)
	}
	serve(t, handler, func(t *testing.T, rt *http.Transport) {
		s := newSession(t, class(load.Process{Kind: load.Constant, Rate: 1}), 10*second, retrying(1))
		s.Transport, s.Compress, s.Target.Hints = rt, 10, true
		s.run(t.Context(), t)
		for _, r := range s.results {
			within(t, "response", r.ResponseTime(), 6*second)
			within(t, "backoff", r.Backoff, 5*second)
			within(t, "service", r.Last.Done-r.Last.Started, second)
		}
		within(t, "wall", s.wall, 1500*time.Millisecond)
		if len(s.results) != 10 || s.out.Results[load.OK] != 10 {
			t.Errorf("outcome %+v, want 10 successes", s.out)
		}
	})
}

// TestProgress: a copy at most four times a second, and one at the end.
func TestProgress(t *testing.T) {
	t.Parallel()
	handler := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("anthropic-ratelimit-requests-limit", "50")
		w.Header().Set("anthropic-ratelimit-requests-remaining", "49")
		if r.Header.Get("ratecliff-attempt") == "1" {
			w.WriteHeader(http.StatusTooManyRequests)
			_, _ = io.WriteString(w, limited)
			return
		}
		slowly(150*time.Millisecond)(w, r)
	}
	serve(t, handler, func(t *testing.T, rt *http.Transport) {
		s := newSession(t, class(load.Process{Kind: load.Constant, Rate: 100}), 2*second, retrying(1))
		var seen []Status
		s.Transport, s.Target.Hints = rt, true
		s.Progress = func(now Status) { seen = append(seen, now) }
		s.run(t.Context(), t)
		for i := 1; i < len(seen)-1; i++ {
			if gap := seen[i].Elapsed - seen[i-1].Elapsed; gap < reportEvery {
				t.Errorf("report %d came %v after the last", i, gap)
			}
		}
		if len(seen) < 8 || len(seen) > 11 {
			t.Errorf("%d reports in 2.3 s", len(seen))
		}
		mid, last := seen[3], seen[len(seen)-1]
		if mid.InFlight+mid.Sleeping == 0 || mid.Arrived <= mid.Succeeded {
			t.Errorf("under way: %+v, want something under way", mid)
		}
		want := Status{Elapsed: last.Elapsed, Arrived: 200, Succeeded: 200, Remaining: last.Remaining}
		want.Refused[load.ITPM] = 200
		if last != want || last.Remaining.At(load.RPM).Remaining != 49 {
			t.Errorf("at the end: %+v, want %+v", last, want)
		}
	})
}

// gateForever never grants and never says when to ask again.
type gateForever struct{}

func (gateForever) Ready(time.Duration, *load.Call) load.Permit {
	return load.Permit{State: load.WaitEvent, By: "test"}
}
func (gateForever) Take(time.Duration, *load.Call)                {}
func (gateForever) Done(time.Duration, *load.Call, *load.Attempt) {}

func TestStrategyThatHoldsForEverEndsTheRun(t *testing.T) {
	t.Parallel()
	serve(t, answerOK, func(t *testing.T, rt *http.Transport) {
		s := newSession(t, burst(3), second, func(int) engine.Stack {
			st := plain(0)
			st.Gates = []engine.HeldGate{{Gate: gateForever{}}}
			return st
		})
		s.Transport = rt
		s.run(t.Context(), t)
		if s.out.Results[load.Unfinished] != 3 || s.out.Sent != 0 || s.out.Partial {
			t.Errorf("outcome %+v, want 3 unfinished, none sent", s.out)
		}
	})
}

// TestRequest: what goes over the wire.
func TestRequest(t *testing.T) {
	t.Parallel()
	for _, hints := range []bool{false, true} {
		var head http.Header
		var body string
		handler := func(w http.ResponseWriter, r *http.Request) {
			b, _ := io.ReadAll(r.Body)
			head, body = r.Header.Clone(), string(b)
			if r.URL.Path != "/v1/messages" || r.ContentLength != int64(len(b)) {
				t.Errorf("asked %s with %d bytes announced, %d sent", r.URL, r.ContentLength, len(b))
			}
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, message)
		}
		serve(t, handler, func(t *testing.T, rt *http.Transport) {
			c := burst(1)
			c.Input = load.Dist{Kind: "fixed", Value: 5000}
			s := newSession(t, c, second, plain)
			s.Transport, s.Target.Hints = rt, hints
			s.Target.Headers = http.Header{"Anthropic-Beta": {"x"}}
			s.run(t.Context(), t)
		})
		want := map[string]string{
			"X-Api-Key": "sk-test", "Anthropic-Version": "2023-06-01", "Content-Type": "application/json", "Anthropic-Beta": "x",
			"Ratecliff-Tokens": "", "Ratecliff-Attempt": "", "Ratecliff-Key": "", "Accept-Encoding": "",
		}
		if hints {
			want["Ratecliff-Tokens"], want["Ratecliff-Attempt"], want["Ratecliff-Key"] = "input=5000,cache_write=0,cache_read=0,output=20", "1", "0"
		}
		for name, value := range want {
			if got := head.Get(name); got != value {
				t.Errorf("hints %v: %s = %q, want %q", hints, name, got, value)
			}
		}
		if small := len(body) < 400; small != hints || !strings.Contains(body, `"model":"claude-test"`) {
			t.Errorf("hints %v: body of %d bytes", hints, len(body))
		}
	}
}
