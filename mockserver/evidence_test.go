package mockserver_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"ratecliff/internal/wire"
	"ratecliff/load"
	"ratecliff/mockserver"
	"ratecliff/mockserver/journal"
	"ratecliff/mockserver/mockservertest"
	"ratecliff/mockserver/model"
)

// post sends one message with headers of its own and reads the answer to its end.
func post(t *testing.T, s *mockservertest.Server, body string, headers ...string) *http.Response {
	t.Helper()
	r, err := http.NewRequest(http.MethodPost, s.URL+"/v1/messages", strings.NewReader(body))
	fatalIf(t, err)
	r.Header = http.Header{"X-Api-Key": {"sk-secret-1"}, "Anthropic-Version": {"2023-06-01"}, "User-Agent": {"tester/1"}}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := s.Client.Do(r)
	fatalIf(t, err)
	_, err = io.Copy(io.Discard, resp.Body)
	fatalIf(t, err)
	fatalIf(t, resp.Body.Close())
	return resp
}

func prompt(words string) string {
	return `{"model":"claude-x","max_tokens":50,"messages":[{"role":"user","content":"` + words + `"}]}`
}

// TestJournalOfARefusalAndItsRetry follows one client through a 429.
func TestJournalOfARefusalAndItsRetry(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var file, truth bytes.Buffer
		s := mockservertest.StartInMemory(t, mockserver.Config{
			Model:  model.Config{RPM: 6, Burst: 1, ITPM: 60_000, Latency: latency(1, 10, 0.5)},
			Output: load.FixedDist(20), Journal: &file, Ledger: &truth,
		})
		post(t, s, prompt("the quick brown fox"))
		refused := post(t, s, prompt("jumps over"), "X-Stainless-Retry-Count", "0")
		time.Sleep(10 * time.Second)
		post(t, s, prompt("jumps over"), "X-Stainless-Retry-Count", "1")
		post(t, s, "{", "X-Stainless-Retry-Count", "0")
		synctest.Wait()
		fatalIf(t, s.Mock.Flush())

		all, err := journal.Exchanges(bytes.NewReader(file.Bytes()))
		fatalIf(t, err)
		if !slices.EqualFunc(all, s.Journal(), func(a, b journal.Exchange) bool { return a.Seq == b.Seq }) || len(all) != 4 {
			t.Fatalf("%d lines in the file, %d in memory", len(all), len(s.Journal()))
		}
		for _, secret := range []string{"sk-secret-1", "quick", "jumps"} {
			if strings.Contains(file.String()+truth.String(), secret) {
				t.Errorf("%q stands in the journal", secret)
			}
		}
		ok, no, again, broken := all[0], all[1], all[2], all[3]
		if ok.Decision != journal.Admitted || ok.Status != 200 || ok.Done-ok.At != 3*time.Second || ok.Tokens.Output != 20 || ok.RetryCount != nil ||
			ok.Key != journal.KeyHash("sk-secret-1") || ok.Agent != "tester/1" || ok.Endpoint != "messages" || ok.Bytes == 0 || ok.Retries != 0 {
			t.Errorf("admitted: %+v", ok)
		}
		if len(ok.Levels) != 2 || ok.Levels[0] != (journal.Level{Pool: "all", Dimension: "rpm", Capacity: 1, Before: 1, After: 0}) {
			t.Errorf("levels %+v", ok.Levels)
		}
		if no.Decision != journal.Refused || no.Dimension != "rpm" || no.Limit != 6 || no.Status != 429 || no.ErrorType != wire.RateLimitError ||
			no.RequestID != refused.Header.Get("Request-Id") || *no.RetryCount != 0 || no.LinkedBy != "" {
			t.Errorf("refused: %+v", no)
		}
		for _, h := range no.Headers {
			if h.Value != refused.Header.Get(h.Name) {
				t.Errorf("header %s: journal has %q, the client %q", h.Name, h.Value, refused.Header.Get(h.Name))
			}
		}
		if len(no.Headers) != 11 { // nine of the limits, retry-after and x-should-retry
			t.Errorf("%d headers: %v", len(no.Headers), no.Headers)
		}
		if again.Decision != journal.Admitted || again.Retries != no.Seq || again.LinkedBy != journal.ByCount {
			t.Errorf("retry: %+v", again)
		}
		if broken.Decision != journal.Rejected || broken.Status != 400 || broken.ErrorType != wire.InvalidRequest || broken.Levels != nil {
			t.Errorf("rejected: %+v", broken)
		}
		entries, err := journal.Entries(&truth)
		fatalIf(t, err)
		events := make([]string, len(entries))
		for i, e := range entries {
			events[i] = fmt.Sprintf("%d %s %d", e.N, e.Event, e.Seq)
		}
		if got := strings.Join(events, ", "); got != "1 start 0, 2 admit 1, 3 refuse 2, 4 admit 3" {
			t.Errorf("ledger: %s", got)
		}
		if b := entries[2].Balances[0]; entries[2].Dimension != "rpm" || b.Before != b.After || b.FullAt != 10*time.Second {
			t.Errorf("refusal: %+v", entries[2])
		}
	})
}

