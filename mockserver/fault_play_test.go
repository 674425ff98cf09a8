package mockserver_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"ratecliff/internal/wire"
	"ratecliff/load"
	"ratecliff/mockserver"
	"ratecliff/mockserver/mockservertest"
	"ratecliff/mockserver/model"
	"ratecliff/mockserver/model/fault"
)

// quickly is a mock that answers at once, but for what goes wrong.
func quickly(rules ...fault.Rule) mockserver.Config {
	return mockserver.Config{Model: model.Config{Latency: latency(0, 1e6, 0), Faults: fault.Config{Rules: rules}}}
}

func always(e fault.Effect) fault.Rule { return fault.Rule{Effect: e} }

// askPlain sends one plain request with a body of its own and returns the status and
// the body.
func askPlain(t *testing.T, s *mockservertest.Server, text string, more ...string) (*http.Response, []byte, error) {
	t.Helper()
	body := `{"model":"claude-x","max_tokens":10,"messages":[{"role":"user","content":"` + text + `"}]}`
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, s.URL+"/v1/messages", strings.NewReader(body))
	fatalIf(t, err)
	r.Header.Set(wire.HeaderAPIKey, "key")
	r.Header.Set(wire.HeaderVersion, wire.Version2023)
	for i := 0; i+1 < len(more); i += 2 {
		r.Header.Set(more[i], more[i+1])
	}
	resp, err := s.Client.Do(r)
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return resp, b, err
}

// TestSockets: over real connections a reset is a reset, a cut body is short, a
// broken chunk is no chunk; and the mock goes on.
func TestSockets(t *testing.T) {
	t.Parallel()
	s := mockservertest.Start(t, quickly(
		fault.Rule{Match: fault.Match{Nth: []int64{1}}, Effect: fault.Effect{Kind: fault.Reset}},
		fault.Rule{Match: fault.Match{Nth: []int64{2}}, Effect: fault.Effect{Kind: fault.ResetBody}},
		fault.Rule{Match: fault.Match{Nth: []int64{3}}, Effect: fault.Effect{Kind: fault.BadChunk}},
		fault.Rule{Match: fault.Match{Nth: []int64{4}}, Effect: fault.Effect{Kind: fault.Truncate}},
	))
	if _, _, err := askPlain(t, s, "1"); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("reset: %v", err)
	}
	resp, b, err := askPlain(t, s, "2")
	if resp == nil || resp.StatusCode != http.StatusOK || !errors.Is(err, syscall.ECONNRESET) || int64(len(b)) != resp.ContentLength/2 {
		t.Errorf("reset within the body: %v, %d bytes, %v", resp, len(b), err)
	}
	if _, b, err = askPlain(t, s, "3"); err == nil || !strings.Contains(err.Error(), "malformed") || len(b) == 0 {
		t.Errorf("malformed chunk: %q, %v", b, err)
	}
	resp, b, err = askPlain(t, s, "4")
	if err != nil || int64(len(b)) != resp.ContentLength || json.Valid(b) {
		t.Errorf("truncated: %q, %v", b, err)
	}
	if _, b, err = askPlain(t, s, "5"); err != nil || !json.Valid(b) {
		t.Errorf("afterwards: %q, %v", b, err)
	}
}

