package wire

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"ratecliff/load"
)

func TestLimitHeadersComeBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		base := Timebase{
			Start:    time.Date(2026, 11, 22, 8, 0, 0, rapid.IntRange(0, 999999999).Draw(t, "ns"), time.UTC),
			Compress: rapid.SampledFrom([]float64{0, 1, 60, 3600, 0.5}).Draw(t, "compress"),
		}
		var s load.LimitStatuses
		for i := range s {
			if rapid.Bool().Draw(t, "known") {
				s[i] = load.LimitStatus{
					Known: true, Limit: rapid.Int64Range(0, 1e8).Draw(t, "limit"),
					Remaining: rapid.Int64Range(0, 1e8).Draw(t, "remaining"),
					Reset:     time.Duration(rapid.Int64Range(-int64(time.Hour), int64(100*time.Hour)).Draw(t, "reset")),
				}
			}
		}
		h := headers{}
		for i, value := range base.LimitValues(&s, Combined(&s)) {
			if value != "" {
				h[LimitName(i)] = value
			}
		}
		got := base.ReadLimits(h)
		grain := time.Second
		if base.Compressed() {
			grain = time.Duration(float64(time.Microsecond)*base.Compress) + 1
		}
		for i := range s {
			early := s[i].Reset - got[i].Reset
			if s[i].Known && (early < -grain && base.Compressed() || early < 0 && !base.Compressed() || early > grain) {
				t.Fatalf("reset %v came back as %v", s[i].Reset, got[i].Reset)
			}
			got[i].Reset = s[i].Reset
		}
		if got != s {
			t.Fatalf("got %+v, want %+v", got, s)
		}
	})
}

