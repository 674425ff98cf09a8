package wire

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"testing"
)

var jsonSeeds = []string{
	`{}`, `[]`, `null`, ` {"a":[1,2.5e-3,-0,{"b":"c\u00e9\ud83d\ude00\n"}],"d":true,"e":false}  `,
	`{"a":1,}`, `{"a" 1}`, `[1 2]`, `"\x"`, `"\u12"`, "\"\x01\"", `01`, `-`, `1.`, `1e`, `tru`, `{"a":1}x`, ``, `{`, `"`,
	`{"text":"a long plain run of text with a quote \" inside"}`, "\"\xff\xfe\"", `{"":{"":[[]]}}`,
}

// FuzzScanner holds the scanner to encoding/json's idea of valid.
func FuzzScanner(f *testing.F) {
	for _, s := range jsonSeeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		s := scanner{b: b}
		s.skip()
		if got, want := s.end(), json.Valid(b); got != want {
			t.Fatalf("%q: scanner says %v, encoding/json %v", b, got, want)
		}
	})
}

// FuzzUnescape compares text values with encoding/json's.
func FuzzUnescape(f *testing.F) {
	for _, s := range []string{`"a"`, `"\u00e9\ud83d\ude00"`, `"\ud83d"`, `"\ud83dx"`, `"\ude00\ud83d"`, `"\/\b\f\n\r\t\"\\"`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var want string
		if bytes.ContainsFunc(b, func(r rune) bool { return r == '\uFFFD' }) || json.Unmarshal(b, &want) != nil {
			return // encoding/json repairs bad UTF-8, we keep it
		}
		s := scanner{b: b}
		got, ok := s.text()
		if !ok {
			if string(bytes.TrimSpace(b)) != "null" {
				t.Fatalf("%q was not taken as a string", b)
			}
			return
		}
		if string(got) != want {
			t.Fatalf("%q: got %q, want %q", b, got, want)
		}
		if n := unescapedLen(bytes.TrimSpace(b)[1 : len(bytes.TrimSpace(b))-1]); n != len(want) {
			t.Fatalf("%q: length %d, want %d", b, n, len(want))
		}
	})
}

func TestNestingIsBounded(t *testing.T) {
	t.Parallel()
	for _, depth := range []int{maxDepth, maxDepth + 1} {
		b := append(bytes.Repeat([]byte("["), depth), bytes.Repeat([]byte("]"), depth)...)
		s := scanner{b: b}
		s.skip()
		if got, want := s.end(), json.Valid(b); got != want {
			t.Errorf("depth %d: scanner says %v, encoding/json %v", depth, got, want)
		}
	}
}

func TestIntegers(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		text string
		want int64
		ok   bool
	}{
		{"0", 0, true},
		{"42", 42, true},
		{"-7", -7, true},
		{"1e3", 1000, true},
		{"2.9", 2, true},
		{"999999999999999999", 999999999999999999, true},
		{"1e300", math.MaxInt64, true},
		{"-1e300", math.MinInt64, true},
		{"null", 0, false},
		{`"5"`, 0, false},
		{"[1]", 0, false},
		{"01", 0, false},
		{"1e", 0, false},
		{strconv.FormatInt(math.MaxInt64, 10), math.MaxInt64, true},
	} {
		s := scanner{b: []byte(row.text)}
		if got, ok := s.integer(); got != row.want || ok != row.ok {
			t.Errorf("%s: got %d %v, want %d %v", row.text, got, ok, row.want, row.ok)
		}
	}
}

func TestStringsAreQuotedForJSON(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"", "plain", `a"b\c`, "line\nend\x00\x1f", "é😀"} {
		var got string
		if err := json.Unmarshal(appendString(nil, s), &got); err != nil || got != s {
			t.Errorf("%q came back as %q, %v", s, got, err)
		}
	}
}
