package model_test

import (
	"testing"
	"time"

	"ratecliff/load"
	"ratecliff/mockserver/model"
)

func build(t testing.TB, cfg model.Config) *model.Model {
	t.Helper()
	m, err := model.New(cfg, 7)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// ask sends a stream of input and output tokens with max_tokens 1000.
func ask(m *model.Model, now time.Duration, id uint64, input, output int64) model.Reply {
	var reply model.Reply
	m.Handle(now, &model.Request{ID: id, Attempt: 1, Model: "m", Tokens: load.Tokens{Input: input, Output: output}, MaxTokens: 1000, Stream: true}, &reply)
	return reply
}

// level is the exact level of a dimension of the first pool of key 0, in tokens.
func level(t testing.TB, m *model.Model, now time.Duration, d load.Dimension) float64 {
	t.Helper()
	for _, l := range m.Levels(now) {
		if l.Dimension == d && l.Key == 0 {
			return l.Tokens()
		}
	}
	t.Fatalf("no level of %v", d)
	return 0
}

func same(t *testing.T, what string, got, want float64) {
	t.Helper()
	if got-want > 1e-9 || want-got > 1e-9 {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

const second = time.Second

// speed makes answers exact: first token after 1 s, 100 tokens a second.
var speed = model.Latency{TTFT: load.FixedDist(1), TokensPerSecond: load.FixedDist(100), Refusal: load.FixedDist(0.25)}

func TestTimelineOfAnswers(t *testing.T) {
	t.Parallel()
	m := build(t, model.Config{RPM: 60, ITPM: 6000, Burst: 2, Latency: speed})
	for i, row := range []struct {
		at          time.Duration
		input       int64
		dim         load.Dimension
		retry, done time.Duration
		rpm, itpm   int64
	}{
		{0, 1000, load.NoDimension, 0, 3 * second, 1, 5000},
		{0, 4500, load.NoDimension, 0, 3 * second, 0, 1000}, // 500 left, to the nearest thousand
		{0, 10, load.RPM, second, second / 4, 0, 1000},
		{second / 2, 5000, load.ITPM, 45 * second, second/2 + second/4, 0, 1000}, // 4,450 missing at 100/s: 44.5 s, rounded up
		{second, 10, load.NoDimension, 0, 4 * second, 0, 1000},
		{60 * second, 6001, load.ITPM, second, 60*second + second/4, 2, 6000}, // larger than the bucket
	} {
		r := ask(m, row.at, uint64(i), row.input, 200)
		want := load.OK
		if row.dim != load.NoDimension {
			want = load.Throttled
		}
		limits := &r.Response.Limits
		if r.Response.Outcome != want || r.Response.Dimension != row.dim || r.Response.RetryAfter != row.retry || r.Done != row.done ||
			limits.At(load.RPM).Remaining != row.rpm || limits.At(load.ITPM).Remaining != row.itpm || limits.At(load.OTPM).Known {
			t.Errorf("row %d: %+v", i, r)
		}
		if r.Impossible != (row.input > 6000) || (r.FirstToken == row.at+second) != (want == load.OK) {
			t.Errorf("row %d: impossible %v, first token %v", i, r.Impossible, r.FirstToken)
		}
	}
}

func TestPlainAnswerShowsNothingBeforeItIsDone(t *testing.T) {
	t.Parallel()
	m := build(t, model.Config{Latency: speed})
	var r model.Reply
	m.Handle(second, &model.Request{Attempt: 1, Tokens: load.Tokens{Input: 1, CacheRead: 5, Output: 400}, MaxTokens: 300}, &r)
	if r.FirstToken != 5*second || r.Done != 5*second {
		t.Errorf("first %v, done %v", r.FirstToken, r.Done)
	}
	if want := (load.Tokens{Input: 1, CacheRead: 5, Output: 300}); r.Response.Usage != want || r.Response.Status != 200 {
		t.Errorf("response %+v", r.Response)
	}
}

// Output as produced: nothing at admission, evenly while it flows, all of it at
// the end, in debt if need be; and then nobody is let in until the level is
// above zero.
func TestOutputAsProduced(t *testing.T) {
	t.Parallel()
	empty := 0.01
	m := build(t, model.Config{OTPM: 600, StartLevel: &empty, Latency: speed}) // 6 tokens there, 10 more a second
	if r := ask(m, 0, 1, 0, 100); r.Response.Outcome != load.OK || r.Response.Limits.At(load.OTPM).Remaining != 6 {
		t.Fatalf("first: %+v", r)
	}
	for _, row := range []struct {
		at   time.Duration
		want float64
	}{{0, 6}, {second, 16}, {second + second/2, 16 + 5 - 50}, {2 * second, 26 - 100}, {3 * second, 36 - 100}} {
		same(t, row.at.String(), level(t, m, row.at, load.OTPM), row.want)
	}
	r := ask(m, 3*second, 2, 0, 100)
	if r.Response.Dimension != load.OTPM || r.Response.RetryAfter != 7*second || r.Response.Limits.At(load.OTPM).Reset != 3*second+66*second+second*4/10 {
		t.Errorf("in debt: %+v", r.Response)
	}
	if r := ask(m, 9*second+second*4/10, 3, 0, 100); r.Response.Outcome != load.Throttled || r.Response.RetryAfter != second {
		t.Errorf("at level 0 exactly: %+v", r.Response)
	}
	if r := ask(m, 9*second+second*4/10+1, 4, 0, 100); r.Response.Outcome != load.OK {
		t.Errorf("above 0: %+v", r.Response)
	}
}

func TestOutputReserved(t *testing.T) {
	t.Parallel()
	m := build(t, model.Config{OTPM: 1500, Output: model.Reserve, Latency: speed, StartLevel: share(0.8)}) // 1200, 25/s
	ask(m, 0, 1, 0, 100)
	same(t, "reserved", level(t, m, 0, load.OTPM), 200)
	if r := ask(m, 0, 2, 0, 100); r.Response.Dimension != load.OTPM || r.Response.RetryAfter != 32*second {
		t.Errorf("second: %+v", r.Response)
	}
	same(t, "while produced", level(t, m, 2*second-1, load.OTPM), 250-25e-9)
	same(t, "settled", level(t, m, 2*second, load.OTPM), 250+900)
}

func TestOutputPostpaid(t *testing.T) {
	t.Parallel()
	m := build(t, model.Config{OTPM: 60, Output: model.Postpaid, Latency: speed})
	for id := range uint64(3) {
		if r := ask(m, 0, id, 0, 100); r.Response.Outcome != load.OK {
			t.Fatalf("parallel calls all pass: %+v", r.Response)
		}
	}
	same(t, "before the end", level(t, m, 2*second-1, load.OTPM), 60)
	same(t, "at the end", level(t, m, 2*second, load.OTPM), 60-300)
}

func share(v float64) *float64 { return &v }

// A client that goes away 0.5 s after the first token leaves 50 tokens charged,
// however output is counted, and a second cancel changes nothing.
func TestCancel(t *testing.T) {
	t.Parallel()
	for _, policy := range []model.Output{model.AsProduced, model.Reserve, model.Postpaid} {
		t.Run(string(policy), func(t *testing.T) {
			t.Parallel()
			m := build(t, model.Config{OTPM: 60_000, Output: policy, Latency: speed, StartLevel: share(0.5), Concurrency: 1})
			r := ask(m, 0, 1, 0, 500)
			at := second + second/2
			m.Cancel(at, r.Handle)
			m.Cancel(at, r.Handle)
			m.Cancel(at, model.Handle{})
			m.Cancel(at, model.Handle{Slot: 99, Epoch: 1})
			want := 30_000 + 1500.0 - 50
			same(t, "after cancel", level(t, m, at, load.OTPM), want)
			same(t, "later", level(t, m, 10*second, load.OTPM), want+8500)
			next := ask(m, 10*second, 2, 0, 100)
			if next.Response.Outcome != load.OK || m.InFlight(10*second) != 1 {
				t.Errorf("the cancelled answer still counts: %+v", next.Response)
			}
			m.Cancel(10*second, r.Handle)
			if next.Handle == r.Handle || m.InFlight(10*second) != 1 {
				t.Error("an old handle cancelled a new answer")
			}
			m.Cancel(11*second, next.Handle)
			same(t, "cancelled before the first token", level(t, m, 11*second, load.OTPM), want+9500)
		})
	}
}

func TestCancelAfterTheEndChangesNothing(t *testing.T) {
	t.Parallel()
	m := build(t, model.Config{OTPM: 60_000, Latency: speed, StartLevel: share(0.5)})
	r := ask(m, 0, 1, 0, 500)
	m.Cancel(r.Done, r.Handle)
	same(t, "all charged", level(t, m, r.Done, load.OTPM), 30_000+6000-500)
}

func TestConcurrencyCap(t *testing.T) {
	t.Parallel()
	m := build(t, model.Config{RPM: 60, Concurrency: 2, Latency: speed})
	ask(m, 0, 1, 0, 100)
	ask(m, 0, 2, 0, 100)
	r := ask(m, second, 3, 0, 100)
	if r.Response.Dimension != load.Concurrency || r.Response.HasRetryAfter || r.Limit != 2 || r.Response.Limits.At(load.RPM).Remaining != 59 {
		t.Errorf("third: %+v", r)
	}
	if r := ask(m, 2*second, 3, 0, 100); r.Response.Outcome != load.OK {
		t.Errorf("when the first is done: %+v", r.Response)
	}
}

func TestKeys(t *testing.T) {
	t.Parallel()
	own := false
	for _, row := range []struct {
		shared *bool
		want   load.Outcome
	}{{nil, load.Throttled}, {&own, load.OK}} {
		m := build(t, model.Config{RPM: 1, KeysShareBucket: row.shared})
		var r model.Reply
		m.Handle(0, &model.Request{ID: 1, Attempt: 1, Key: 0}, &r)
		m.Handle(0, &model.Request{ID: 2, Attempt: 1, Key: 1 << 40}, &r)
		if r.Response.Outcome != row.want {
			t.Errorf("second key: %v, want %v", r.Response.Outcome, row.want)
		}
		if levels := m.Levels(0); (len(levels) == 2 && levels[1].Key == 1<<40) != (row.want == load.OK) {
			t.Errorf("levels %+v", levels)
		}
	}
}

func TestUnknownModel(t *testing.T) {
	t.Parallel()
	m := build(t, model.Config{Profile: "start", Latency: speed})
	for range 2 {
		var r model.Reply
		m.Handle(second, &model.Request{Attempt: 1, Model: "gpt-4"}, &r)
		if r.Response.Outcome != load.Failed || r.Response.Status != 404 || r.Response.ErrorType != "not_found_error" || r.Done != second+second/4 || r.Handle != (model.Handle{}) {
			t.Errorf("got %+v", r)
		}
	}
}

func TestPoolsAreIndependentAndCacheReadsCountWhereTheyDo(t *testing.T) {
	t.Parallel()
	m := build(t, model.Config{Profile: "start"})
	tokens := load.Tokens{Input: 1000, CacheWrite: 2000, CacheRead: 30_000}
	for _, row := range []struct {
		model string
		left  int64
	}{
		{"claude-sonnet-5", 1_997_000},
		{"claude-opus-5", 1_997_000},
		{"claude-opus-5-5", 1_997_000},
		{"claude-3-5-haiku-20241022", 67_000},
		{"claude-sonnet-5-20260801", 1_994_000},
	} {
		var r model.Reply
		m.Handle(0, &model.Request{Attempt: 1, Model: row.model, Tokens: tokens}, &r)
		if got := r.Response.Limits.At(load.ITPM).Remaining; got != row.left {
			t.Errorf("%s: %d left, want %d", row.model, got, row.left)
		}
	}
}