func TestLimitHeadersMayBeMissing(t *testing.T) {
	t.Parallel()
	base := Timebase{Start: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	const name = "Anthropic-Ratelimit-Requests-"
	for _, row := range []struct {
		limit, remaining, reset string
		want                    load.LimitStatus
	}{
		{"50", "49", "2026-01-01T00:00:02Z", load.LimitStatus{Known: true, Limit: 50, Remaining: 49, Reset: 2 * time.Second}},
		{"50", "49", "2025-12-31T23:59:48Z", load.LimitStatus{Known: true, Limit: 50, Remaining: 49, Reset: -12 * time.Second}},
		{"50", "49", "2026-01-01T01:00:02.5+01:00", load.LimitStatus{Known: true, Limit: 50, Remaining: 49, Reset: 2500 * time.Millisecond}},
		{"50", "49", "6m0s", load.LimitStatus{Known: true, Limit: 50, Remaining: 49}},
		{"50", "49", "", load.LimitStatus{Known: true, Limit: 50, Remaining: 49}},
		{"50", "", "2026-01-01T00:00:02Z", load.LimitStatus{}},
		{"", "49", "2026-01-01T00:00:02Z", load.LimitStatus{}},
		{"lots", "49", "2026-01-01T00:00:02Z", load.LimitStatus{}},
	} {
		h := headers{name + "Limit": row.limit, name + "Remaining": row.remaining, name + "Reset": row.reset}
		if got := base.ReadLimits(h); got != (load.LimitStatuses{row.want}) {
			t.Errorf("%v: got %+v, want %+v", h, got, row.want)
		}
	}
}

func TestOneTokenLimitAloneIsTheTokensTrio(t *testing.T) {
	t.Parallel()
	s := load.LimitStatuses{{}, {}, {Known: true, Limit: 9, Remaining: 3, Reset: time.Second}}
	values := Timebase{}.LimitValues(&s, Combined(&s))
	want := [LimitHeaders]string{6: "9", 7: "3", 8: "0001-01-01T00:00:01Z", 9: "9", 10: "3", 11: "0001-01-01T00:00:01Z"}
	if values != want {
		t.Errorf("got %q, want %q", values, want)
	}
}

func TestReadRetryAfter(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for _, row := range []struct {
		name     string
		compress float64
		h        headers
		want     time.Duration
		ok       bool
	}{
		{"none", 1, headers{}, 0, false},
		{"integer", 1, headers{"Retry-After": "16"}, 16 * time.Second, true},
		{"zero", 1, headers{"Retry-After": "0"}, 0, true},
		{"fraction", 1, headers{"Retry-After": " 0.25 "}, 250 * time.Millisecond, true},
		{"negative", 1, headers{"Retry-After": "-3"}, -3 * time.Second, true},
		{"days", 1, headers{"Retry-After": "62291"}, 62291 * time.Second, true},
		{"milliseconds first", 1, headers{"Retry-After": "16", "Retry-After-Ms": "1500.5"}, 1500500 * time.Microsecond, true},
		{"bad milliseconds", 1, headers{"Retry-After": "16", "Retry-After-Ms": "soon"}, 16 * time.Second, true},
		{"date against date", 1, headers{"Retry-After": "Sun, 22 Nov 2026 15:00:30 GMT", "Date": "Sun, 22 Nov 2026 15:00:00 GMT"}, 30 * time.Second, true},
		{"date against now", 1, headers{"Retry-After": "Sun, 22 Nov 2026 12:00:30 GMT"}, 20 * time.Second, true},
		{"past date", 1, headers{"Retry-After": "Sun, 22 Nov 2026 12:00:00 GMT"}, -10 * time.Second, true},
		{"old date form", 1, headers{"Retry-After": "Sunday, 22-Nov-26 12:00:30 GMT"}, 20 * time.Second, true},
		{"words", 1, headers{"Retry-After": "later"}, 0, false},
		{"not a number", 1, headers{"Retry-After": "NaN"}, 0, false},
		{"infinite", 1, headers{"Retry-After": "inf"}, 0, false},
		{"hexadecimal", 1, headers{"Retry-After": "0x10"}, 0, false},
		{"endless digits", 1, headers{"Retry-After": "9999999999999999999999"}, load.Never/2 + 1, true},
		{"compressed", 60, headers{"Retry-After": "2"}, 2 * time.Minute, true},
		{"compressed date", 60, headers{"Retry-After": "Sun, 22 Nov 2026 12:00:30 GMT", "Date": "Sun, 22 Nov 2026 12:00:00 GMT"}, 30 * time.Minute, true},
	} {
		got, ok := Timebase{Start: start, Compress: row.compress}.ReadRetryAfter(10*time.Second, row.h)
		if got != row.want || ok != row.ok {
			t.Errorf("%s: got %v %v, want %v %v", row.name, got, ok, row.want, row.ok)
		}
	}
}

func TestAppendRetryAfter(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		compress float64
		wait     time.Duration
		sec, ms  string
	}{
		{1, 16 * time.Second, "16", "16000"},
		{1, 15*time.Second + 1, "16", "15000.001"},
		{1, 0, "0", "0"},
		{1, -time.Second, "0", "0"},
		{60, 16 * time.Second, "1", "266.667"},
		{60, 3 * time.Minute, "3", "3000"},
	} {
		base := Timebase{Compress: row.compress}
		if got := string(base.AppendRetryAfter(nil, row.wait)); got != row.sec {
			t.Errorf("%v at x%v: retry-after %s, want %s", row.wait, row.compress, got, row.sec)
		}
		if got := string(base.AppendRetryAfterMS(nil, row.wait)); got != row.ms {
			t.Errorf("%v at x%v: retry-after-ms %s, want %s", row.wait, row.compress, got, row.ms)
		}
	}
}

func TestReadAdvice(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]load.Advice{"": load.NoAdvice, "true": load.DoRetry, "false": load.DoNotRetry, "maybe": load.NoAdvice} {
		if got := ReadAdvice(headers{"X-Should-Retry": value}); got != want {
			t.Errorf("%q: got %v, want %v", value, got, want)
		}
	}
}

func TestTimebase(t *testing.T) {
	t.Parallel()
	base := Timebase{Start: time.Unix(1000, 0), Compress: 60}
	if got := base.Wall(time.Minute); !got.Equal(time.Unix(1001, 0)) {
		t.Errorf("a minute of the run is %v", got)
	}
	if got := base.Instant(time.Unix(1002, 0)); got != 2*time.Minute {
		t.Errorf("two seconds of the wall are %v", got)
	}
	if got := base.Stretch(load.Never); got <= 0 || got == load.Never {
		t.Errorf("for ever became %v", got)
	}
	if got := (Timebase{}).Stretch(load.Never); got != load.Never {
		t.Errorf("without compression for ever became %v", got)
	}
}

func BenchmarkLimitValues(b *testing.B) {
	s := load.LimitStatuses{
		{Known: true, Limit: 1000, Remaining: 999, Reset: time.Second},
		{Known: true, Limit: 2000000, Remaining: 1990000, Reset: 2 * time.Second},
		{Known: true, Limit: 400000, Remaining: 400000},
	}
	base := Timebase{Start: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	b.ReportAllocs()
	for b.Loop() {
		base.LimitValues(&s, Combined(&s))
	}
}