// TestHeadersOfErrors: what a client gets word for word.
func TestHeadersOfErrors(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for _, row := range []struct {
			effect   fault.Effect
			compress float64
			want     map[string]string // "" is absent
			body     string            // part of it
		}{
			{fault.Effect{Status: 429, Limit: "itpm", RetryAfter: "1.5"}, 1, map[string]string{"Retry-After": "1.5", "Retry-After-Ms": "", "X-Should-Retry": "true", "Anthropic-Ratelimit-Input-Tokens-Limit": "6000"}, "rate limit of 6,000 input tokens per minute"},
			{fault.Effect{Status: 429, RetryAfter: "-5", Bare: true}, 1, map[string]string{"Retry-After": "-5", "Anthropic-Ratelimit-Input-Tokens-Limit": ""}, `"message":"Rate limited"`},
			{fault.Effect{Status: 429, RetryAfterMS: "1500"}, 1, map[string]string{"Retry-After": "", "Retry-After-Ms": "1500"}, ""},
			{fault.Effect{Status: 429, RetryAfter: "171"}, 60, map[string]string{"Retry-After": "3", "Retry-After-Ms": "2850"}, ""},
			{fault.Effect{Status: 429, RetryAfter: "1.5"}, 60, map[string]string{"Retry-After": "0.025", "Retry-After-Ms": "25"}, ""},
			{fault.Effect{Status: 429, RetryAfter: "soon"}, 60, map[string]string{"Retry-After": "soon", "Retry-After-Ms": ""}, ""},
			{fault.Effect{Status: 429, RetryAfter: "date+30s"}, 1, map[string]string{"Retry-After": "Sat, 01 Jan 2000 00:00:30 GMT", "Date": "Sat, 01 Jan 2000 00:00:00 GMT"}, ""},
			{fault.Effect{Status: 429, RetryAfter: "date-60s"}, 1, map[string]string{"Retry-After": "Fri, 31 Dec 1999 23:59:00 GMT"}, ""},
			{fault.Effect{Status: 429, ErrorCode: "enforced_spend_limit_reached"}, 1, map[string]string{"Retry-After": ""}, `"details":{"error_code":"enforced_spend_limit_reached"}`},
			{fault.Effect{Status: 503, Body: "<html>", Headers: []fault.Header{{Name: "content-type", Value: "text/html"}, {Name: "via", Value: "1.1 x"}}}, 1, map[string]string{"Content-Type": "text/html", "Via": "1.1 x", "Anthropic-Ratelimit-Input-Tokens-Limit": ""}, "<html>"},
			{fault.Effect{Status: 418, Type: "teapot_error", Message: "short and stout"}, 1, nil, `{"type":"error","error":{"type":"teapot_error","message":"short and stout"},"request_id":"req_`},
			{fault.Effect{Status: 529}, 1, map[string]string{"X-Should-Retry": "", "Retry-After": ""}, `"overloaded_error","message":"Overloaded"`},
		} {
			row.effect.Kind = fault.Error
			cfg := quickly(always(row.effect))
			cfg.Compress, cfg.Model.ITPM = row.compress, 6000
			mock, err := mockserver.New(cfg)
			fatalIf(t, err)
			s := &mockservertest.Server{URL: "http://mock.invalid", Client: &http.Client{Transport: mock.RoundTripper()}, Mock: mock}
			resp, b, err := askPlain(t, s, "hello")
			fatalIf(t, err)
			if resp.StatusCode != row.effect.Status || !strings.Contains(string(b), row.body) {
				t.Errorf("%+v: %d %s", row.effect, resp.StatusCode, b)
			}
			for name, want := range row.want {
				if got := resp.Header.Get(name); got != want {
					t.Errorf("%+v: %s is %q, want %q", row.effect, name, got, want)
				}
			}
		}
	})
}

// TestOrderOfArrivalDecidesNothing: clients without an identity, sixty-four at
// once, each with requests of its own: the same ones go wrong in every run,
// whatever the order in which they come.
func TestOrderOfArrivalDecidesNothing(t *testing.T) {
	t.Parallel()
	run := func(seed uint64) string {
		half := .5
		s := mockservertest.Start(t, quickly(fault.Rule{Match: fault.Match{Probability: &half}, Effect: fault.Effect{Kind: fault.Error, Status: 529}}))
		const n = 512
		status := make([]byte, n)
		order := rand.New(rand.NewPCG(seed, 0)).Perm(n)
		var wg sync.WaitGroup
		for w := range 64 {
			wg.Go(func() {
				for _, i := range order[w*n/64 : (w+1)*n/64] {
					resp, _, err := askPlain(t, s, fmt.Sprint("request ", i))
					if err != nil {
						t.Error(err)
						return
					}
					status[i] = '.'
					if resp.StatusCode == wire.StatusOverloaded {
						status[i] = 'x'
					}
				}
			})
		}
		wg.Wait()
		return string(status)
	}
	a, b := run(1), run(2)
	if a != b {
		t.Errorf("two runs differ:\n%s\n%s", a, b)
	}
	if hits := strings.Count(a, "x"); hits < 200 || hits > 312 { // 256 ± 5 sd
		t.Errorf("%d of 512 went wrong", hits)
	}
}

