package yamlx_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"ratecliff/scenario/yamlx"
)

func parse(t *testing.T, src string) *yamlx.Node {
	t.Helper()
	var issues yamlx.Issues
	n := yamlx.Parse(&yamlx.Source{Name: "t.yaml", Text: []byte(src)}, &issues)
	for _, i := range issues {
		t.Fatal(i)
	}
	return n
}

func TestPlaces(t *testing.T) {
	t.Parallel()
	n := parse(t, "a: 1\nlist:\n  - name: x\n    deep: {k: [5, é, 7]}\n")
	for _, c := range []struct {
		path         string
		found        bool
		line, column int
	}{
		{"a", true, 1, 4},
		{"list[0].name", true, 3, 11},
		{"list.0.name", true, 3, 11},
		{"list.x.name", true, 3, 11},
		{"list[0].deep", true, 4, 5}, // a mapping is shown at its key
		{"list[0].deep.k[2]", true, 4, 22},
		{"list[0].deep.none", false, 4, 5},
		{"list[7].deep", false, 2, 1},
		{"none", false, 1, 1},
		{"", true, 1, 1},
	} {
		value, place := n.Find(c.path)
		if (value != nil) != c.found || place.Line != c.line || place.Column != c.column {
			t.Errorf("%q: found %v at %d:%d, want %v at %d:%d", c.path, value != nil, place.Line, place.Column, c.found, c.line, c.column)
		}
	}
}

func TestMerge(t *testing.T) {
	t.Parallel()
	n := parse(t, "base: &b {x: 1, y: 2}\nother: &o {y: 3, z: 4}\nboth: {<<: [*b, *o], x: 9}\none:\n  <<: *b\n  y: 8\n")
	for path, want := range map[string]string{"both.x": "9", "both.y": "2", "both.z": "4", "one.x": "1", "one.y": "8"} {
		if v, _ := n.Find(path); v == nil || v.Value != want {
			t.Errorf("%s = %v, want %s", path, v, want)
		}
	}
	var issues yamlx.Issues
	yamlx.Parse(&yamlx.Source{Name: "t.yaml", Text: []byte("a: {<<: 5}\n")}, &issues)
	if len(issues) != 1 || !strings.HasPrefix(issues[0].Error(), "t.yaml:1:5: << takes a mapping") {
		t.Errorf("%v", issues)
	}
}

func TestCanonical(t *testing.T) {
	t.Parallel()
	a := parse(t, "b: 1_000\na: [x, 0.50, yes, null, true]\n# comment\n")
	b := parse(t, "a: ['x', .5, \"yes\", ~, true]\nb: 0x3e8\n")
	if x, y := string(a.Canonical(nil)), string(b.Canonical(nil)); x != y {
		t.Errorf("%s differs from %s", x, y)
	}
	c := parse(t, "a: [x, '0.50', yes, null, true]\nb: 1000\n")
	if string(a.Canonical(nil)) == string(c.Canonical(nil)) {
		t.Error("a number and a text of the same letters must differ")
	}
}

func TestDump(t *testing.T) {
	t.Parallel()
	src := "name: \"5\"\nlist:\n  - 1\n  - two\nempty: null\nat: 10s\n"
	n := parse(t, src)
	text, err := yamlx.Dump(n)
	if err != nil {
		t.Fatal(err)
	}
	if again := parse(t, string(text)); string(again.Canonical(nil)) != string(n.Canonical(nil)) {
		t.Errorf("not the same after a round trip:\n%s", text)
	}
}

func TestNearest(t *testing.T) {
	t.Parallel()
	known := []string{"burst", "burst_window", "rpm", "itpm", "otpm", "start_level", "sdk-python"}
	for written, want := range map[string]string{
		"brust": "burst", "BURST": "burst", "bursts": "burst", "burst-window": "burst_window", "itmp": "itpm",
		"python": "sdk-python", "startlevel": "start_level", "zebra": "", "": "", strings.Repeat("burst", 30): "",
	} {
		if got := yamlx.Nearest(written, known); got != want {
			t.Errorf("%q: %q, want %q", written, got, want)
		}
	}
}

type inner struct {
	X float64 `yaml:"x"`
}

