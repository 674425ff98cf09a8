package ratelimit

import (
	"math/big"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// What came in was taken, is there, or was spilled: nothing is lost and nothing
// comes from nowhere, however the time is cut.
func TestSpilledBalances(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.Int64Range(1, 1_000_000).Draw(t, "limit")
		burst := rapid.Int64Range(1, 1_000_000).Draw(t, "burst")
		b := NewBucket(PerMinute(limit), burst, rapid.Float64Range(0, 1).Draw(t, "level"))
		start, taken, now := b.Units(), big.NewInt(0), time.Duration(0)
		for range rapid.IntRange(1, 8).Draw(t, "steps") {
			now += time.Duration(rapid.Int64Range(0, int64(time.Hour)).Draw(t, "gap"))
			b.Advance(now)
			if n := rapid.Int64Range(0, burst).Draw(t, "cost"); b.Fits(n) {
				b.Charge(n)
				taken.Add(taken, big.NewInt(n*Unit))
			}
		}
		have := new(big.Int).Mul(big.NewInt(limit), big.NewInt(int64(now)))
		have.Add(have, big.NewInt(start)).Sub(have, taken).Sub(have, big.NewInt(b.Units()))
		thousandths, _ := new(big.Int).DivMod(have, big.NewInt(Unit/1000), new(big.Int))
		if !thousandths.IsUint64() || thousandths.Uint64() != b.Spilled() {
			t.Fatalf("%d thousandths were spilled, want %v", b.Spilled(), thousandths)
		}
	})
}
