package compare

import (
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"ratecliff/engine"
	"ratecliff/internal/wire"
	"ratecliff/load"
)

// hostileScenario is served by something that never means well.
const hostileScenario = `
version: 1
name: hostile
duration: 20s
drain: 10m
server: {rpm: 600, latency: {ttft: 0.5, tokens_per_second: 80, refusal: 0.05}, faults: {rules: [{effect: EFFECT}]}}
classes:
  chat: {tenant: a, arrivals: {process: poisson, rate: 60/min}, input: 400, output: 100, max_tokens: 200, stream: true, priority: high, deadline: 30s, workers: 2}
  bulk: {tenant: b, arrivals: {process: poisson, rate: 60/min}, input: 900, output: 150, max_tokens: 400, priority: low}
strategies: [no-retry]
`

// effects are hostile servers, by what every request gets.
func effects() map[string]string {
	return map[string]string{
		"429 bare":          `{kind: error, status: 429, bare: true}`,
		"429 now":           `{kind: error, status: 429, limit: rpm, retry_after: "0"}`,
		"429 in the past":   `{kind: error, status: 429, limit: itpm, retry_after: "-5"}`,
		"429 by date":       `{kind: error, status: 429, limit: otpm, retry_after: date+30s}`,
		"429 for days":      `{kind: error, status: 429, limit: rpm, retry_after: "259200"}`,
		"429 for ever":      `{kind: error, status: 429, limit: rpm, retry_after: "99999999999999999999"}`,
		"529":               `{kind: error, status: 529}`,
		"nothing for hours": `{kind: pass, delay: 3h}`,
		"resets":            `{kind: reset}`,
	}
}

// hostileEvents ends a strategy that runs away; an attempt takes two or three.
const hostileEvents = 4_000

// Whatever a server does to everybody, each strategy of the catalog ends, each of
// its arrivals ends once, and it does the same when it meets it again.
func TestTheCatalogMeetsHostileServers(t *testing.T) {
	t.Parallel()
	files := catalogFiles(t)
	for name, effect := range effects() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, strategies := range files {
				for _, c := range strategyCells(t, strings.Replace(hostileScenario, "EFFECT", effect, 1), strategies) {
					endures(t, &c, name == "nothing for hours")
				}
			}
		})
	}
}

func endures(t *testing.T, c *cell, mayEnd bool) {
	t.Helper()
	snapshot, out, _ := simulated(t, c, hostileEvents)
	// What was under way when the cap was reached still ends.
	if out.Events > hostileEvents+1000 {
		t.Errorf("%s: %d events", c.strategy.Name, out.Events)
	}
	for i := range snapshot.Classes {
		class, ended := &snapshot.Classes[i], int64(0)
		for _, n := range class.Finished {
			ended += n
		}
		if ended != class.Arrivals || class.Arrivals == 0 && !out.Capped || class.Finished[load.OK] > 0 && !mayEnd {
			t.Errorf("%s: %d arrivals, ended %v", c.strategy.Name, class.Arrivals, class.Finished)
		}
	}
	if _, second, _ := simulated(t, c, hostileEvents); second.Digest != out.Digest {
		t.Errorf("%s: %x, then %x", c.strategy.Name, out.Digest.Sum(), second.Digest.Sum())
	}
}

// answersOfNoSense makes answers whose headers a server could send, read as they
// are read over HTTP.
type answersOfNoSense struct{ rng *rand.Rand }

func (a answersOfNoSense) pick(of ...string) string { return of[a.rng.IntN(len(of))] }

func (a answersOfNoSense) count() string {
	return a.pick("0", "1", "-1", "50", "9223372036854775807", "-9223372036854775808", "1e9", "", strconv.Itoa(a.rng.IntN(1000)))
}

