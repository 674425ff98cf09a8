package fault_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"ratecliff/mockserver/model/fault"
)

const second = time.Second

func share(p float64) *float64 { return &p }

func yes(b bool) *bool { return &b }

func injector(t *testing.T, rules ...fault.Rule) *fault.Injector {
	t.Helper()
	in, err := fault.New(fault.Config{Rules: rules}, 7)
	if err != nil {
		t.Fatal(err)
	}
	return in
}

// fails is a rule with the plainest effect.
func fails(name string, m fault.Match) fault.Rule {
	return fault.Rule{Name: name, Match: m, Effect: fault.Effect{Kind: fault.Error, Status: 500}}
}

// fired lists which of n requests a rule fires for, from 1.
func fired(in *fault.Injector, n int, request func(i int) (time.Duration, fault.Request)) (out []int) {
	for i := 1; i <= n; i++ {
		at, req := request(i)
		if in.Draw(at, &req) != nil {
			out = append(out, i)
		}
	}
	return out
}

type fields map[string]string

func (f fields) Get(name string) string { return f[strings.ToLower(name)] }

// TestWhoIsMatched: ten requests, one a second, of two keys in turn, with two
// models, three attempts each, every other one streamed.
func TestWhoIsMatched(t *testing.T) {
	t.Parallel()
	request := func(i int) (time.Duration, fault.Request) {
		q := fault.Request{ID: uint64(i), Attempt: 1 + (i-1)%3, Key: i % 2, Model: "claude-opus-5", Stream: i%2 == 0}
		if i > 5 {
			q.Model, q.Endpoint = "claude-haiku-4-5", fault.CountTokens
			q.Header = fields{"x-team": "red"}
		}
		return time.Duration(i-1) * second, q
	}
	for _, row := range []struct {
		name  string
		match fault.Match
		want  []int
	}{
		{"all", fault.Match{}, []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}},
		{"nth", fault.Match{Nth: []int64{1, 4}}, []int{1, 4}},
		{"nth of each key", fault.Match{Nth: []int64{2}, PerKey: true}, []int{3, 4}},
		{"nth of a model", fault.Match{Nth: []int64{1, 2}, Models: []string{"claude-haiku*"}}, []int{6, 7}},
		{"every third", fault.Match{Every: 3}, []int{3, 6, 9}},
		{"every second of each key", fault.Match{Every: 2, PerKey: true}, []int{3, 4, 7, 8}},
		{"span", fault.Match{From: 2 * second, To: 5 * second}, []int{3, 4, 5}},
		{"from", fault.Match{From: 7 * second}, []int{8, 9, 10}},
		{"repeated span", fault.Match{From: second, To: 2 * second, Repeat: 4 * second}, []int{2, 6, 10}},
		{"model by name", fault.Match{Models: []string{"claude-opus-5"}}, []int{1, 2, 3, 4, 5}},
		{"attempt", fault.Match{Attempts: []int{2, 3}}, []int{2, 3, 5, 6, 8, 9}},
		{"streams", fault.Match{Stream: yes(true)}, []int{2, 4, 6, 8, 10}},
		{"plain", fault.Match{Stream: yes(false)}, []int{1, 3, 5, 7, 9}},
		{"endpoint", fault.Match{Endpoints: []fault.Endpoint{fault.CountTokens}}, []int{6, 7, 8, 9, 10}},
		{"endpoint of old", fault.Match{Endpoints: []fault.Endpoint{fault.Messages}}, []int{1, 2, 3, 4, 5}},
		{"header", fault.Match{Headers: []fault.Header{{Name: "X-Team"}}}, []int{6, 7, 8, 9, 10}},
		{"header by value", fault.Match{Headers: []fault.Header{{Name: "x-team", Value: "r*"}}}, []int{6, 7, 8, 9, 10}},
		{"other value", fault.Match{Headers: []fault.Header{{Name: "x-team", Value: "blue"}}}, nil},
		{"never", fault.Match{Probability: share(0)}, nil},
		{"always", fault.Match{Probability: share(1)}, []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}},
	} {
		if got := fired(injector(t, fails(row.name, row.match)), 10, request); !slices.Equal(got, row.want) {
			t.Errorf("%s: fired for %v, want %v", row.name, got, row.want)
		}
	}
}

