package mockserver_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ratecliff/load"
	"ratecliff/mockserver"
	"ratecliff/mockserver/mockservertest"
	"ratecliff/mockserver/model"
)

const ms = time.Millisecond

func TestStreamTimeline(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name     string
		compress float64
		every    time.Duration
		output   int64
		deltas   []time.Duration
		done     time.Duration
	}{
		{"eight writes in four seconds", 1, 500 * ms, 40, []time.Duration{2000 * ms, 2500 * ms, 3000 * ms, 3500 * ms, 4000 * ms, 4500 * ms, 5000 * ms, 5500 * ms}, 6000 * ms},
		{"never more writes than tokens", 1, 10 * ms, 2, []time.Duration{2000 * ms, 2100 * ms}, 2200 * ms},
		{"shorter than a gap", 1, 500 * ms, 3, []time.Duration{2000 * ms}, 2300 * ms},
		{"no output", 1, 500 * ms, 0, []time.Duration{2000 * ms}, 2000 * ms},
		{"ten times as fast", 10, 100 * ms, 40, []time.Duration{2000 * ms, 3000 * ms, 4000 * ms, 5000 * ms}, 6000 * ms},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				server := mockservertest.StartInMemory(t, mockserver.Config{
					Model: model.Config{Latency: latency(2, 10, 0.05)}, TrustHints: true, Compress: row.compress, WriteEvery: row.every,
				})
				c := newClient(server, row.compress)
				q := call{hint: true, request: tokens(12, row.output)}
				q.request.Stream = true
				a := c.do(context.Background(), &q)
				fatalIf(t, a.err)
				want := []seen{{0, "message_start"}, {0, "content_block_start"}, {0, "ping"}}
				for _, at := range row.deltas {
					want = append(want, seen{at, "content_block_delta"})
				}
				want = append(want, seen{row.done, "content_block_stop"}, seen{row.done, "message_delta"}, seen{row.done, "message_stop"})
				if !slices.Equal(a.events, want) {
					t.Errorf("got  %v\nwant %v", a.events, want)
				}
				if a.response.Outcome != load.OK || a.response.Usage != q.request.Tokens {
					t.Errorf("%+v", a.response)
				}
			})
		})
	}
}

func TestPlainAnswerComesWhenDone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := mockservertest.StartInMemory(t, mockserver.Config{
			Model: model.Config{Latency: latency(1.5, 10, 0.05)}, Output: load.FixedDist(30),
		})
		c := newClient(server, 1)
		for _, row := range []struct {
			maxTokens, output int64
			stop              string
			took              time.Duration
		}{
			{1000, 30, "end_turn", 4500 * ms},
			{30, 30, "end_turn", 4500 * ms},
			{20, 20, "max_tokens", 3500 * ms},
		} {
			start := c.now()
			q := call{request: tokens(12, 0)}
			q.request.MaxTokens = row.maxTokens
			a := c.do(context.Background(), &q)
			fatalIf(t, a.err)
			var body struct {
				Stop    string `json:"stop_reason"`
				Content []struct{ Text string }
			}
			fatalIf(t, json.Unmarshal(a.body, &body))
			if a.done-start != row.took || body.Stop != row.stop || a.response.Usage != (load.Tokens{Input: 12, Output: row.output}) {
				t.Errorf("max_tokens %d: took %v, %s, %+v", row.maxTokens, a.done-start, body.Stop, a.response.Usage)
			}
			if int64(len(body.Content[0].Text)) != 4*row.output {
				t.Errorf("%d bytes of text", len(body.Content[0].Text))
			}
		}
	})
}

func TestRefusalAndRecovery(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := mockservertest.StartInMemory(t, mockserver.Config{
			Model: model.Config{RPM: 6, Burst: 1, ITPM: 30000, OTPM: 8000, Latency: latency(0, 1e6, 0.25)}, Output: load.FixedDist(0),
		})
		c := newClient(server, 1)
		for _, row := range []struct {
			at   time.Duration
			want load.Outcome
			wait time.Duration
			done time.Duration
		}{
			{0, load.OK, 0, 0},
			{0, load.Throttled, 10 * time.Second, 250 * ms},
			{3500 * ms, load.Throttled, 7 * time.Second, 3750 * ms}, // 6.5 s, rounded up
			{9999 * ms, load.Throttled, time.Second, 10249 * ms},
			{11 * time.Second, load.OK, 0, 11 * time.Second},
			{11 * time.Second, load.Throttled, 10 * time.Second, 11250 * ms},
			{21 * time.Second, load.OK, 0, 21 * time.Second}, // obeyed
		} {
			sleepUntil(c, row.at)
			a := c.do(context.Background(), &call{request: tokens(10, 0)})
			fatalIf(t, a.err)
			r := a.response
			if r.Outcome != row.want || r.RetryAfter != row.wait || r.HasRetryAfter != (row.wait > 0) || a.done != row.done {
				t.Errorf("at %v: %v, retry-after %v, done %v; want %v, %v, %v", row.at, r.Outcome, r.RetryAfter, a.done, row.want, row.wait, row.done)
			}
		}
	})
}