func (a answersOfNoSense) attempt(sent, now time.Duration) load.Attempt {
	h := http.Header{}
	for i := 0; i < wire.LimitHeaders; i += 3 {
		h.Set(wire.LimitName(i), a.count())
		h.Set(wire.LimitName(i+1), a.count())
		h.Set(wire.LimitName(i+2), a.pick("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "1970-01-01T00:00:05Z", "1970-01-01T00:01:00Z", "soon"))
	}
	h.Set("Retry-After", a.pick("", "0", "-1", "-9e99", "1", "2.5", "259200", "1e300", "NaN", "Inf", "Thu, 01 Jan 1970 00:00:30 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "Mon, 01 Jan 0001 00:00:00 GMT"))
	h.Set("Retry-After-Ms", a.pick("", "", "0", "-1", "1", "9e99", "NaN"))
	h.Set("X-Should-Retry", a.pick("", "true", "false"))
	out := load.Attempt{Started: sent, Done: now}
	status, _ := strconv.Atoi(a.pick("200", "429", "429", "429", "529", "500", "503", "400", "401", "404", "408"))
	wire.Timebase{Start: time.Unix(0, 0)}.Headers(now, &out.Response, status, h)
	wire.Body(&out.Response, []byte(a.pick("", "<html>", `{"type":"error","error":{"type":"rate_limit_error","message":"rate limit of 0 requests per minute"}}`,
		`{"type":"message","usage":{"input_tokens":9223372036854775807,"output_tokens":9223372036854775807}}`,
		`{"type":"message","usage":{"input_tokens":-5,"output_tokens":-5}}`,
		`{"type":"message","usage":{"input_tokens":10,"output_tokens":10}}`)))
	if a.rng.IntN(10) == 0 {
		out.Response = load.Response{Outcome: load.TimedOut}
	}
	return out
}

type noSense struct {
	ref  engine.Ref
	sent time.Duration
	kind engine.EventKind
}

// Headers and bodies that make no sense, for as many as 4,000 events: no strategy panics,
// turns on the spot or loses a call.
func TestTheCatalogReadsHeadersWithoutSense(t *testing.T) {
	t.Parallel()
	for file, strategies := range catalogFiles(t) {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			for _, c := range strategyCells(t, catalogScenario, strategies) {
				for seed := range uint64(3) {
					digest, finished, arrived := senseless(t, &c, seed)
					if again, _, _ := senseless(t, &c, seed); again != digest || finished != arrived || arrived < 50 {
						t.Errorf("%s, seed %d: %d of %d calls ended; %x, then %x", c.strategy.Name, seed, finished, arrived, digest.Sum(), again.Sum())
					}
				}
			}
		})
	}
}

// senseless plays a cell against answers without sense, for at most hostileEvents events.
func senseless(t *testing.T, c *cell, seed uint64) (digest engine.Digest, finished, arrived int) {
	t.Helper()
	stream, err := c.stream(&Grid{}, seed)
	if err != nil {
		t.Fatal(err)
	}
	e := engine.New(c.engineConfig(seed, false))
	answers := answersOfNoSense{rand.New(rand.NewPCG(seed, 1))}
	var calendar engine.Calendar[noSense]
	var arrival load.Arrival
	underway := map[engine.Ref]bool{}
	step := func(now time.Duration, ev engine.Event) {
		actions := e.Step(now, ev)
		digest.Add(now, actions)
		for i := range actions {
			switch a := &actions[i]; a.Kind { //exhaustive:enforce
			case engine.Send:
				underway[a.Ref] = true
				calendar.Push(min(now+time.Duration(1+answers.rng.IntN(2_000_000_000)), a.At), noSense{a.Ref, now, engine.Answer})
			case engine.Cancel:
				calendar.Push(now, noSense{a.Ref, now, engine.Answer})
			case engine.WakeAt:
				if a.At < now {
					t.Fatalf("%s asks at %v for an instant before: %v", c.strategy.Name, now, a.At)
				}
				calendar.Push(a.At, noSense{ref: a.Ref, kind: engine.Wake})
			case engine.Finished:
				finished++
			case engine.Attempted:
			}
		}
	}
	now := time.Duration(0)
	for range hostileEvents {
		at, ok := calendar.Peek()
		if due, more := stream.Peek(); more && (!ok || due <= at) {
			stream.Next(&arrival)
			arrived++
			now = due
			step(now, engine.Event{Kind: engine.Arrive, Arrival: &arrival})
			continue
		}
		if !ok || at > c.horizon() {
			break
		}
		_, what := calendar.Pop()
		now = at
		if what.kind == engine.Wake {
			step(now, engine.Event{Kind: engine.Wake, Ref: what.ref})
		} else if underway[what.ref] {
			delete(underway, what.ref)
			attempt := answers.attempt(what.sent, now)
			step(now, engine.Event{Kind: engine.Answer, Ref: what.ref, Attempt: &attempt})
		}
	}
	step(now, engine.Event{Kind: engine.Stop})
	for _, what := range left(&calendar, underway) {
		attempt := answers.attempt(what.sent, now)
		step(now, engine.Event{Kind: engine.Answer, Ref: what.ref, Attempt: &attempt})
	}
	if !e.Idle() {
		t.Errorf("%s, seed %d: %d wait, %d are under way, %d sleep after the end", c.strategy.Name, seed, e.Waiting(), e.InFlight(), e.Sleeping())
	}
	return digest, finished, arrived
}

// left are the attempts under way at the end, in their order.
func left(calendar *engine.Calendar[noSense], underway map[engine.Ref]bool) []noSense {
	var out []noSense
	for calendar.Len() > 0 {
		if _, what := calendar.Pop(); what.kind == engine.Answer && underway[what.ref] {
			delete(underway, what.ref)
			out = append(out, what)
		}
	}
	return out
}
