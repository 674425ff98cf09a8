package model_test

import (
	"testing"
	"time"

	"ratecliff/load"
	"ratecliff/mockserver/model"
)

func benchmark(b *testing.B, cfg model.Config, gap time.Duration, want load.Outcome) {
	b.Helper()
	m, err := model.New(cfg, 1)
	if err != nil {
		b.Fatal(err)
	}
	req := model.Request{Attempt: 1, Model: "claude-sonnet-5", Tokens: load.Tokens{Input: 400, Output: 80}, MaxTokens: 1024, Stream: true}
	var reply model.Reply
	now, got := time.Duration(0), 0
	handle := func() {
		now += gap
		req.ID++
		m.Handle(now, &req, &reply)
		if reply.Response.Outcome == want {
			got++
		}
	}
	for range 5000 {
		handle()
	}
	b.ReportAllocs()
	n := 0
	got = 0
	for b.Loop() {
		handle()
		n++
	}
	if got*100 < n*99 {
		b.Fatalf("%d of %d were %v", got, n, want)
	}
}

var fixed = model.Latency{TTFT: load.FixedDist(0.5), TokensPerSecond: load.FixedDist(80), Refusal: load.FixedDist(0.05)}

func BenchmarkAdmitFixed(b *testing.B) {
	benchmark(b, model.Config{Profile: "scale", Latency: fixed}, 10*time.Millisecond, load.OK)
}

func BenchmarkAdmitDrawn(b *testing.B) {
	benchmark(b, model.Config{Profile: "scale"}, 10*time.Millisecond, load.OK)
}

func BenchmarkRefuse(b *testing.B) {
	empty := 0.0
	benchmark(b, model.Config{RPM: 1, ITPM: 2_000_000, OTPM: 400_000, StartLevel: &empty}, time.Nanosecond, load.Throttled)
}
