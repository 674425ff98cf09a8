package load

import (
	"math"
	"time"
)

// Streams of chance of a class, added to its entity.
const (
	drawThink = iota + 1
	drawTurns
	drawPause
)

// turnBits is the part of an ordinal that counts turns within a session; the
// rest counts sessions.
const turnBits = 16

// shortestLoop is how long after its due instant a user calls again at the
// earliest. Without it a user who never thinks, and whose calls our own queue
// refuses on the spot, would call for ever within one instant.
const shortestLoop = time.Millisecond

// users is the source of closed loops and sessions: a heap of users who will
// call, by (due, user). A user whose call is under way is not held at all; what
// comes next follows from the arrival itself when it is done.
//
// Ordinals: a closed loop counts turns. Sessions have the number of the session
// (of the user, or of those that share the user's 20 bits of an identity) in the
// upper half of the ordinal and the turn in the lower.
type users struct {
	class    int
	sessions bool
	growth   string
	context  int64
	think    Dist
	pause    Dist // between sessions of a user
	turns    Dist
	end      time.Duration
	seed     uint64
	entity   uint64
	chance   *Chance
	waiting  []waiting
	starts   timeline // of sessions that start by themselves, else nil
	start    time.Duration
	started  int
}

// waiting is a user about to call.
type waiting struct {
	due     time.Duration
	user    int
	ordinal uint32
	turn    int
	history Tokens
}

func newUsers(p *Plan, class int, chance *Chance) *users {
	c := &p.Classes[class]
	a := &c.Arrivals
	u := &users{
		class: class, sessions: a.Kind == Sessions, growth: a.Growth, context: a.Context,
		think: a.Think.resolved(), pause: a.Pause.resolved(), turns: a.Turns.resolved(),
		end: p.Duration, seed: p.Seed, entity: entityOf(c.Name), chance: chance, start: Never,
	}
	switch {
	case !u.sessions:
		u.growth = GrowthNone
	case u.growth == "":
		u.growth = GrowthResend
	}
	if a.Pause.isZero() {
		u.pause = u.think
	}
	if u.sessions && a.Users == 0 {
		rng := sampler(p.Seed, ForArrivals, u.entity, 0)
		u.starts = &profile{segments: []segment{flat(float64(a.Rate), math.Inf(1))}, rng: rng}
		u.advance()
	}
	u.waiting = make([]waiting, 0, a.Users)
	for i := range a.Users {
		u.push(waiting{due: time.Duration(float64(a.Over) * float64(i) / float64(a.Users)), user: i})
	}
	return u
}

func (u *users) advance() {
	due, ok := u.starts.next()
	if !ok {
		due = Never
	}
	u.start = due
}

func (u *users) peek() time.Duration {
	if len(u.waiting) > 0 && u.waiting[0].due <= u.start {
		return u.waiting[0].due
	}
	return u.start
}

func (u *users) next(a *Arrival) {
	w := waiting{due: u.start, user: u.started, ordinal: uint32(u.started/MaxUsers) << turnBits}
	if len(u.waiting) > 0 && u.waiting[0].due <= u.start {
		w = u.pop()
	} else {
		u.started++
		u.advance()
	}
	a.ID = ArrivalID(u.class, w.user, int(w.ordinal))
	a.Due, a.User, a.Turn, a.Tokens = w.due, w.user, w.turn, w.history
}

// done lets the user think and call again, or begin a new session, whatever
// became of the call: lengths and history must not depend on outcomes, or
// strategies would meet different demand.
func (u *users) done(now time.Duration, a *Arrival, _ Outcome) {
	w := waiting{user: a.User, ordinal: uint32(a.ID) + 1, turn: a.Turn + 1}
	gap, stream := &u.think, uint64(drawThink)
	switch {
	case !u.sessions:
	case w.turn < u.turnsOf(a):
		w.history = u.history(a.Tokens)
	case u.starts != nil:
		return
	default:
		gap, stream = &u.pause, drawPause
		w.turn = 0
		w.ordinal = (uint32(a.ID)>>turnBits + 1) << turnBits
	}
	rng := u.chance.Aim(u.seed, ForArrivals, u.entity+stream, uint64(a.User)<<32|uint64(uint32(a.ID)))
	w.due = max(now, a.Due) + min(seconds(gap.Sample(rng)), u.end)
	if w.due <= a.Due {
		w.due = a.Due + shortestLoop
	}
	if w.due < u.end {
		u.push(w)
	}
}

// turnsOf is the number of turns of the session the arrival belongs to.
func (u *users) turnsOf(a *Arrival) int {
	session := uint64(a.User)<<32 | uint64(uint32(a.ID)>>turnBits<<turnBits)
	n := whole(u.turns.Sample(u.chance.Aim(u.seed, ForArrivals, u.entity+drawTurns, session)))
	return int(min(max(n, 1), 1<<turnBits-1))
}

// history is what the turn after t carries along, in the kinds in which it will
// be sent: all of it as input, or the prompt so far as cache read and the answer
// as cache write. A history above the context limit is dropped whole, as
// compacting a conversation does.
func (u *users) history(t Tokens) Tokens {
	var h Tokens
	switch u.growth {
	case GrowthResend:
		h.Input = t.Input + t.Output
	case GrowthCache:
		h.CacheRead, h.CacheWrite = t.Prompt(), t.Output
	}
	if u.context > 0 && h.Prompt() > u.context {
		return Tokens{}
	}
	return h
}

func (u *users) less(i, j int) bool {
	a, b := &u.waiting[i], &u.waiting[j]
	return a.due < b.due || a.due == b.due && a.user < b.user
}

func (u *users) push(w waiting) {
	u.waiting = append(u.waiting, w)
	for i := len(u.waiting) - 1; i > 0 && u.less(i, (i-1)/2); i = (i - 1) / 2 {
		u.waiting[i], u.waiting[(i-1)/2] = u.waiting[(i-1)/2], u.waiting[i]
	}
}

func (u *users) pop() waiting {
	top, last := u.waiting[0], len(u.waiting)-1
	u.waiting[0] = u.waiting[last]
	u.waiting = u.waiting[:last]
	for i := 0; ; {
		child := 2*i + 1
		if child+1 < last && u.less(child+1, child) {
			child++
		}
		if child >= last || !u.less(child, i) {
			return top
		}
		u.waiting[i], u.waiting[child] = u.waiting[child], u.waiting[i]
		i = child
	}
}
