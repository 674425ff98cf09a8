package live

import (
	"io"
	"math"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"ratecliff/engine"
	"ratecliff/engine/sim"
	"ratecliff/load"
	"ratecliff/mockserver"
	"ratecliff/mockserver/model"
)

// late sends one further copy after a while.
type late time.Duration

func (h late) Sent(_ time.Duration, c *load.Call) (time.Duration, bool) {
	return time.Duration(h), c.Copy == 0
}
func (late) Allow(time.Duration, *load.Call) bool             { return true }
func (late) Observe(time.Duration, *load.Call, *load.Attempt) {}
func (h late) engine() *engine.Engine                         { return engine.New(h.config()) }
func (h late) config() engine.Config                          { return engine.Config{Seed: 7, Stack: h.stack} }

func (h late) stack(int) engine.Stack {
	s := retrying(6)(0)
	s.Hedge = h
	return s
}

// Over HTTP as many copies are sent as in virtual time, they win and are given up
// as often, and they cost as much, as far as a client can tell.
func TestHedgingParity(t *testing.T) {
	t.Parallel()
	server := model.Config{RPM: 900, Burst: 60, Latency: model.Latency{
		TTFT: load.Dist{Kind: "mixture", Parts: []load.Part{
			{Weight: 0.9, Dist: load.Dist{Kind: "uniform", Low: 0.2, High: 0.9}},
			{Weight: 0.1, Dist: load.Dist{Kind: "uniform", Low: 20, High: 40}},
		}},
		TokensPerSecond: load.FixedDist(100), Refusal: load.FixedDist(0.05),
	}}
	c := class(load.Process{Kind: load.Poisson, Rate: 10})
	c.Input, c.Output = load.Dist{Kind: "uniform", Low: 50, High: 250}, load.Dist{Kind: "uniform", Low: 20, High: 300}
	c.Stream, c.MaxTokens = true, 400
	hedger := late(3 * second)
	simulated := newSession(t, c, time.Minute, nil)
	m, err := model.New(server, 7)
	if err != nil {
		t.Fatal(err)
	}
	end := sim.Run(sim.Config{Engine: hedger.engine(), Stream: simulated.Stream, Server: m, Recorder: simulated.Recorder}).End
	want := simulated.Recorder.Snapshot(end)
	synctest.Test(t, func(t *testing.T) {
		srv, err := mockserver.New(mockserver.Config{Model: server, Seed: 7, TrustHints: true, WriteEvery: time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		s := newSession(t, c, time.Minute, nil)
		s.Engine, s.Transport, s.Target.Hints = hedger.engine(), srv.RoundTripper(), true
		s.run(t.Context(), t)
		got := s.Recorder.Snapshot(s.out.End)
		if got.Attempts.Answered != want.Attempts.Answered || got.Classes[0].Finished != want.Classes[0].Finished {
			t.Errorf("over HTTP %v and %v, in virtual time %v and %v",
				got.Attempts.Answered, got.Classes[0].Finished, want.Attempts.Answered, want.Classes[0].Finished)
		}
		if n := want.Attempts.Answered[load.Cancelled]; n < 50 {
			t.Errorf("%d cancelled attempts prove too little", n)
		}
		a, b := got.Billed[0].Tokens, want.Billed[0].Tokens
		kept, wasted := got.Classes[0].Tokens, want.Billed[0].Tokens.Output-want.Classes[0].Tokens.Output
		if a.Prompt() != b.Prompt() || a.Prompt() <= kept.Prompt() || wasted < 300 {
			t.Errorf("billed over HTTP %+v, in virtual time %+v, of which %+v were of use", a, b, kept)
		}
		if diff := float64(a.Output - b.Output); math.Abs(diff) > 0.1*float64(wasted) { // the mock sends a token when it begins it
			t.Errorf("%v more output billed over HTTP, of %d wasted", diff, wasted)
		}
	})
}

// A cancelled attempt ends at once, wherever it stands, and costs the prompt and
// the text that came.
func TestGivingUp(t *testing.T) {
	t.Parallel()
	const text = `event: content_block_delta` + "\n" +
		`data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"0123456789abcdef"}}` + "\n\n"
	for name, tt := range map[string]struct {
		answer func(w http.ResponseWriter)
		want   load.Tokens
	}{
		"before any answer": {func(http.ResponseWriter) {}, load.Tokens{Input: 30}},
		"in a stream": {func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "text/event-stream")
			_, _ = w.Write([]byte(text + text))
			_ = http.NewResponseController(w).Flush()
		}, load.Tokens{Input: 30, Output: 8}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var requests atomic.Int64
			handler := func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body) // only then does the server see a client go
				if requests.Add(1) == 1 {
					tt.answer(w)
					<-r.Context().Done()
					return
				}
				time.Sleep(second)
				answerOK(w, r)
			}
			serve(t, handler, func(t *testing.T, rt *http.Transport) {
				s := newSession(t, burst(1), time.Second, nil)
				s.Engine, s.Transport = late(5*second).engine(), rt
				s.run(t.Context(), t)
				if len(s.results) != 1 || s.results[0].Outcome != load.OK || s.results[0].Attempts != 2 {
					t.Fatalf("%+v", s.results)
				}
				if s.wall < 6*second || s.wall > 6*second+second/2 {
					t.Errorf("the run took %v, want 6s", s.wall)
				}
				snap := s.Recorder.Snapshot(s.out.End)
				wasted := snap.Billed
				kept := load.Tokens{Input: 30, Output: 20}
				if all := tt.want.Add(kept); wasted[len(wasted)-1].Tokens != all {
					t.Errorf("billed %+v, want %+v", wasted, all)
				}
				if n := snap.Attempts.Answered[load.Cancelled]; n != 1 {
					t.Errorf("%d cancelled, want 1", n)
				}
			})
		})
	}
}

