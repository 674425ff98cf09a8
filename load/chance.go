package load

import "math/rand/v2"

// Purpose separates the random streams of a run, so that one more draw in one
// place shifts nothing elsewhere (common random numbers).
type Purpose uint64

// Purposes of random streams.
const (
	ForArrivals Purpose = iota + 1
	ForLengths
	ForLatency
	ForRetry
	ForFaults
	ForRoute
	ForThrottle
)

// Source is a SplitMix64 generator (Steele, Lea, Flood 2014) that can be aimed
// at any (seed, purpose, entity) without allocation. It implements
// [rand.Source]. Not safe for concurrent use.
type Source struct{ state uint64 }

// Aim points the source at the stream of one entity. Equal arguments give equal
// streams.
func (s *Source) Aim(seed uint64, p Purpose, entity, sub uint64) {
	s.state = mix(mix(mix(mix(seed)^uint64(p))^entity) ^ sub)
}

// Uint64 returns the next value of the stream.
func (s *Source) Uint64() uint64 {
	s.state += 0x9e3779b97f4a7c15
	return mix(s.state)
}

func mix(z uint64) uint64 {
	z += 0x9e3779b97f4a7c15
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb
	return z ^ (z >> 31)
}

// Chance is a generator with its source, to be aimed before each use.
type Chance struct {
	*rand.Rand
	src *Source
}

// NewChance returns a generator that must be aimed before use.
func NewChance() *Chance {
	src := &Source{}
	return &Chance{Rand: rand.New(src), src: src}
}

// Aim points the generator at the stream of one entity and returns it.
func (c *Chance) Aim(seed uint64, p Purpose, entity, sub uint64) *rand.Rand {
	c.src.Aim(seed, p, entity, sub)
	return c.Rand
}