// TestLinks: which exchange repeats which.
func TestLinks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := mockservertest.StartInMemory(t, mockserver.Config{
			Model: model.Config{RPM: 60, Burst: 2, Latency: latency(0, 1e6, 0)}, Output: load.FixedDist(0), TrustHints: false,
		})
		nonce := func(id, attempt string) []string {
			return []string{wire.HeaderHintID, id, wire.HeaderHintAttempt, attempt}
		}
		steps := []struct {
			body    string
			headers []string
			want    uint64
			by      journal.Link
		}{
			{"a", nil, 0, ""},                                                   // 1: admitted
			{"a", nil, 0, ""},                                                   // 2: admitted; what it equals went well
			{"a", nil, 0, ""},                                                   // 3: refused
			{"a", nil, 3, journal.ByBody},                                       // 4: refused
			{"b", nil, 0, ""},                                                   // 5: another body
			{"a", []string{"X-Api-Key", "other"}, 0, ""},                        // 6: another key
			{"a", nil, 4, journal.ByBody},                                       // 7
			{"c", []string{"X-Stainless-Retry-Count", "0"}, 0, ""},              // 8: refused
			{"c", []string{"X-Stainless-Retry-Count", "0"}, 0, ""},              // 9: refused
			{"c", []string{"X-Stainless-Retry-Count", "1"}, 8, journal.ByCount}, // 10
			{"c", []string{"X-Stainless-Retry-Count", "1"}, 9, journal.ByCount}, // 11
			{"c", []string{"X-Stainless-Retry-Count", "2"}, 10, journal.ByCount},
			{"c", []string{"X-Stainless-Retry-Count", "2"}, 11, journal.ByCount},
			{"c", []string{"X-Stainless-Retry-Count", "2"}, 0, ""}, // nothing left to repeat
			{"d", nonce("77", "1"), 0, ""},                         // 15
			{"e", nonce("77", "2"), 15, journal.ByNonce},           // whatever the body
			{"d", nonce("78", "1"), 0, ""},
			{"d", nonce("77", "3"), 16, journal.ByNonce},
		}
		for _, step := range steps {
			post(t, s, prompt(step.body), step.headers...)
		}
		synctest.Wait()
		for i, x := range s.Journal() {
			if x.Seq != uint64(i+1) || x.Retries != steps[i].want || x.LinkedBy != steps[i].by {
				t.Errorf("exchange %d: repeats %d by %q, want %d by %q", x.Seq, x.Retries, x.LinkedBy, steps[i].want, steps[i].by)
			}
		}
	})
}

// virtualHour puts an hour of 64 connections' traffic before a model, without
// any clock: every connection waits for its answer and for what a refusal says.
func virtualHour(t testing.TB) (ledger []byte, decisions int) {
	const connections = 64
	cfg := model.Config{
		RPM: 2000, Burst: 40, ITPM: 900_000, OTPM: 180_000,
		Workspaces: map[string]model.Workspace{"batch": {ScopeLimits: model.ScopeLimits{OTPM: 40_000}, Keys: []string{"1", "2", "3"}}},
	}
	m, err := model.New(cfg, 5)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	book := mockserver.NewLedger(func(line []byte) { _, _ = out.Write(line) })
	rng := rand.New(rand.NewPCG(9, 9))
	var free [connections]time.Duration
	var reply model.Reply
	for {
		next := 0
		for i := range free {
			if free[i] < free[next] {
				next = i
			}
		}
		now := free[next]
		if now >= time.Hour {
			return out.Bytes(), decisions
		}
		decisions++
		req := model.Request{
			ID: uint64(decisions), Attempt: 1, Key: next % 8, Model: "claude-sonnet-5", MaxTokens: 2000,
			Tokens: load.Tokens{Input: rng.Int64N(2000), Output: rng.Int64N(800)},
		}
		book.Handle(m, now, uint64(decisions), &req, &reply)
		if decisions%50 == 0 {
			now += time.Millisecond
			book.Cancel(m, now, uint64(decisions), &req, &reply)
		}
		free[next] = max(reply.Done, now) + reply.Response.RetryAfter + time.Duration(1+rng.Int64N(1e9))
	}
}

