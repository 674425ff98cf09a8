package main

import "testing"

func TestDifferences(t *testing.T) {
	t.Parallel()
	const committed = "Measured on 2026-11-22 by x\n| missing | own backoff (0.4 s) | waits as told (59.0 s) |"
	for name, c := range map[string]struct {
		fresh string
		want  int
	}{
		"another day and jitter":  {"Measured on 2027-01-01 by x\n| missing | own backoff (0.5 s) | waits as told (59.1 s) |", 0},
		"another kind of wait":    {"Measured on 2026-11-22 by x\n| missing | at once | waits as told (59.0 s) |", 1},
		"another length of wait":  {"Measured on 2026-11-22 by x\n| missing | own backoff (2.0 s) | waits as told (59.0 s) |", 1},
		"a row more":              {committed + "\n| more |", 1},
		"words beside the number": {"Measured on 2026-11-22 by x\n| gone | own backoff (0.4 s) | waits as told (59.0 s) |", 1},
	} {
		if got := differences(committed, c.fresh); len(got) != c.want {
			t.Errorf("%s: %d differences %q, want %d", name, len(got), got, c.want)
		}
	}
}
