package load

// BySlot is what a policy keeps for each call, by the call's place in the engine.
// The zero value is empty.
type BySlot[T any] []T

// At is what is kept in the place of c: the zero value of T in a place not used
// before, else what a call left there, perhaps an earlier one (see [Call.Epoch]).
// The pointer is good until At is asked for a place beyond all others.
func (s *BySlot[T]) At(c *Call) *T {
	for int(c.Slot) >= len(*s) {
		var none T
		*s = append(*s, none)
	}
	return &(*s)[c.Slot]
}