// TestLedgersOfTwoVirtualHoursAreEqual to the byte.
func TestLedgersOfTwoVirtualHoursAreEqual(t *testing.T) {
	t.Parallel()
	a, decisions := virtualHour(t)
	b, _ := virtualHour(t)
	if !bytes.Equal(a, b) {
		t.Error("two runs differ")
	}
	entries, err := journal.Entries(bytes.NewReader(a))
	fatalIf(t, err)
	refused := 0
	for i, e := range entries {
		if e.N != uint64(i+1) {
			t.Fatalf("entry %d is numbered %d", i+1, e.N)
		}
		if e.Event == journal.Refuse {
			refused++
		}
	}
	if len(entries) != decisions+decisions/50 || refused == 0 {
		t.Errorf("%d entries for %d decisions, %d refusals", len(entries), decisions, refused)
	}
}

func BenchmarkVirtualHour(b *testing.B) {
	for b.Loop() {
		_, n := virtualHour(b)
		b.ReportMetric(float64(n), "decisions/op")
	}
}

// TestReloadAndOutageLoseNoEntry: every request has its entry, in order, while
// limits change under it and the client's network fails.
func TestReloadAndOutageLoseNoEntry(t *testing.T) {
	t.Parallel()
	var truth, file lockedBuffer
	s := mockservertest.Direct(t, mockserver.Config{
		Model:  model.Config{RPM: 6000, Burst: 50, OTPM: 100_000, Latency: latency(0, 1e6, 0)},
		Output: load.FixedDist(10), Ledger: &truth, Journal: &file,
	})
	const clients, each = 8, 100
	var wg sync.WaitGroup
	for c := range clients {
		wg.Go(func() {
			for i := range each {
				ctx, cancel := context.WithCancel(context.Background())
				if i%10 == 9 {
					cancel() // the outage
				}
				r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL+"/v1/messages", strings.NewReader(prompt(fmt.Sprint(c, i))))
				if err != nil {
					t.Error(err)
				}
				r.Header = http.Header{"X-Api-Key": {"k"}, "Anthropic-Version": {"2023-06-01"}}
				if resp, err := s.Client.Do(r); err == nil {
					_, _ = io.Copy(io.Discard, resp.Body)
					_ = resp.Body.Close()
				}
				cancel()
			}
		})
	}
	const reloads = 40
	wg.Go(func() {
		for i := range reloads {
			limit := model.Config{RPM: 6000, Burst: int64(20 + i), OTPM: 100_000, Latency: latency(0, 1e6, 0)}
			if err := s.Mock.Configure(limit); err != nil {
				t.Error(err)
			}
		}
	})
	wg.Wait()
	for s.Mock.Stats().Open > 0 {
		runtime.Gosched() // handlers whose client is gone
	}
	fatalIf(t, s.Mock.Flush())
	exchanges, err := journal.Exchanges(strings.NewReader(file.String()))
	fatalIf(t, err)
	entries, err := journal.Entries(strings.NewReader(truth.String()))
	fatalIf(t, err)
	decided := map[uint64]int{}
	counts := map[journal.Event]int{}
	for i, e := range entries {
		counts[e.Event]++
		if e.N != uint64(i+1) {
			t.Fatalf("entry %d is numbered %d", i+1, e.N)
		}
		if e.Event == journal.Admit || e.Event == journal.Refuse {
			decided[e.Seq]++
		}
	}
	for _, x := range exchanges {
		if want := x.Decision == journal.Admitted || x.Decision == journal.Refused; want != (decided[x.Seq] == 1) {
			t.Errorf("exchange %d was %s and has %d decisions in the ledger", x.Seq, x.Decision, decided[x.Seq])
		}
	}
	if counts[journal.Reload] != reloads || len(exchanges) == 0 || len(decided) == 0 {
		t.Errorf("%d exchanges, events %v", len(exchanges), counts)
	}
}