type outer struct {
	I      int           `yaml:"i"`
	U      uint8         `yaml:"u"`
	D      time.Duration `yaml:"d"`
	P      *inner        `yaml:"p"`
	inner  `yaml:"-"`
	Hidden int            `yaml:"-"`
	M      map[string]int `yaml:"m"`
	A      [2]int         `yaml:"a"`
	Word   word           `yaml:"word"`
	Plain  bool
	Lifted struct {
		Y int `yaml:"y"`
	} `yaml:",inline"`
}

type word string

func (w *word) UnmarshalText(b []byte) error {
	if string(b) != "ok" {
		return errors.New("only ok will do")
	}
	*w = "OK"
	return nil
}

func TestDecode(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ src, want string }{
		{"{i: -5, u: 255, d: 1m30s, p: {x: 2}, m: {k: 1}, a: [1, 2], word: ok, plain: true, y: 3}", ""},
		{"{i: 1e3, d: 0}", ""},
		{"{i: 9223372036854775807}", ""},
		{"{i: 9223372036854775808}", "i is too large: 9223372036854775808"},
		{"{u: 256}", "u must be a whole number from 0 to 255, not 256"},
		{"{u: -1}", "u must be a whole number from 0 to 255, not -1"},
		{"{i: 1.5}", "i must be a whole number, not 1.5"},
		{"{d: 5}", "d is a duration and needs a unit"},
		{"{p: }", "p has no value"},
		{"{p: 5}", "p must be a mapping, not 5"},
		{"{a: [1]}", "a must be a list of 2 values"},
		{"{word: no}", "word: only ok will do"},
		{"{hidden: 1}", `unknown key "hidden" here`},
		{"{m: {k: x}}", "m.k must be a whole number, not x"},
		{"{plain: 1}", "plain must be true or false, not 1"},
		{"[]", "the document must be a mapping, not a list"},
	} {
		var issues yamlx.Issues
		d := yamlx.Decoder{Issues: &issues}
		var v outer
		d.Decode(parse(t, c.src), "", &v)
		got := ""
		if len(issues) > 0 {
			got = issues[0].Message
		}
		if got != c.want || len(issues) > 1 {
			t.Errorf("%s: %q, want %q", c.src, got, c.want)
		}
	}
	var v outer
	d := yamlx.Decoder{Issues: &yamlx.Issues{}}
	d.Decode(parse(t, "{i: -5, u: 255, d: 1m30s, p: {x: 2}, m: {k: 1}, a: [1, 2], word: ok, plain: true, y: 3}"), "", &v)
	if v.I != -5 || v.U != 255 || v.D != 90*time.Second || v.P.X != 2 || v.M["k"] != 1 || v.A[1] != 2 || v.Word != "OK" || !v.Plain || v.Lifted.Y != 3 {
		t.Errorf("%+v", v)
	}
}

// FuzzParse holds that no text makes the reader panic, that a tree never comes
// out larger than allowed, and that what was read can be written and read again.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"a: &x [1, 2]\nb: *x\n", "<<: {a: 1}\n", "? [a]\n: b\n", "a: !!binary aGk=\n", "--- |\n x\n...\n", "a: 2026-11-22\n", "&a [*a]", "%YAML 1.2\n---\na: .inf\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		var issues yamlx.Issues
		n := yamlx.Parse(&yamlx.Source{Name: "f", Text: src}, &issues)
		if n == nil && len(issues) == 0 {
			t.Fatal("neither a tree nor a mistake")
		}
		for _, i := range issues {
			_ = i.Error()
			if i.Line < 1 && len(src) <= yamlx.MaxBytes {
				t.Fatalf("no place: %+v", i)
			}
		}
		if n == nil || len(issues) > 0 {
			return
		}
		text, err := yamlx.Dump(n)
		if err != nil {
			return
		}
		var more yamlx.Issues
		again := yamlx.Parse(&yamlx.Source{Name: "again", Text: text}, &more)
		if again == nil || len(more) > 0 {
			t.Fatalf("%q was written as %q, which cannot be read: %v", src, text, more)
		}
		if a, b := n.Canonical(nil), again.Canonical(nil); string(a) != string(b) {
			t.Fatalf("%q became %q: %s is not %s", src, text, a, b)
		}
	})
}
