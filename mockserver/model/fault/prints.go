package fault

// Size of the memory for fingerprints: 1 MiB.
const (
	printSets = 1 << 13
	printWays = 8
)

// prints counts how often each fingerprint was met, in fixed memory: it holds
// the last printWays fingerprints of each of printSets shares. One that had to
// make room, after some tens of thousands of others, counts from 1 again.
type prints struct {
	sets [printSets][printWays]printed
	hand [printSets]uint8 // who makes room next
}

// printed is one fingerprint; the zero one is a free place.
type printed struct {
	print uint64
	n     uint32
}

// count counts a fingerprint, which is not 0, and says how often it was met.
func (p *prints) count(print uint64) uint32 {
	at := print % printSets
	set := &p.sets[at]
	for i := range set {
		if w := &set[i]; w.print == print || w.print == 0 {
			w.print = print
			w.n++
			return w.n
		}
	}
	set[p.hand[at]%printWays] = printed{print: print, n: 1}
	p.hand[at]++
	return 1
}
