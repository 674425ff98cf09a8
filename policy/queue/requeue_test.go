package queue_test

import (
	"slices"
	"testing"
	"time"

	"ratecliff/load"
	"ratecliff/policy/queue"
)

// A call that comes back sinks a little with each attempt, here by a fifth of a
// class: it passes behind fresh calls of its own class at once, and behind those
// of the next class after its sixth attempt.
func TestDemotion(t *testing.T) {
	t.Parallel()
	for attempts, want := range map[int][]int32{0: {0, 1, 2}, 1: {1, 0, 2}, 5: {1, 0, 2}, 6: {1, 2, 0}} {
		q := queue.New(queue.Config{Order: queue.Priority, Requeue: queue.RequeueConfig{Demote: 0.2}})
		tried := call(0, load.High, 0)
		tried.Attempts = attempts
		q.Push(0, tried)
		q.Push(0, call(1, load.High, 0))
		q.Push(0, call(2, load.Medium, 0))
		if got := drain(q, 0); !slices.Equal(got, want) {
			t.Errorf("after %d attempts: order %v, want %v", attempts, got, want)
		}
	}
}

// A call that came back may not go for a while, a new one may.
func TestRequeue(t *testing.T) {
	t.Parallel()
	g := queue.NewRequeue(queue.RequeueConfig{After: 10 * time.Second})
	c := &load.Call{Ready: 5 * time.Second}
	if p := g.Ready(5*time.Second, c); p.State != load.Granted {
		t.Errorf("new: %+v", p)
	}
	c.Attempts = 1
	if p := g.Ready(6*time.Second, c); p.State != load.WaitUntil || p.At != 15*time.Second {
		t.Errorf("back: %+v, want until 15 s", p)
	}
	if p := g.Ready(15*time.Second, c); p.State != load.Granted {
		t.Errorf("back long enough: %+v", p)
	}
}

func TestValidateRequeue(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		cfg  queue.Config
		want []string
	}{
		{queue.Config{Order: queue.Priority, Requeue: queue.RequeueConfig{After: time.Second, Demote: 1}}, nil},
		{queue.Config{Requeue: queue.RequeueConfig{After: -1, Demote: 1}}, []string{"requeue.after", "requeue.demote"}},
		{queue.Config{Order: queue.Priority, Requeue: queue.RequeueConfig{Demote: -1}}, []string{"requeue.demote"}},
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
