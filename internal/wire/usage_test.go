package wire

import (
	"encoding/json"
	"testing"

	"ratecliff/load"
)

// reference reads usage and stop_reason the slow way.
func reference(b []byte) (t load.Tokens, stop string, hasUsage, ok bool) {
	var top map[string]any
	if json.Unmarshal(b, &top) != nil || top == nil {
		return t, "", false, false
	}
	for _, key := range []string{"message", "delta"} {
		if inner, _ := top[key].(map[string]any); inner != nil {
			return t, "", false, false // the order of two levels matters; tested by transcripts
		}
	}
	stop, _ = top["stop_reason"].(string)
	u, hasUsage := top["usage"].(map[string]any)
	count := func(name string) int64 {
		f, _ := u[name].(float64)
		return int64(f)
	}
	return load.Tokens{
		Input: count("input_tokens"), CacheWrite: count("cache_creation_input_tokens"),
		CacheRead: count("cache_read_input_tokens"), Output: count("output_tokens"),
	}, stop, hasUsage, true
}

// FuzzUsage compares the scanner's reading of a message with encoding/json's.
func FuzzUsage(f *testing.F) {
	f.Add([]byte(message))
	for _, s := range []string{
		`{"usage":{"input_tokens":1},"usage":{"output_tokens":2}}`, `{"usage":null}`, `{"usage":{"input_tokens":1,"input_tokens":null}}`,
		`{"us\u0061ge":{"output_tokens":3}}`, `{"usage":{"output_tokens":1.5e2}}`, `{"usage":[],"stop_reason":5}`, `[]`, `{"usage":{"output_tokens":"7"}}`,
		`{"error":{"type":"x","message":"\u2019"}}`, `{"stop_reason":"end\n"}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var e envelope
		valid := e.decode(b)
		want, stop, hasUsage, ok := reference(b)
		if !ok {
			return
		}
		var got load.Tokens
		e.usage.onto(&got)
		const exact = 1 << 53 // where float64 stops counting
		for _, n := range []int64{want.Input, want.CacheWrite, want.CacheRead, want.Output} {
			if n > exact || n < -exact {
				return
			}
		}
		if !valid || e.hasUsage != hasUsage || hasUsage && got != want {
			t.Fatalf("%q: got %v %v %+v, want %v %+v", b, valid, e.hasUsage, got, hasUsage, want)
		}
		if json.Valid(b) && !containsReplacement(stop) && string(e.stop) != stop {
			t.Fatalf("%q: stop reason %q, want %q", b, e.stop, stop)
		}
	})
}

func containsReplacement(s string) bool {
	for _, r := range s {
		if r == '\uFFFD' {
			return true
		}
	}
	return false
}
