package journal_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"ratecliff/load"
	"ratecliff/mockserver/journal"
)

func text(t *rapid.T, name string) string { return rapid.String().Draw(t, name) }

func exchange(t *rapid.T) journal.Exchange {
	big := rapid.Int64()
	x := journal.Exchange{
		V: journal.Version, Seq: rapid.Uint64().Draw(t, "seq"), At: time.Duration(big.Draw(t, "at")),
		Decided: time.Duration(big.Draw(t, "decided")), Done: time.Duration(big.Draw(t, "done")),
		Date:      time.Unix(0, big.Draw(t, "date")).UTC(),
		RequestID: text(t, "id"), Key: text(t, "key"), Workspace: text(t, "workspace"), Agent: text(t, "agent"), Version: text(t, "version"),
		Method: text(t, "method"), Endpoint: text(t, "endpoint"), Model: text(t, "model"), Stream: rapid.Bool().Draw(t, "stream"),
		BodyBytes: big.Draw(t, "body"), Tokens: load.Tokens{Input: big.Draw(t, "in"), CacheWrite: big.Draw(t, "cw"), CacheRead: big.Draw(t, "cr"), Output: big.Draw(t, "out")},
		MaxTokens: big.Draw(t, "max"), Decision: journal.Decision(text(t, "decision")), Dimension: text(t, "dim"), Cause: text(t, "cause"), Scope: text(t, "scope"), Owner: text(t, "owner"),
		Limit: big.Draw(t, "limit"), Impossible: rapid.Bool().Draw(t, "impossible"),
		Status: rapid.Int().Draw(t, "status"), ErrorType: text(t, "et"), ErrorCode: text(t, "ec"), Fault: text(t, "fault"),
		Bytes: big.Draw(t, "bytes"), HungUp: rapid.Bool().Draw(t, "hung"), Nonce: text(t, "nonce"),
		Retries: rapid.Uint64().Draw(t, "retries"), LinkedBy: journal.Link(text(t, "link")),
	}
	if rapid.Bool().Draw(t, "counted") {
		n := rapid.Int().Draw(t, "count")
		x.RetryCount = &n
	}
	for range rapid.IntRange(0, 3).Draw(t, "levels") {
		x.Levels = append(x.Levels, journal.Level{
			Scope: text(t, "s"), Owner: text(t, "o"), Pool: text(t, "p"), Dimension: text(t, "d"), Capacity: big.Draw(t, "c"),
			Before: rapid.Float64Range(-1e15, 1e15).Draw(t, "b"), After: rapid.Float64Range(-1e15, 1e15).Draw(t, "a"),
		})
	}
	for range rapid.IntRange(0, 3).Draw(t, "headers") {
		x.Headers = append(x.Headers, journal.Header{Name: text(t, "n"), Value: text(t, "v")})
	}
	return x
}

// TestExchangeIsTheJSONOfItsTags: the hand-written encoder writes what
// encoding/json writes, field for field and in its order, and it reads back.
func TestExchangeIsTheJSONOfItsTags(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		x := exchange(t)
		line := x.Append(nil)
		check(t, line, x)
		back, err := journal.NewDecoder(bytes.NewReader(line)).Exchange()
		if err != nil || !reflect.DeepEqual(back, x) {
			t.Fatalf("%s read back as %+v, %v", line, back, err)
		}
	})
}

func TestEntryIsTheJSONOfItsTags(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		e := journal.Entry{
			V: journal.Version, N: rapid.Uint64().Draw(t, "n"), At: time.Duration(rapid.Int64().Draw(t, "at")),
			Event: journal.Event(text(t, "event")), Seq: rapid.Uint64().Draw(t, "seq"), Dimension: text(t, "d"), Scope: text(t, "s"), Balances: []journal.Balance{},
		}
		for range rapid.IntRange(0, 3).Draw(t, "balances") {
			e.Balances = append(e.Balances, journal.Balance{
				Scope: text(t, "s"), Owner: text(t, "o"), Key: rapid.Int().Draw(t, "k"), Pool: text(t, "p"), Dimension: text(t, "d"),
				Limit: rapid.Int64().Draw(t, "l"), Capacity: rapid.Int64().Draw(t, "c"), Before: rapid.Int64().Draw(t, "b"),
				After: rapid.Int64().Draw(t, "a"), FullAt: time.Duration(rapid.Int64().Draw(t, "f")),
			})
		}
		line := e.Append(nil)
		check(t, line, e)
		back, err := journal.NewDecoder(bytes.NewReader(line)).Entry()
		if err != nil || !reflect.DeepEqual(back, e) {
			t.Fatalf("%s read back as %+v, %v", line, back, err)
		}
	})
}