func TestTheFirstRuleThatFiresHasTheRequestAndAllCount(t *testing.T) {
	t.Parallel()
	in := injector(t, fails("a", fault.Match{Nth: []int64{1}}), fails("b", fault.Match{Nth: []int64{1, 2}}), fails("c", fault.Match{Every: 3}))
	var got []string
	for range 4 {
		name := "-"
		if r := in.Draw(0, &fault.Request{}); r != nil {
			name = r.Name
		}
		got = append(got, name)
	}
	if want := []string{"a", "b", "c", "-"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// TestOrderOfArrivalChangesNothing: what is drawn for a request is the same in
// whatever order requests come, with identities of our own and with fingerprints.
func TestOrderOfArrivalChangesNothing(t *testing.T) {
	t.Parallel()
	const n = 2000
	for _, prints := range []bool{false, true} {
		draw := func(order []int) map[uint64]string {
			in := injector(t, fails("a", fault.Match{Probability: share(.2)}), fails("b", fault.Match{Probability: share(.5), Models: []string{"m*"}}))
			got := map[uint64]string{}
			for _, i := range order {
				q := fault.Request{ID: uint64(i / 2), Attempt: 1 + i%2, Model: "m"}
				if prints {
					q = fault.Request{Print: uint64(i+1) * 0x9e3779b97f4a7c15, Model: "m"}
				}
				if r := in.Draw(0, &q); r != nil {
					got[uint64(i)] = r.Name
				}
			}
			return got
		}
		order := make([]int, n)
		for i := range order {
			order[i] = i
		}
		want := draw(order)
		rng := rand.New(rand.NewPCG(3, 4))
		rng.Shuffle(n, func(i, j int) { order[i], order[j] = order[j], order[i] })
		if got := draw(order); !reflect.DeepEqual(got, want) {
			t.Errorf("prints %v: another order, other faults", prints)
		}
		hits := map[string]int{}
		for _, name := range want {
			hits[name]++
		}
		if a, b := hits["a"], hits["b"]; a < 340 || a > 460 || b < 720 || b > 880 { // 400 ± 3.4 sd, then 800 ± 3.6 sd
			t.Errorf("prints %v: fired %v times", prints, hits)
		}
	}
}

// TestRepeatedFingerprints: the same request again and again draws anew.
func TestRepeatedFingerprints(t *testing.T) {
	t.Parallel()
	in := injector(t, fails("half", fault.Match{Probability: share(.5)}))
	got := fired(in, 1000, func(int) (time.Duration, fault.Request) { return 0, fault.Request{Print: 42} })
	if len(got) < 440 || len(got) > 560 {
		t.Errorf("fired %d times of 1000", len(got))
	}
}

// TestAnOutageEasesOff: on the ramp the share falls evenly.
func TestAnOutageEasesOff(t *testing.T) {
	t.Parallel()
	in := injector(t, fails("outage", fault.Match{From: 10 * second, To: 20 * second, Ramp: 10 * second}))
	hits := [4]int{}
	for i := range 40_000 {
		at := time.Duration(i) * time.Millisecond
		if in.Draw(at, &fault.Request{ID: uint64(i)}) != nil {
			hits[at/(10*second)]++
		}
	}
	if hits[0] != 0 || hits[1] != 10_000 || hits[2] < 4800 || hits[2] > 5200 || hits[3] != 0 {
		t.Errorf("fired %v", hits)
	}
}

func TestMistakesAreFoundAtOnce(t *testing.T) {
	t.Parallel()
	cfg := fault.Config{Suite: "overlod", Rules: []fault.Rule{
		{Match: fault.Match{
			Nth: []int64{0}, Every: -1, Probability: share(1.5), From: 5 * second, To: second, Models: []string{"a*b"},
			Headers: []fault.Header{{Name: "a b"}}, Endpoints: []fault.Endpoint{"mesages"}, Attempts: []int{0},
		}, Effect: fault.Effect{Kind: "truncat", After: -1}},
		{Effect: fault.Effect{Kind: fault.Error, Limit: "rmp", Charge: "some", RetryAfter: "a\nb", Headers: []fault.Header{{Name: "Content-Length", Value: "1"}, {Name: "retry-after"}}}},
		{Effect: fault.Effect{Kind: fault.Error, Status: 100}},
		{Effect: fault.Effect{Kind: fault.Slow}},
		{Effect: fault.Effect{}},
		{Match: fault.Match{Ramp: second}, Effect: fault.Effect{Kind: fault.Reset, Charge: fault.ChargeNothing}},
		{Match: fault.Match{To: 9 * second, Ramp: 2 * second, Repeat: 10 * second}, Effect: fault.Effect{Kind: fault.Error, Status: 200, Body: `{"usage":{}}`}},
	}}
	var got []string
	for _, p := range cfg.Validate() {
		got = append(got, p.Path)
	}
	want := []string{
		"suite", "rules[0].match.nth[0]", "rules[0].match.attempts[0]", "rules[0].match.every", "rules[0].match.probability",
		"rules[0].match.endpoints[0]", "rules[0].match.models[0]", "rules[0].match.headers[0].name", "rules[0].match.to",
		"rules[0].effect.after", "rules[0].effect.kind", "rules[1].effect.status", "rules[1].effect.limit", "rules[1].effect.charge",
		"rules[1].effect.retry_after", "rules[1].effect.headers[0].name", "rules[1].effect.headers[1].name",
		"rules[2].effect.status", "rules[3].effect.for", "rules[4].effect.kind", "rules[5].match.ramp", "rules[5].effect.charge",
		"rules[6].match.repeat", "rules[6].effect.body",
	}
	if !slices.Equal(got, want) {
		t.Errorf("found\n%q, want\n%q", got, want)
	}
	_, err := fault.New(cfg, 0)
	var list *fault.ConfigError
	if !errors.As(err, &list) || !strings.Contains(err.Error(), `did you mean "truncate"`) || !strings.Contains(err.Error(), `did you mean "overload"`) {
		t.Errorf("%v", err)
	}
}

func TestWaits(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		header, ms string
		want       time.Duration
		ok         bool
	}{
		{"", "", 0, false},
		{"0", "", 0, true},
		{"-5", "", -5 * second, true},
		{"1.5", "", 1500 * time.Millisecond, true},
		{"171", "", 171 * second, true},
		{"302539", "", 302539 * second, true},
		{"date+30s", "", 30 * second, true},
		{"date-1m", "", -60 * second, true},
		{"date", "", 0, false},
		{"soon", "", 0, false},
		{"", "1500", 1500 * time.Millisecond, true},
		{"3", "250.5", 250500 * time.Microsecond, true},
		{"9999999999999999999999", "", 1 << 62, true},
	} {
		e := fault.Effect{RetryAfter: row.header, RetryAfterMS: row.ms}
		if got, ok := e.Wait(); got != row.want || ok != row.ok {
			t.Errorf("%q %q: %v %v", row.header, row.ms, got, ok)
		}
	}
}

// FuzzDecodeSuite: whatever is read can be drawn from, says what it said when it
// is written and read again, and nothing makes the decoder panic.
func FuzzDecodeSuite(f *testing.F) {
	for _, name := range fault.Suites() {
		s, err := fault.LoadSuite(name)
		if err != nil {
			f.Fatal(err)
		}
		b, err := json.Marshal(s)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(b))
	}
	f.Add(`{"name":"x","rules":[{"match":{"from":"1s","to":2000000000,"probability":0.5},"effect":{"kind":"stall","for":"1h","after":3}}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		s, err := fault.DecodeSuite(strings.NewReader(text))
		if err != nil {
			return
		}
		b, err := json.Marshal(s)
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		again, err := fault.DecodeSuite(strings.NewReader(string(b)))
		twice, _ := json.Marshal(again)
		if err != nil || !bytes.Equal(twice, b) {
			t.Fatalf("%q read as %+v, written and read again %+v, %v", text, s, again, err)
		}
		in, err := fault.New(fault.Config{Rules: s.Rules}, 1)
		if err != nil {
			t.Fatalf("%q: decoded, but %v", text, err)
		}
		for i := range 50 {
			q := fault.Request{ID: uint64(i), Attempt: 1, Model: "claude-opus-5", Stream: i%2 == 0}
			if r := in.Draw(time.Duration(i)*second, &q); r != nil {
				r.Effect.Response(q.Stream)
				r.Effect.Costs(q.Stream)
			}
		}
	})
}
