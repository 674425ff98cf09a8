package mockserver

import "sync"

// Bounds of the search for the exchange that a later one repeats.
const (
	maxCandidates = 8192 // exchanges remembered; older ones are forgotten
	maxLooked     = 64   // of those with equal requests, how many are looked at
)

// linker finds the exchange that a later one repeats. An exchange is claimed by
// one retry at most, and the oldest is claimed first, so that equal requests
// side by side, each tried again, are told apart as well as can be. Safe for
// concurrent use.
type linker struct {
	mu     sync.Mutex
	ring   []candidate
	next   uint64 // candidates ever entered; place p stands at ring[p % maxCandidates]
	chains map[uint64]chain
}

// candidate is an exchange that may be repeated.
type candidate struct {
	key    uint64
	seq    uint64
	later  uint64 // place of the next one in its chain; 0 for none
	failed bool
	over   bool // succeeded, or claimed
}

// chain is the candidates of one key, oldest first, by place from 1.
type chain struct{ first, last uint64 }

// wanted says which earlier exchange a retry claims.
type wanted struct {
	key     uint64
	none    bool // it repeats nothing
	running bool // one that is still running will do: the client says that it repeats
}

func newLinker() *linker {
	return &linker{ring: make([]candidate, maxCandidates), chains: map[uint64]chain{}}
}

func (l *linker) at(place uint64) *candidate { return &l.ring[place%maxCandidates] }

// arrive claims the exchange that this one repeats, 0 when it repeats none, and
// enters this one under key.
func (l *linker) arrive(key, seq uint64, w wanted) (place, claimed uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !w.none {
		claimed = l.claim(w)
	}
	l.next++
	if c := l.at(l.next); l.next > maxCandidates && !c.over {
		c.over = true
		l.trim(c.key)
	}
	*l.at(l.next) = candidate{key: key, seq: seq}
	ch, ok := l.chains[key]
	if ok {
		l.at(ch.last).later = l.next
	} else {
		ch.first = l.next
	}
	ch.last = l.next
	l.chains[key] = ch
	return l.next, claimed
}

// claim finds the oldest failed candidate, else the oldest running one.
func (l *linker) claim(w wanted) (seq uint64) {
	var best *candidate
	p := l.chains[w.key].first
	for looked := 0; p != 0 && looked < maxLooked; looked++ {
		c := l.at(p)
		if p = c.later; c.over {
			continue
		}
		if c.failed {
			best = c
			break
		}
		if best == nil && w.running {
			best = c
		}
	}
	if best == nil {
		return 0
	}
	best.over = true
	l.trim(w.key)
	return best.seq
}

// mark says how an exchange went; one that went well can no longer be repeated.
func (l *linker) mark(place, seq uint64, failed bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.at(place)
	if place == 0 || c.seq != seq {
		return // forgotten since
	}
	c.failed = failed
	if !failed {
		c.over = true
		l.trim(c.key)
	}
}

// trim drops what is over from the front of a chain. A candidate that leaves the
// ring is always at the front once all before it are over, and all before it
// have left the ring.
func (l *linker) trim(key uint64) {
	ch, ok := l.chains[key]
	for ok && l.at(ch.first).over {
		if ch.first = l.at(ch.first).later; ch.first == 0 {
			delete(l.chains, key)
			return
		}
		l.chains[key] = ch
	}
}

// forget drops everything.
func (l *linker) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	clear(l.ring)
	clear(l.chains)
	l.next = 0
}