// TestRulesSeeTheRequest: header, retry count, endpoint.
func TestRulesSeeTheRequest(t *testing.T) {
	t.Parallel()
	teapot := fault.Effect{Kind: fault.Error, Status: 418}
	s := mockservertest.Start(t, quickly(
		fault.Rule{Match: fault.Match{Headers: []fault.Header{{Name: "x-team", Value: "red*"}}}, Effect: teapot},
		fault.Rule{Match: fault.Match{Attempts: []int{3}}, Effect: teapot},
		fault.Rule{Match: fault.Match{Endpoints: []fault.Endpoint{fault.CountTokens, fault.Models, fault.Batches}}, Effect: teapot},
	))
	for _, row := range []struct {
		header []string
		want   int
	}{
		{nil, 200},
		{[]string{"X-Team", "blue"}, 200},
		{[]string{"X-Team", "red-1"}, 418},
		{[]string{"X-Stainless-Retry-Count", "1"}, 200},
		{[]string{"X-Stainless-Retry-Count", "2"}, 418},
	} {
		resp, _, err := askPlain(t, s, "hello", row.header...)
		if fatalIf(t, err); resp.StatusCode != row.want {
			t.Errorf("%q: %d, want %d", row.header, resp.StatusCode, row.want)
		}
	}
	for path, method := range map[string]string{"/v1/models": http.MethodGet, "/v1/messages/count_tokens": http.MethodPost, "/v1/messages/batches": http.MethodGet} {
		if status, body, _ := askOther(t, s, method, path, "key"); status != 418 {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
	if status, body, _ := askOther(t, s, http.MethodGet, "/v1/models", ""); status != 401 {
		t.Errorf("without a key: %d %s", status, body)
	}
}

func askOther(t *testing.T, s *mockservertest.Server, method, path, key string) (int, []byte, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), method, s.URL+path, strings.NewReader(`{"model":"claude-x","messages":[{"role":"user","content":"hello"}]}`))
	fatalIf(t, err)
	r.Header.Set(wire.HeaderVersion, wire.Version2023)
	if key != "" {
		r.Header.Set(wire.HeaderAPIKey, key)
	}
	resp, err := s.Client.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return resp.StatusCode, b, err
}

// TestOtherEndpointsBreakToo: resets and spoilt bodies of endpoints that take no
// time.
func TestOtherEndpointsBreakToo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cfg := quickly(
			fault.Rule{Match: fault.Match{Nth: []int64{1}}, Effect: fault.Effect{Kind: fault.Reset}},
			fault.Rule{Match: fault.Match{Nth: []int64{2}}, Effect: fault.Effect{Kind: fault.Garbage}},
			fault.Rule{Match: fault.Match{Nth: []int64{3}}, Effect: fault.Effect{Kind: fault.Truncate}},
			fault.Rule{Match: fault.Match{Nth: []int64{4}}, Effect: fault.Effect{Kind: fault.Slow, For: 20 * time.Second}},
			fault.Rule{Match: fault.Match{Nth: []int64{5}}, Effect: fault.Effect{Kind: fault.Pass, Delay: 7 * time.Second, RetryAfter: "9"}},
			fault.Rule{Match: fault.Match{Nth: []int64{6}}, Effect: fault.Effect{Kind: fault.ResetBody}},
		)
		s := mockservertest.StartInMemory(t, cfg)
		ask := func() ([]byte, time.Duration, error) {
			start := time.Now()
			_, b, err := askOther(t, s, http.MethodPost, "/v1/messages/count_tokens", "key")
			return b, time.Since(start), err
		}
		for i, ok := range []func(b []byte, err error, took time.Duration) bool{
			func(_ []byte, err error, _ time.Duration) bool { return errors.Is(err, syscall.ECONNRESET) },
			func(b []byte, err error, _ time.Duration) bool { return err == nil && len(b) > 0 && !json.Valid(b) },
			func(b []byte, err error, _ time.Duration) bool { return err == nil && !json.Valid(b) },
			func(b []byte, err error, took time.Duration) bool {
				return err == nil && json.Valid(b) && took == 20*time.Second
			},
			func(b []byte, err error, took time.Duration) bool {
				return err == nil && json.Valid(b) && took == 7*time.Second
			},
			func(_ []byte, err error, _ time.Duration) bool { return errors.Is(err, syscall.ECONNRESET) },
			func(b []byte, err error, took time.Duration) bool { return err == nil && json.Valid(b) && took == 0 },
		} {
			if b, took, err := ask(); !ok(b, err, took) {
				t.Errorf("request %d: %q, %v, %v", i+1, b, err, took)
			}
		}
	})
}

