package concurrency_test

import (
	"slices"
	"testing"
	"time"

	"ratecliff/load"
	"ratecliff/policy/concurrency"
)

const s = time.Second

var (
	fine    = &load.Attempt{Response: load.Response{Outcome: load.OK}}
	limited = &load.Attempt{Response: load.Response{Outcome: load.Throttled}}
)

func until(at time.Duration, by string) load.Permit {
	return load.Permit{State: load.WaitUntil, At: at, By: by}
}

// A permit that rests is there again when it has rested, longer after a 429.
func TestPause(t *testing.T) {
	t.Parallel()
	g := concurrency.New(concurrency.Config{Max: 2, Pause: s, PauseThrottled: 60 * s})
	c := &load.Call{}
	g.Take(0, c)
	g.Take(0, c)
	g.Done(2*s, c, limited)
	if p := g.Ready(2*s, c); p != until(62*s, "concurrency.pause") {
		t.Errorf("one rests, one is out: %+v", p)
	}
	g.Done(3*s, c, fine)
	if p := g.Ready(3*s, c); p != until(4*s, "concurrency.pause") {
		t.Errorf("both rest: %+v", p)
	}
	if p := g.Ready(4*s, c); p.State != load.Granted {
		t.Errorf("the first is rested: %+v", p)
	}
	g.Take(4*s, c)
	if p := g.Ready(4*s, c); p != until(62*s, "concurrency.pause") {
		t.Errorf("taken, the other rests: %+v", p)
	}
	g.Take(62*s, c)
	if p := g.Ready(62*s, c); p.State != load.WaitEvent {
		t.Errorf("both out: %+v", p)
	}
}

func TestPauseAfterRefusalsIsAsOtherPauses(t *testing.T) {
	t.Parallel()
	g := concurrency.New(concurrency.Config{Max: 1, Pause: s})
	g.Take(0, &load.Call{})
	g.Done(s, &load.Call{}, limited)
	if p := g.Ready(s, &load.Call{}); p != until(2*s, "concurrency.pause") {
		t.Errorf("%+v", p)
	}
}

// A worker without work looks at multiples of its interval since it last had
// some; one that has just finished takes the next at once.
func TestPoll(t *testing.T) {
	t.Parallel()
	const ms = time.Millisecond
	g := concurrency.New(concurrency.Config{Max: 1, Poll: 100 * ms})
	c := &load.Call{}
	if p := g.Ready(250*ms, c); p != until(300*ms, "concurrency.poll") {
		t.Errorf("idle since 0: %+v", p)
	}
	g.Take(300*ms, c)
	g.Done(730*ms, c, fine)
	if p := g.Ready(730*ms, c); p.State != load.Granted {
		t.Errorf("just finished: %+v", p)
	}
	if p := g.Ready(740*ms, c); p != until(830*ms, "concurrency.poll") {
		t.Errorf("idle since 730 ms: %+v", p)
	}
}

// The worker looks again from the end of its rest.
func TestPollAfterARest(t *testing.T) {
	t.Parallel()
	g := concurrency.New(concurrency.Config{Max: 1, Pause: 250 * time.Millisecond, Poll: s})
	g.Take(0, &load.Call{})
	g.Done(s, &load.Call{}, fine)
	if p := g.Ready(1250*time.Millisecond, &load.Call{}); p.State != load.Granted {
		t.Errorf("just rested: %+v", p)
	}
}

func TestValidateRests(t *testing.T) {
	t.Parallel()
	var got []string
	for _, p := range (concurrency.Config{Max: 2, Pause: -1, PauseThrottled: -1, Poll: s}).Validate() {
		got = append(got, p.Path)
	}
	if want := []string{"pause", "pause_throttled", "poll"}; !slices.Equal(got, want) {
		t.Errorf("problems at %v, want %v", got, want)
	}
}