// lockedBuffer is a file of two mocks' goroutines.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// stuck is a file that takes nothing until it is freed.
type stuck struct {
	free chan struct{}
	n    int
}

func (s *stuck) Write(p []byte) (int, error) {
	<-s.free
	s.n += bytes.Count(p, []byte("\n"))
	return len(p), nil
}

// TestAFullDiskHoldsUpNobody: answers come while the journal's file hangs, what
// it misses is counted, and memory stays bounded.
func TestAFullDiskHoldsUpNobody(t *testing.T) {
	t.Parallel()
	file := &stuck{free: make(chan struct{})}
	s := mockservertest.Direct(t, mockserver.Config{Model: model.Config{Latency: latency(0, 1e6, 0)}, Output: load.FixedDist(0), Journal: file, Tail: 10})
	const n = 30_000
	h, r, w := handlerCall(t, s)
	for range n {
		h(r, w)
	}
	st := s.Mock.Stats()
	if st.JournalLines != n || st.JournalDropped == 0 || st.JournalDropped >= n {
		t.Errorf("%d lines, %d dropped", st.JournalLines, st.JournalDropped)
	}
	close(file.free)
	fatalIf(t, s.Mock.Flush())
	if got := uint64(file.n) + st.JournalDropped; got != n {
		t.Errorf("%d written and %d dropped make %d, want %d", file.n, st.JournalDropped, got, n)
	}
	if got := len(s.Journal()); got != 10 {
		t.Errorf("%d lines in memory, want 10", got)
	}
}

type broken struct{}

var errDisk = errors.New("no space left")

func (broken) Write([]byte) (int, error) { return 0, errDisk }

func TestABrokenDiskIsReported(t *testing.T) {
	t.Parallel()
	s := mockservertest.Direct(t, mockserver.Config{Output: load.FixedDist(0), Model: model.Config{Latency: latency(0, 1e6, 0)}, Journal: broken{}})
	h, r, w := handlerCall(t, s)
	for range 3 {
		h(r, w)
		if err := s.Mock.Flush(); !errors.Is(err, errDisk) {
			t.Errorf("got %v", err)
		}
	}
	if st := s.Mock.Stats(); st.JournalLines != 3 || st.JournalDropped != 3 {
		t.Errorf("%d lines, %d dropped", st.JournalLines, st.JournalDropped)
	}
}

// handlerCall returns a way to put one request to the handler again and again.
func handlerCall(t *testing.T, s *mockservertest.Server) (func(*http.Request, http.ResponseWriter), *http.Request, *discard) {
	in := body{bytes.NewReader(nil)}
	text := []byte(prompt("x"))
	r, err := http.NewRequest(http.MethodPost, s.URL+"/v1/messages", in)
	fatalIf(t, err)
	r.ContentLength = int64(len(text))
	r.Header = http.Header{"X-Api-Key": {"k"}, "Anthropic-Version": {"2023-06-01"}, "Content-Type": {"application/json"}}
	w := &discard{header: http.Header{}}
	return func(r *http.Request, _ http.ResponseWriter) {
		in.Reset(text)
		clear(w.header)
		s.Mock.ServeHTTP(w, r)
	}, r, w
}

// TestMemoryDoesNotGrowWithRequests: a mock that has answered fifty thousand
// requests, refused and not, of many keys, holds no more than one that has
// answered ten thousand.
func TestMemoryDoesNotGrowWithRequests(t *testing.T) {
	s := mockservertest.Direct(t, mockserver.Config{
		Model: model.Config{RPM: 600, Burst: 10, ITPM: 100_000, Latency: latency(0, 1e6, 0)}, Output: load.FixedDist(0), Tail: 100,
	})
	h, r, w := handlerCall(t, s)
	answer := func(n int) uint64 {
		for range n {
			h(r, w)
		}
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := answer(10_000)
	after := answer(40_000)
	if grown := int64(after) - int64(before); grown > 256<<10 {
		t.Errorf("the heap grew by %d bytes over 40,000 requests", grown)
	}
}

// BenchmarkMessageWithEvidence is BenchmarkMessage with journal and ledger kept.
func BenchmarkMessageWithEvidence(b *testing.B) {
	cfg := instantly(model.Config{RPM: 100_000_000, ITPM: 100_000_000, OTPM: 100_000_000})
	cfg.Tail, cfg.Journal, cfg.Ledger = 1000, io.Discard, io.Discard
	benchmarkHandler(b, cfg, false)
}