// TestEventsOnTheWire: which events a stream holds under each effect.
func TestEventsOnTheWire(t *testing.T) {
	t.Parallel()
	const start, block, ping, text, end = "message_start", "content_block_start", "ping", "content_block_delta", "content_block_stop"
	whole := []string{start, block, ping, text, text, end, "message_delta", "message_stop"}
	for _, row := range []struct {
		effect fault.Effect
		want   []string
	}{
		{fault.Effect{Kind: fault.Pass}, whole},
		{fault.Effect{Kind: fault.StreamError}, []string{"error"}},
		{fault.Effect{Kind: fault.StreamError, After: 4}, []string{start, block, ping, text, "error"}},
		{fault.Effect{Kind: fault.StreamError, After: 99}, []string{start, block, ping, text, text, end, "message_delta", "error"}},
		{fault.Effect{Kind: fault.Truncate, After: 5}, whole[:5]},
		{fault.Effect{Kind: fault.Duplicate, After: 3, Count: 2}, []string{start, block, ping, text, text, text, text, end, "message_delta", "message_stop"}},
		{fault.Effect{Kind: fault.Duplicate, After: 7}, append(slices.Clone(whole), "message_stop")},
		{fault.Effect{Kind: fault.Reorder}, []string{block, start, ping, text, text, end, "message_delta", "message_stop"}},
		{fault.Effect{Kind: fault.Reorder, After: 4}, []string{start, block, ping, text, end, text, "message_delta", "message_stop"}},
		{fault.Effect{Kind: fault.Reorder, After: 6}, whole},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := mockservertest.StartInMemory(t, mockserver.Config{TrustHints: true, Model: model.Config{
				Latency: latency(1, 20, 0), Faults: fault.Config{Rules: []fault.Rule{always(row.effect)}},
			}})
			q := call{hint: true, attempt: 1, request: streamed()}
			q.request.Tokens.Output = 2
			var got []string
			for _, e := range newClient(s, 1).do(context.Background(), &q).events {
				got = append(got, e.name)
			}
			if !slices.Equal(got, row.want) {
				t.Errorf("%+v:\n got %v\nwant %v", row.effect, got, row.want)
			}
		})
	}
}

// TestSuitesEndOnTheirOwn: every suite, against streams and plain requests of two
// keys; every answer ends, nothing stays in flight, and the buckets say what they
// say in a second run.
func TestSuitesEndOnTheirOwn(t *testing.T) {
	t.Parallel()
	for _, suite := range fault.Suites() {
		t.Run(suite, func(t *testing.T) {
			t.Parallel()
			var first []byte
			for run := range 2 {
				synctest.Test(t, func(t *testing.T) {
					var ledger bytes.Buffer
					s := mockservertest.StartInMemory(t, mockserver.Config{
						Seed: 5, TrustHints: true, Ledger: &ledger,
						Model: model.Config{RPM: 600, ITPM: 60000, OTPM: 60000, Faults: fault.Config{Suite: suite}},
					})
					c := newClient(s, 1)
					failed := 0
					for i := range 160 {
						q := call{hint: true, id: uint64(i), attempt: 1, key: i / 2 % 2, request: streamed()}
						q.request.Stream = i%2 == 0
						q.request.Tokens = load.Tokens{Input: 20, Output: 100}
						if a := c.do(context.Background(), &q); a.err != nil || a.response.Outcome != load.OK {
							failed++
						}
					}
					if failed < 3 {
						t.Errorf("only %d went wrong", failed)
					}
					time.Sleep(time.Hour) // virtual: in a bubble
					if got := s.Mock.Levels(); got[0].Tokens() != 600 {
						t.Errorf("requests at %v", got[0].Tokens())
					}
					fatalIf(t, s.Mock.Flush())
					if run == 0 {
						first = bytes.Clone(ledger.Bytes())
					} else if !bytes.Equal(first, ledger.Bytes()) {
						t.Errorf("the second run's ledger differs")
					}
				})
			}
		})
	}
}