// TestRefusalOnTheWire spells out one 429, byte by byte where that is fixed.
func TestRefusalOnTheWire(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) { // starts at midnight UTC 2000-01-01
		server := mockservertest.StartInMemory(t, mockserver.Config{
			Model:        model.Config{RPM: 50, ITPM: 30000, OTPM: 8000, Latency: latency(0, 1e6, 0)},
			Organization: "11111111-2222-3333-4444-555555555555", Workspace: "wrkspc_1", Output: load.FixedDist(0),
		})
		c := newClient(server, 1)
		fatalIf(t, c.do(context.Background(), &call{request: tokens(30000, 0)}).err)
		a := c.do(context.Background(), &call{request: tokens(15000, 0)})
		fatalIf(t, a.err)
		for name, want := range map[string]string{
			"Content-Type": "application/json", "Retry-After": "30", "Retry-After-Ms": "", "X-Should-Retry": "true",
			"Anthropic-Organization-Id": "11111111-2222-3333-4444-555555555555", "Anthropic-Workspace-Id": "wrkspc_1",
			"Anthropic-Ratelimit-Requests-Limit": "50", "Anthropic-Ratelimit-Requests-Remaining": "49",
			"Anthropic-Ratelimit-Requests-Reset":     "2000-01-01T00:00:01Z",
			"Anthropic-Ratelimit-Input-Tokens-Limit": "30000", "Anthropic-Ratelimit-Input-Tokens-Remaining": "0",
			"Anthropic-Ratelimit-Input-Tokens-Reset":  "2000-01-01T00:01:00Z",
			"Anthropic-Ratelimit-Output-Tokens-Limit": "8000", "Anthropic-Ratelimit-Output-Tokens-Remaining": "8000",
			"Anthropic-Ratelimit-Output-Tokens-Reset": "2000-01-01T00:00:00Z",
			"Anthropic-Ratelimit-Tokens-Limit":        "38000", "Anthropic-Ratelimit-Tokens-Remaining": "8000",
			"Anthropic-Ratelimit-Tokens-Reset": "2000-01-01T00:00:00Z",
		} {
			if got := a.header.Get(name); got != want {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
		}
		id := a.header.Get("Request-Id")
		if len(id) != 28 || !strings.HasPrefix(id, "req_011C") {
			t.Errorf("request id %q", id)
		}
		want := `{"type":"error","error":{"type":"rate_limit_error","message":"This request would exceed your organization's rate limit of 30,000 input tokens per minute (org: 11111111-2222-3333-4444-555555555555, model: claude-x). For details, refer to: `
		if !strings.HasPrefix(string(a.body), want) || !strings.HasSuffix(string(a.body), `"},"request_id":"`+id+`"}`) {
			t.Errorf("body %s", a.body)
		}
		if a.response.Dimension != load.ITPM {
			t.Errorf("dimension %v", a.response.Dimension)
		}
	})
}

func TestCompressedRefusalCarriesMilliseconds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := mockservertest.StartInMemory(t, mockserver.Config{
			Model: model.Config{RPM: 6, Burst: 1, Latency: latency(0, 1e6, 0)}, Compress: 60, Output: load.FixedDist(0),
		})
		c := newClient(server, 60)
		fatalIf(t, c.do(context.Background(), &call{request: tokens(1, 0)}).err)
		a := c.do(context.Background(), &call{request: tokens(1, 0)})
		if got := a.header.Get("Retry-After-Ms") + " " + a.header.Get("Retry-After"); got != "166.667 1" {
			t.Errorf("retry-after-ms and retry-after are %q", got)
		}
		if d := a.response.RetryAfter - 10*time.Second; d < 0 || d > 100*time.Microsecond {
			t.Errorf("understood as %v", a.response.RetryAfter)
		}
		if got := a.header.Get("Anthropic-Ratelimit-Requests-Reset"); got != "2000-01-01T00:00:00.166666Z" {
			t.Errorf("reset %s", got)
		}
		time.Sleep(c.base.Shrink(a.response.RetryAfter))
		if a := c.do(context.Background(), &call{request: tokens(1, 0)}); a.response.Outcome != load.OK {
			t.Errorf("after the wait: %+v", a.response)
		}
	})
}

// TestHangUp: a client that goes away stops the production at that instant.
func TestHangUp(t *testing.T) {
	t.Parallel()
	for _, stream := range []bool{true, false} {
		for _, after := range []time.Duration{500 * ms, 3 * time.Second} {
			synctest.Test(t, func(t *testing.T) {
				cfg := model.Config{OTPM: 60000, Latency: latency(1, 100, 0)}
				server := mockservertest.StartInMemory(t, mockserver.Config{Model: cfg, TrustHints: true})
				c := newClient(server, 1)
				ctx, cancel := context.WithTimeout(context.Background(), after)
				defer cancel()
				q := call{hint: true, attempt: 1, request: tokens(10, 900)}
				q.request.Stream = stream
				if a := c.do(ctx, &q); a.err == nil {
					t.Fatalf("no error: %+v", a.response)
				}
				synctest.Wait()
				sleepUntil(c, 4*time.Second)
				direct, err := model.New(cfg, 0)
				fatalIf(t, err)
				var reply model.Reply
				direct.Handle(0, &model.Request{Model: "claude-x", Attempt: 1, Tokens: q.request.Tokens, MaxTokens: 1000, Stream: stream}, &reply)
				direct.Cancel(after, reply.Handle)
				if got, want := server.Mock.Levels(), direct.Levels(4*time.Second); !slices.Equal(got, want) {
					t.Errorf("stream %v, hung up after %v: levels %+v, want %+v", stream, after, got, want)
				}
			})
		}
	}
}
