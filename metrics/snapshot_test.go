package metrics

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ratecliff/load"
)

var update = flag.Bool("update", false, "rewrite golden files")

// again is a deep copy by way of JSON.
func again(t fataler, s *Snapshot) *Snapshot {
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	back := &Snapshot{}
	if err := json.Unmarshal(text, back); err != nil {
		t.Fatal(err)
	}
	return back
}

// merged starts from an empty snapshot, which is neutral.
func merged(t fataler, parts ...*Snapshot) *Snapshot {
	sum := NewRecorder(parts[0].Config).Snapshot(0)
	for _, p := range parts {
		if err := sum.Merge(p); err != nil {
			t.Fatal(err)
		}
	}
	return sum
}

func TestSnapshotRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := randomSnapshot(t)
		if !sameJSON(t, s, again(t, s)) {
			t.Fatal("the snapshot changed on its way through JSON")
		}
		if !sameJSON(t, s.Values(), again(t, s).Values()) {
			t.Fatal("the values changed on their way through JSON")
		}
	})
}

func TestSnapshotMergeLaws(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := randomSnapshot(t), randomSnapshot(t), randomSnapshot(t)
		before := merged(t, b)
		if !reflect.DeepEqual(before, b) {
			t.Fatal("an empty snapshot is not neutral")
		}
		if !reflect.DeepEqual(merged(t, a, b), merged(t, b, a)) {
			t.Fatal("not commutative")
		}
		if !reflect.DeepEqual(merged(t, merged(t, a, b), c), merged(t, a, merged(t, b, c))) {
			t.Fatal("not associative")
		}
		if !reflect.DeepEqual(before, b) {
			t.Fatal("merging changed its argument")
		}
		if m := merged(t, a, b); len(m.Series.Bins) > MaxBins {
			t.Fatalf("%d bins", len(m.Series.Bins))
		}
	})
}

// Parts of one run, merged, are the run recorded in one piece.
func TestMergeOfPartsIsTheWhole(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		calls := randomCalls(t)
		k := rapid.IntRange(0, len(calls)).Draw(t, "cut")
		record := func(part []one) *Snapshot {
			r := NewRecorder(twoPools())
			play(r, part)
			return r.Snapshot(0)
		}
		whole, sum := record(calls), merged(t, record(calls[:k]), record(calls[k:]))
		sum.Herd, whole.Herd = Herd{}, Herd{} // peaks of parts are not additive
		sum.Series.Bins = trimmed(sum.Series.Bins)
		whole.Series.Bins = trimmed(whole.Series.Bins)
		if !reflect.DeepEqual(whole, sum) {
			t.Fatal("the parts do not add up")
		}
	})
}

func trimmed(bins []Bin) []Bin {
	for len(bins) > 0 && bins[len(bins)-1] == (Bin{}) {
		bins = bins[:len(bins)-1]
	}
	return bins
}

func TestMergeRefusesOtherRuns(t *testing.T) {
	t.Parallel()
	base := NewRecorder(twoPools()).Snapshot(0)
	for name, change := range map[string]func(*Config){
		"classes":  func(c *Config) { c.Classes = []string{"batch", "chat"} },
		"fewer":    func(c *Config) { c.Classes = c.Classes[:1] },
		"limits":   func(c *Config) { c.Limits = c.Limits[:1] },
		"prices":   func(c *Config) { c.Prices = nil },
		"duration": func(c *Config) { c.Duration++ },
	} {
		cfg := twoPools()
		change(&cfg)
		if err := base.Merge(NewRecorder(cfg).Snapshot(0)); !errors.Is(err, ErrDifferentRuns) {
			t.Errorf("%s: got %v, want ErrDifferentRuns", name, err)
		}
	}
}

func TestResetIsLikeNew(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		first, second := randomCalls(t), randomCalls(t)
		used, fresh := NewRecorder(twoPools()), NewRecorder(twoPools())
		play(used, first)
		used.Gauge(50_000*sec, 3, 4, 5)
		used.Late(sec)
		used.Reset()
		for _, r := range []*Recorder{used, fresh} {
			r.Gauge(0, 1, 1, 1)
			play(r, second)
		}
		if !reflect.DeepEqual(used.Snapshot(60_000*sec), fresh.Snapshot(60_000*sec)) {
			t.Fatal("something of the first run was left")
		}
	})
}

func TestUnknownClassIsConfessed(t *testing.T) {
	t.Parallel()
	r := NewRecorder(Config{Classes: []string{"only"}})
	r.Arrived(0, &load.Arrival{Class: 7})
	if s := r.Snapshot(0); s.Confessions.UnknownClass != 1 || s.Classes[0].Arrivals != 1 {
		t.Errorf("got %+v", s.Confessions)
	}
}

func TestGoldenSnapshot(t *testing.T) {
	t.Parallel()
	r := NewRecorder(twoPools())
	r.Gauge(0, 2, 0, 0)
	play(r, []one{
		{due: 0, sent: sec / 2, done: 2 * sec, outcome: load.OK, model: "a", tokens: load.Tokens{Input: 1000, CacheRead: 50, Output: 200}},
		{due: sec, sent: sec, done: sec + 20*time.Millisecond, outcome: load.Throttled, class: 1, model: "a", tokens: load.Tokens{Input: 10, Output: 1}},
		{due: sec, sent: 2 * sec, done: 4 * sec, outcome: load.OK, class: 1, model: "bb", tokens: load.Tokens{Input: 30, Output: 3}},
	})
	r.Late(120 * time.Microsecond)
	s := r.Snapshot(4500 * time.Millisecond)
	got, err := json.MarshalIndent(struct {
		Snapshot *Snapshot
		Values   map[string]Value
	}{s, s.Values()}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("testdata", "snapshot.golden.json")
	if *update {
		if err := os.WriteFile(golden, append(got, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(bytes.TrimSpace(want), got) {
		t.Errorf("differs from %s (run with -update to rewrite):\n%s", golden, got)
	}
}