// TestTheJournalKnowsWhoBrokeOff: a stream that a fault cuts is not one whose
// client hung up.
func TestTheJournalKnowsWhoBrokeOff(t *testing.T) {
	t.Parallel()
	for _, kind := range []fault.Kind{fault.Truncate, fault.ResetBody, fault.StreamError, fault.BadChunk, fault.Reset} {
		synctest.Test(t, func(t *testing.T) {
			var lines, ledger bytes.Buffer
			s := mockservertest.StartInMemory(t, mockserver.Config{TrustHints: true, Journal: &lines, Ledger: &ledger, Model: model.Config{
				OTPM: 60000, Latency: latency(1, 20, 0), Faults: fault.Config{Rules: []fault.Rule{always(fault.Effect{Kind: kind, After: 5})}},
			}})
			q := call{hint: true, attempt: 1, request: streamed()}
			q.request.Tokens.Output = 200
			newClient(s, 1).do(context.Background(), &q)
			synctest.Wait()
			fatalIf(t, s.Mock.Flush())
			if text := lines.String(); strings.Count(text, "\n") != 1 || strings.Contains(text, `"hung_up":true`) {
				t.Errorf("%s: %s", kind, text)
			}
			if strings.Contains(ledger.String(), `"cancel"`) {
				t.Errorf("%s: %s", kind, ledger.String())
			}
		})
	}
}

// TestFaultsChangeWhileItRuns: over the admin endpoint, all or nothing; another
// change lets the counters go on.
func TestFaultsChangeWhileItRuns(t *testing.T) {
	t.Parallel()
	third := fault.Rule{Match: fault.Match{Every: 3}, Effect: fault.Effect{Kind: fault.Error, Status: 418}}
	s := mockservertest.Start(t, quickly(third))
	want := func(when string, statuses ...int) {
		t.Helper()
		for i, status := range statuses {
			resp, _, err := askPlain(t, s, "hello")
			if fatalIf(t, err); resp.StatusCode != status {
				t.Errorf("%s: request %d: %d, want %d", when, i+1, resp.StatusCode, status)
			}
		}
	}
	want("at first", 200, 200)
	cfg := s.Mock.ModelConfig()
	cfg.RPM = 1000
	fatalIf(t, s.Mock.Configure(cfg))
	want("limits changed", 418, 200)
	put := func(body string) int {
		r, err := http.NewRequestWithContext(context.Background(), http.MethodPut, s.URL+"/_ratecliff/faults", strings.NewReader(body))
		fatalIf(t, err)
		resp, err := s.Client.Do(r)
		fatalIf(t, err)
		defer resp.Body.Close()
		return resp.StatusCode
	}
	if got := put(`{"rules":[{"effect":{"kind":"error","status":418}},{"effect":{"kind":"eror"}}]}`); got != 400 {
		t.Errorf("a mistake: %d", got)
	}
	want("a mistake", 200, 418)
	if got := put(`{"rules":[{"match":{"nth":[1]},"effect":{"kind":"error","status":529}}]}`); got != 200 {
		t.Errorf("other faults: %d", got)
	}
	want("other faults", 529, 200)
	if got := put(`{}`); got != 200 {
		t.Errorf("none: %d", got)
	}
	want("none", 200, 200, 200)
}
