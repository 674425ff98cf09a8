package engine_test

import (
	"testing"
	"time"

	"ratecliff/engine"
	"ratecliff/load"
)

// sulky is a gate that turns everybody away twice and counts whom.
type sulky struct{ told []string }

func (g *sulky) Ready(time.Duration, *load.Call) load.Permit {
	if len(g.told) < 2 {
		return load.Permit{State: load.Refused, By: "sulky"}
	}
	return load.Permit{}
}

func (g *sulky) Take(time.Duration, *load.Call)                {}
func (g *sulky) Done(time.Duration, *load.Call, *load.Attempt) {}

func (g *sulky) Refused(_ time.Duration, c *load.Call, p load.Permit) {
	g.told = append(g.told, p.By)
	if c.Attempts != 0 {
		g.told = append(g.told, "an attempt was made")
	}
}

// nosy is a gate that lets everybody in and wants to know of refusals too.
type nosy struct{ sulky }

func (g *nosy) Ready(time.Duration, *load.Call) load.Permit { return load.Permit{} }

// Every gate that wants to know is told once of each call that was turned away,
// by whichever gate.
func TestGatesAreToldOfRefusals(t *testing.T) {
	t.Parallel()
	first, second := &nosy{}, &sulky{}
	e := engine.New(queued(&line{}, first, second))
	events := []engine.Event{{Kind: engine.Arrive, Arrival: &load.Arrival{ID: 1}}}
	sent := false
	for now := time.Duration(0); now < 5*time.Second && !sent; now += time.Second {
		var next []engine.Event
		for _, ev := range events {
			for _, a := range e.Step(now, ev) {
				switch a.Kind {
				case engine.Send:
					sent = true
				case engine.WakeAt:
					next = append(next, engine.Event{Kind: engine.Wake, Ref: a.Ref})
				default:
				}
			}
		}
		events = next
	}
	if !sent {
		t.Fatal("never sent")
	}
	for _, told := range [][]string{first.told, second.told} {
		if len(told) != 2 || told[0] != "sulky" || told[1] != "sulky" {
			t.Errorf("told of %v, want sulky twice", told)
		}
	}
}
