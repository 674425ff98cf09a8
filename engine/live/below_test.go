package live

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"ratecliff/load"
	"ratecliff/metrics"
)

// stubborn is a client of others: it asks up to tries times, a second apart, and
// then hides the last answer in an error or passes it on.
type stubborn struct {
	next  http.RoundTripper
	tries int
	hides bool
}

func (s stubborn) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	for n := 1; ; n++ {
		req.Body = io.NopCloser(bytes.NewReader(body))
		resp, err := s.next.RoundTrip(req)
		if err == nil && resp.StatusCode == http.StatusOK {
			return resp, nil
		}
		if n == s.tries {
			if s.hides && err == nil {
				resp.Body.Close()
				return nil, errors.New("gave up")
			}
			return resp, err
		}
		if err == nil {
			resp.Body.Close()
		}
		select {
		case <-time.After(second):
		case <-req.Context().Done():
			return nil, req.Context().Err()
		}
	}
}

const refusal = `{"type":"error","error":{"type":"rate_limit_error","message":"This request would exceed your organization's rate limit of 5 requests per minute"}}`

// refuseFirst answers n times with 429 and then OK.
func refuseFirst(n int64, attempts *[]string) http.HandlerFunc {
	var seen atomic.Int64
	return func(w http.ResponseWriter, r *http.Request) {
		*attempts = append(*attempts, r.Header.Get("Ratecliff-Attempt"))
		if seen.Add(1) > n {
			answerOK(w, r)
			return
		}
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = io.WriteString(w, refusal)
	}
}

// wrapped runs one call through a stubborn client around the service.
func wrapped(t *testing.T, handler http.HandlerFunc, client stubborn, make func(*testing.T) *session) *session {
	t.Helper()
	var s *session
	serve(t, handler, func(t *testing.T, rt *http.Transport) {
		s = make(t)
		s.Transport, s.Target.Hints = rt, true
		s.Wrap = func(next http.RoundTripper) http.RoundTripper {
			client.next = next
			return client
		}
		s.run(t.Context(), t)
	})
	return s
}

func one(t *testing.T) *session { return newSession(t, burst(1), second, plain) }

func values(s *session) map[string]metrics.Value { return s.Recorder.Snapshot(s.out.End).Values() }

func TestRequestsBelowAnAttemptAreCounted(t *testing.T) {
	t.Parallel()
	var attempts []string
	s := wrapped(t, refuseFirst(2, &attempts), stubborn{tries: 5}, one)
	r := s.results[0]
	if r.Outcome != load.OK || r.Attempts != 3 || r.Last.Unseen != 2 || s.out.Sent != 3 {
		t.Errorf("%v after %d attempts, %d of them unseen, %d sent", r.Outcome, r.Attempts, r.Last.Unseen, s.out.Sent)
	}
	if r.Last.Started != 2*second || r.Finished != 2*second {
		t.Errorf("last started %v, finished %v; the client sleeps 1 s twice", r.Last.Started, r.Finished)
	}
	v := values(s)
	if v["amplification"].V != 3 || v["refused_ratio"].V != 2./3 {
		t.Errorf("amplification %v, refused %v", v["amplification"].V, v["refused_ratio"].V)
	}
	if len(attempts) != 3 || attempts[0] != "1" || attempts[1] != "2" || attempts[2] != "3" {
		t.Errorf("attempt numbers on the wire: %v", attempts)
	}
}

// What a client gives up on is what the service last said, told or hidden.
func TestAClientThatGivesUp(t *testing.T) {
	t.Parallel()
	for _, hides := range []bool{false, true} {
		var attempts []string
		s := wrapped(t, refuseFirst(99, &attempts), stubborn{tries: 3, hides: hides}, one)
		r := s.results[0]
		if r.Outcome != load.Lost || r.Last.Response.Outcome != load.Throttled || r.Last.Response.Dimension != load.RPM {
			t.Errorf("hides %v: %v after %+v", hides, r.Outcome, r.Last.Response)
		}
		if v := values(s); v["refused_ratio"].V != 1 || r.Attempts != 3 || len(attempts) != 3 {
			t.Errorf("hides %v: refused %v of %d attempts, %d on the wire", hides, v["refused_ratio"].V, r.Attempts, len(attempts))
		}
	}
}

// A deadline that passes while the client sleeps ends its sleep; nothing that
// was not sent is counted.
func TestADeadlineEndsTheSleepOfAClient(t *testing.T) {
	t.Parallel()
	var attempts []string
	s := wrapped(t, refuseFirst(99, &attempts), stubborn{tries: 50}, func(t *testing.T) *session {
		c := burst(1)
		c.Deadline = 2500 * time.Millisecond
		return newSession(t, c, second, plain)
	})
	r := s.results[0]
	if r.Attempts != 3 || len(attempts) != 3 || r.Finished != 2500*time.Millisecond {
		t.Errorf("%d attempts, %d on the wire, finished %v", r.Attempts, len(attempts), r.Finished)
	}
	if v := values(s); v["refused_ratio"].V != 1 {
		t.Errorf("refused %v", v["refused_ratio"].V)
	}
}

// A retry layer outside goes on where the client stopped, and numbers go on.
func TestALayerAroundAClient(t *testing.T) {
	t.Parallel()
	var attempts []string
	s := wrapped(t, refuseFirst(5, &attempts), stubborn{tries: 2}, func(t *testing.T) *session {
		return newSession(t, burst(1), second, retrying(5))
	})
	r := s.results[0]
	if r.Outcome != load.OK || r.Attempts != 6 || len(attempts) != 6 {
		t.Errorf("%v after %d attempts, %v on the wire", r.Outcome, r.Attempts, attempts)
	}
	for i, n := range attempts {
		if n != string(rune('1'+i)) {
			t.Errorf("attempt %d on the wire is called %s", i+1, n)
		}
	}
}

func TestAClientSleepsOnTheWallClock(t *testing.T) {
	t.Parallel()
	s := newSession(t, burst(1), second, plain)
	s.Compress = 20
	s.Wrap = func(rt http.RoundTripper) http.RoundTripper { return rt }
	if _, err := Run(t.Context(), s.Config); err == nil {
		t.Error("a client of others ran on a clock it cannot follow")
	}
}

// A run that is stopped wakes a client from its sleep, and lets none send again.
func TestAStopEndsTheSleepOfAClient(t *testing.T) {
	t.Parallel()
	for _, sleeps := range []bool{true, false} {
		var attempts []string
		s := wrapped(t, func(w http.ResponseWriter, r *http.Request) {
			if !sleeps {
				time.Sleep(5 * second) // the stop comes while the third answer is awaited
			}
			refuseFirst(99, &attempts)(w, r)
		}, stubborn{tries: 50}, func(t *testing.T) *session {
			s := one(t)
			s.Horizon = 2500 * time.Millisecond
			if !sleeps {
				s.Horizon = 14 * second
			}
			return s
		})
		r := s.results[0]
		if len(attempts) != 3 || r.Attempts != 3 || r.Outcome != load.Unfinished {
			t.Errorf("sleeps %v: %v after %d attempts, %d on the wire", sleeps, r.Outcome, r.Attempts, len(attempts))
		}
		if limit := 3 * second; sleeps && s.wall > limit || !sleeps && s.wall > 18*second {
			t.Errorf("sleeps %v: the run ended after %v", sleeps, s.wall)
		}
	}
}