// check compares a line with what encoding/json makes of the value, both
// without their choice of escapes.
func check(t *rapid.T, line []byte, v any) {
	if !bytes.HasSuffix(line, []byte("}\n")) || bytes.Count(line, []byte("\n")) != 1 || !utf8.Valid(line) {
		t.Fatalf("not one line: %q", line)
	}
	want, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := members(t, line), members(t, want); !reflect.DeepEqual(got, want) {
		t.Fatalf("got  %v\nwant %v", got, want)
	}
}

// members are the tokens of a JSON text in order, numbers by value.
func members(t *rapid.T, text []byte) []json.Token {
	var all []json.Token
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatalf("%v in %s", err, text)
		}
		if n, ok := token.(json.Number); ok && strings.ContainsAny(n.String(), ".eE") {
			token, _ = n.Float64()
		} else if f, err := n.Float64(); ok && err == nil && math.Abs(f) >= 1<<53 {
			token = f
		}
		all = append(all, token)
	}
}

func TestTheDecoder(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, text string
		n, line    int // exchanges read; line at fault, 0 for none
	}{
		{"empty", "", 0, 0},
		{"blank lines and unknown fields", "\n{\"v\":1,\"seq\":1,\"later\":{}}\n\n  \n{\"v\":1,\"seq\":2}", 2, 0},
		{"cut short by a crash", "{\"v\":1,\"seq\":1}\n{\"v\":1,\"se", 1, 2},
		{"a later version", "{\"v\":2}\n", 0, 1},
		{"no version", "{\"seq\":2}\n", 0, 1},
		{"another type", "{\"v\":1,\"seq\":\"x\"}\n", 0, 1},
		{"a line without end", "{\"v\":1}\n" + strings.Repeat(" ", journal.MaxLine+1), 1, 2},
	} {
		got, err := journal.Exchanges(strings.NewReader(row.text))
		line := 0
		if e := (*journal.LineError)(nil); errors.As(err, &e) {
			line = e.Line
		} else if err != nil {
			t.Errorf("%s: %v", row.name, err)
		}
		if len(got) != row.n || line != row.line {
			t.Errorf("%s: %d exchanges, line %d at fault (%v); want %d, %d", row.name, len(got), line, err, row.n, row.line)
		}
	}
	if _, err := journal.Entries(strings.NewReader("{\"v\":7}\n")); !errors.Is(err, journal.ErrVersion) {
		t.Errorf("a ledger of version 7: %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte("{\"v\":1,\"seq\":3,\"headers\":[{\"name\":\"a\",\"value\":\"\\u0000\"}]}\n"))
	f.Add([]byte("{\"v\":1,\"n\":3,\"balances\":[{\"pool\":\"p\",\"before\":-1}]}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		all, _ := journal.Exchanges(bytes.NewReader(data))
		var out []byte
		for i := range all {
			out = all[i].Append(out)
		}
		again, err := journal.Exchanges(bytes.NewReader(out))
		if err != nil || len(again) != len(all) {
			t.Errorf("%d lines read, %d after writing them: %v", len(all), len(again), err)
		}
		_, _ = journal.Entries(bytes.NewReader(data))
	})
}

func TestKeysAreHashed(t *testing.T) {
	t.Parallel()
	// The SHA-256 of "abc" is a test vector of FIPS 180-2.
	if got := journal.KeyHash("abc"); got != "ba7816bf8f01" {
		t.Errorf("got %s", got)
	}
	if got := journal.KeyHash(""); got != "" {
		t.Errorf("no key: %s", got)
	}
}

func BenchmarkAppend(b *testing.B) {
	n := 1
	x := journal.Exchange{
		V: 1, Seq: 123456, At: 1e12, Decided: 1e12, Done: 2e12, Date: time.Unix(1.7e9, 123456789), RequestID: "req_011CabcdefghijklmnopqrS",
		Key: "ba7816bf8f01", Agent: "Anthropic/JS 1.12.0", Version: "2023-06-01", Method: "POST", Endpoint: "messages", Model: "claude-sonnet-5", BodyBytes: 150,
		Decision: journal.Admitted, Status: 200, RetryCount: &n,
	}
	for _, d := range []string{"rpm", "itpm", "otpm"} {
		x.Levels = append(x.Levels, journal.Level{Pool: "Sonnet 5", Dimension: d, Capacity: 2_000_000, Before: 1999123.25, After: 1999000.25})
	}
	for _, d := range []string{"limit", "remaining", "reset", "a", "b", "c", "d", "e", "f", "g", "h", "i"} {
		x.Headers = append(x.Headers, journal.Header{Name: "anthropic-ratelimit-input-tokens-" + d, Value: "2000-01-01T00:00:00Z"})
	}
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		buf = x.Append(buf[:0])
	}
	b.SetBytes(int64(len(buf)))
}