// An attempt that is held back is taken out of the line.
func TestGivingUpWhatIsHeldBack(t *testing.T) {
	t.Parallel()
	serve(t, func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(8 * second)
		answerOK(w, r)
	}, func(t *testing.T, rt *http.Transport) {
		s := newSession(t, burst(1), time.Second, nil)
		s.Engine, s.Transport, s.MaxInFlight = late(5*second).engine(), rt, 1
		s.run(t.Context(), t)
		if s.out.Sent != 1 || s.results[0].Outcome != load.OK || s.results[0].Attempts != 2 {
			t.Errorf("%d sent; %+v", s.out.Sent, s.results[0])
		}
		if cancelled := s.Recorder.Snapshot(s.out.End).Attempts.Answered[load.Cancelled]; cancelled != 1 {
			t.Errorf("%d cancelled, want 1", cancelled)
		}
	})
}

// Of the workers that made attempts of one call, the one that is at it is found.
func TestFindTheWorkerThatIsOut(t *testing.T) {
	t.Parallel()
	ref := engine.Ref{Slot: 3, Epoch: 2}
	was, is := &worker{job: job{ref: ref}, out: true}, &worker{job: job{ref: ref}, out: true}
	p := pool{all: []*worker{was, is}, busy: 2}
	p.back(was)
	if p.find(ref) != is {
		t.Error("found the one that is back")
	}
	p.back(is)
	if p.find(ref) != nil {
		t.Error("found one though all are back")
	}
}

func TestBacklogRemove(t *testing.T) {
	t.Parallel()
	var b backlog
	for i := range 40 {
		b.push(job{id: uint64(i), ref: engine.Ref{Slot: int32(i), Epoch: 1}})
		if i%3 == 0 {
			b.pop()
		}
	}
	if j, found := b.remove(engine.Ref{Slot: 30, Epoch: 1}); !found || j.id != 30 {
		t.Errorf("%v, %d", found, j.id)
	}
	if _, found := b.remove(engine.Ref{Slot: 30, Epoch: 1}); found {
		t.Error("removed twice")
	}
	for want := uint64(14); b.len() > 0; want++ {
		if want == 30 {
			want++
		}
		if j := b.pop(); j.id != want {
			t.Fatalf("got %d, want %d: the order is lost", j.id, want)
		}
	}
}

func TestTextOf(t *testing.T) {
	t.Parallel()
	for event, want := range map[string]int64{
		`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"abcd"}       }`: 4,
		`{"delta":{"text":"a\n\"b","type":"text_delta"}}`:                                             4,
		`{"delta":{"type":"thinking_delta","thinking":"ab"}}`:                                         2,
		`{"delta":{"type":"input_json_delta","partial_json":"{\"a\":1}"}}`:                            7,
		`{"delta":{"type":"signature_delta","signature":"xyz"}}`:                                      0,
		`{"delta":{"text":"cut\`: 4,
		``:                       0,
	} {
		if got := textOf([]byte(event)); got != want {
			t.Errorf("%s: %d, want %d", event, got, want)
		}
	}
}
