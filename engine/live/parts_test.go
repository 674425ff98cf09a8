package live

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

func TestMailboxKeepsTheOrderOfArrival(t *testing.T) {
	t.Parallel()
	var box mailbox
	workers := make([]*worker, 5)
	for i := range workers {
		workers[i] = &worker{job: job{id: uint64(i)}}
		box.put(workers[i])
	}
	w := box.take()
	for i := range workers {
		if w != workers[i] {
			t.Fatalf("place %d: got worker %d", i, w.job.id)
		}
		w = w.next
	}
	if w != nil || !box.empty() {
		t.Error("something is left in the box")
	}
}

func TestMailboxLosesNothing(t *testing.T) {
	t.Parallel()
	const writers, each = 8, 500
	var box mailbox
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			for range each {
				box.put(&worker{})
			}
		})
	}
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	got, ended := 0, false
	for !ended {
		select {
		case <-done:
			ended = true
		default:
		}
		for w := box.take(); w != nil; w = w.next {
			got++
		}
	}
	if got != writers*each {
		t.Errorf("got %d workers back, want %d", got, writers*each)
	}
}

func TestBacklogIsAQueue(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var b backlog
		var model []uint64
		var next uint64
		for range rapid.IntRange(0, 200).Draw(t, "steps") {
			if rapid.Bool().Draw(t, "push") || len(model) == 0 {
				next++
				b.push(job{id: next})
				model = append(model, next)
			} else {
				if got := b.pop().id; got != model[0] {
					t.Fatalf("pop = %d, want %d", got, model[0])
				}
				model = model[1:]
			}
			if b.len() != len(model) {
				t.Fatalf("len = %d, want %d", b.len(), len(model))
			}
		}
	})
}

func TestSecretNeverShows(t *testing.T) {
	t.Parallel()
	s := Secret("sk-ant-api03-abc")
	target := Target{Keys: []Secret{s}}
	text, err := json.Marshal(target)
	if err != nil {
		t.Fatal(err)
	}
	for _, shown := range []string{
		s.String(), fmt.Sprint(s), fmt.Sprintf("%v %+v %#v %q %x", target, target, target, s, s), string(text),
	} {
		if strings.Contains(shown, "abc") || strings.Contains(shown, fmt.Sprintf("%x", "abc")) {
			t.Errorf("the key shows in %q", shown)
		}
	}
	if s.reveal() != "sk-ant-api03-abc" || Secret("").String() != "" {
		t.Error("reveal must give the key, an empty secret must print as nothing")
	}
}

func TestConfigProblemsComeAllAtOnce(t *testing.T) {
	t.Parallel()
	c := Config{Target: Target{BaseURL: "service.test"}, Compress: -1, Horizon: -1, MaxInFlight: -1}
	want := []string{"engine", "stream", "recorder", "target.base_url", "compress", "horizon", "max_in_flight"}
	problems := c.Validate()
	for i, p := range problems {
		if i >= len(want) || p.Path != want[i] {
			t.Errorf("problem %d is about %s", i, p)
		}
	}
	if len(problems) != len(want) {
		t.Errorf("%d problems, want %d", len(problems), len(want))
	}
	_, err := Run(t.Context(), c)
	if err == nil || strings.Count(err.Error(), "\n\t") != len(want) {
		t.Errorf("Run: %v, want all of them", err)
	}
}

func TestTargetURL(t *testing.T) {
	t.Parallel()
	tests := []struct{ base, path, want string }{
		{"https://api.anthropic.com", "", "https://api.anthropic.com/v1/messages"},
		{"https://api.anthropic.com/", "", "https://api.anthropic.com/v1/messages"},
		{"http://gateway:8080/anthropic", "", "http://gateway:8080/anthropic/v1/messages"},
		{"http://gateway:8080/a/", "/x?y=1", "http://gateway:8080/a/x?y=1"},
		{"gateway:8080", "", ""},
		{"ftp://gateway", "", ""},
		{"http://", "", ""},
	}
	for _, tt := range tests {
		u, err := (&Target{BaseURL: tt.base, Path: tt.path}).url()
		if got := fmt.Sprint(u); err == nil && got != tt.want || (err != nil) != (tt.want == "") {
			t.Errorf("%q + %q = %q, %v, want %q", tt.base, tt.path, got, err, tt.want)
		}
	}
}

// TestWatch: a context whose timer has fired is never good again, however often
// it is armed anew.
func TestWatch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var w watch
		start := time.Now()
		w.renew(t.Context(), start)
		w.arm(time.Since(start), second, errHeader)
		if !w.disarm() {
			t.Error("disarmed in time, want it good")
		}
		w.arm(time.Since(start), second, errHeader)
		w.arm(time.Since(start), 3*second, errIdle)
		time.Sleep(2 * second)
		if !w.disarm() {
			t.Error("armed anew for later, want it good")
		}
		w.arm(time.Since(start), second, errIdle)
		time.Sleep(2 * second)
		if w.disarm() || !errors.Is(context.Cause(w.ctx), errIdle) {
			t.Errorf("fired, cause %v, want it spoilt by %v", context.Cause(w.ctx), errIdle)
		}
		w.renew(t.Context(), start)
		w.arm(time.Since(start), 3*second, errIdle)
		time.Sleep(2 * second)
		w.arm(time.Since(start), second/2, errHeader)
		time.Sleep(second)
		if w.disarm() || !errors.Is(context.Cause(w.ctx), errHeader) {
			t.Errorf("armed anew for sooner, cause %v, want it spoilt by %v", context.Cause(w.ctx), errHeader)
		}
		w.arm(time.Since(start), second, errHeader)
		if w.disarm() {
			t.Error("armed anew after it fired, want it spoilt")
		}
		w.close()
	})
}
