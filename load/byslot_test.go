package load_test

import (
	"testing"

	"ratecliff/load"
)

func TestBySlot(t *testing.T) {
	t.Parallel()
	var kept load.BySlot[int]
	if got := *kept.At(&load.Call{Slot: 3}); got != 0 || len(kept) != 4 {
		t.Fatalf("a new place holds %d of %d", got, len(kept))
	}
	*kept.At(&load.Call{Slot: 3, Epoch: 1}) = 7
	*kept.At(&load.Call{Slot: 0}) = 5
	if kept[3] != 7 || kept[0] != 5 || kept[1] != 0 {
		t.Errorf("%v", kept)
	}
	if got := *kept.At(&load.Call{Slot: 3, Epoch: 2}); got != 7 {
		t.Errorf("the next call finds %d, want what was left there", got)
	}
}
