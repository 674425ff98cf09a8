package model

import "time"

// NewAt is [New] for a service that begins at now rather than at instant 0:
// every bucket is at its start level then.
func NewAt(now time.Duration, cfg Config, seed uint64) (*Model, error) {
	m, err := New(cfg, seed)
	if err != nil {
		return nil, err
	}
	m.advance(now)
	return m, nil
}

// Reconfigured is a new service with another configuration that takes over at
// now, or everything that is wrong with that as a [*ConfigError]; m itself is
// not changed then and must not be used any more otherwise.
func (m *Model) Reconfigured(now time.Duration, cfg Config) (*Model, error) {
	return NewAt(now, cfg, m.seed)
}
