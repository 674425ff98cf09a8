package library

import "ratecliff/load"

// memory is what an adapter keeps for each call under way, by its place in the
// engine.
type memory[T any] struct{ places []place[T] }

type place[T any] struct {
	epoch uint32
	value T
}

// of is what is kept for the call; the zero value for one not seen before.
func (m *memory[T]) of(c *load.Call) *T {
	for int(c.Slot) >= len(m.places) {
		m.places = append(m.places, place[T]{})
	}
	p := &m.places[c.Slot]
	if p.epoch != c.Epoch {
		*p = place[T]{epoch: c.Epoch}
	}
	return &p.value
}
