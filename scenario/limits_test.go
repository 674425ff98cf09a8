package scenario_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"ratecliff/scenario"
	"ratecliff/scenarios"
)

func TestTooLarge(t *testing.T) {
	t.Parallel()
	began := time.Now()
	_, err := scenario.Load("big.yaml", []byte("version: 1\n"+strings.Repeat("# padding\n", 1<<20)), scenario.Options{})
	want := "big.yaml: the file has 10485771 bytes, more than the 1048576 that a scenario may have; traces belong in files of their own"
	if err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
	if took := time.Since(began); took > time.Second {
		t.Errorf("took %v", took)
	}
}

func BenchmarkLoadBurst(b *testing.B) {
	src, err := scenarios.Files.ReadFile("burst.yaml")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := scenario.Load("burst.yaml", src, scenario.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

func FuzzLoad(f *testing.F) {
	for _, pattern := range []string{"testdata/bad/*.yaml", "testdata/good/*.yaml"} {
		for _, src := range globBytes(f, pattern) {
			f.Add(src, "server.burst=1")
		}
	}
	f.Add([]byte(small), "strategies.*.limiter.share=[0.5]")
	f.Fuzz(func(t *testing.T, src []byte, set string) {
		opts := scenario.Options{}
		if set != "" {
			opts.Set = []string{set}
		}
		s, err := scenario.Load("fuzz.yaml", src, opts)
		if err == nil {
			if s.Cells() < 100 {
				_, _ = s.Expand()
			}
			return
		}
		var all *scenario.Errors
		if !errors.As(err, &all) || len(all.Issues) == 0 {
			t.Fatalf("not an Errors: %v", err)
		}
		for _, i := range all.Issues {
			placed := i.Line > 0 && i.Column > 0 || strings.HasPrefix(i.File, "--") || len(src) > 1<<20
			if !placed || i.Message == "" {
				t.Fatalf("no place: %+v", i)
			}
		}
	})
}

// huge are files about as large as allowed, each a nuisance of its own kind,
// scaled down by a divisor.
func huge(divisor int) map[string]string {
	lines := func(format string, n int) string {
		var b strings.Builder
		for i := range n / divisor {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	return map[string]string{
		"unknown keys":  "version: 1\n" + lines("key%d: 1\n", 80_000),
		"classes":       "version: 1\nduration: 1s\nclasses:\n" + lines("  c%d: {}\n", 60_000),
		"strategies":    small + lines("  - {name: s%d, base: full-jitter}\n", 20_000),
		"expectations":  small + "expect:\n" + lines("  - mine: success_ratio >= 0.%d\n", 25_000),
		"matrix":        small + "matrix:\n  server.burst: [" + lines("%d, ", 100_000) + "0]\n",
		"flow":          strings.Repeat("[", (1<<20)/divisor),
		"one long line": "version: 1\nname: " + strings.Repeat("x", 1_000_000/divisor) + "\nduration: 5\n",
	}
}

// A file far too large to be meant gives a message that can be read.
func TestHuge(t *testing.T) {
	t.Parallel()
	for name, src := range huge(10) {
		_, err := scenario.Load("huge.yaml", []byte(src), scenario.Options{})
		if err != nil && len(err.Error()) > 1<<20 {
			t.Errorf("%s: a message of %d bytes", name, len(err.Error()))
		}
	}
}

// BenchmarkHuge is how long the largest files that are read at all take.
func BenchmarkHuge(b *testing.B) {
	for name, src := range huge(1) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				_, _ = scenario.Load("huge.yaml", []byte(src), scenario.Options{}) // refused or not: only the time counts
			}
		})
	}
}
