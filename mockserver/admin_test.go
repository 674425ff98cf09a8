package mockserver_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ratecliff/load"
	"ratecliff/mockserver"
	"ratecliff/mockserver/journal"
	"ratecliff/mockserver/mockservertest"
	"ratecliff/mockserver/model"
)

// admin puts one request to an admin endpoint.
func admin(t testing.TB, mock *mockserver.Server, method, path, body string) (int, string) {
	t.Helper()
	r := httptest.NewRequest(method, "http://127.0.0.1:1/_ratecliff/"+path, strings.NewReader(body))
	r.RemoteAddr = "127.0.0.1:4711"
	w := httptest.NewRecorder()
	mock.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

func TestAdminEndpoints(t *testing.T) {
	t.Parallel()
	s := mockservertest.StartStepped(t, mockserver.Config{Model: model.Config{RPM: 60, Burst: 2, Latency: latency(0, 1e6, 0)}, Output: load.FixedDist(0)})
	for _, row := range []struct {
		method, path, body string
		status             int
		want               string
	}{
		{"GET", "state", "", 200, `"clock":"stepped","now":"0s"`},
		{"GET", "state", "", 200, `"pool":"all","dimension":"rpm","limit":60,"capacity":2,"level":2`},
		{"POST", "state", "", 405, "use GET"},
		{"GET", "nonesuch", "", 404, "no such admin endpoint"},
		{"GET", "", "", 404, "no such admin endpoint"},
		{"DELETE", "profile", "", 405, "use GET, PUT"},
		{"GET", "reset", "", 405, "use POST"},
		{"GET", "clock", "", 200, `"now_ns":0`},
		{"POST", "clock", `{"advance":"90s"}`, 200, `"now":"1m30s"`},
		{"POST", "clock", `{"set":"2m"}`, 200, `"now":"2m0s"`},
		{"POST", "clock", `{"set":"1m"}`, 409, "time does not go back"},
		{"POST", "clock", `{"next":true}`, 200, `"now":"2m0s"`},
		{"POST", "clock", `{}`, 400, "exactly one of"},
		{"POST", "clock", `{"advance":"1s","set":"5m"}`, 400, "exactly one of"},
		{"POST", "clock", `{"advance":"1s","next":true}`, 400, "exactly one of"},
		{"POST", "clock", `{"advance":"-1s"}`, 400, "not a duration from 0"},
		{"POST", "clock", `{"advance":"soon"}`, 400, "not a duration from 0"},
		{"POST", "clock", `{"advance":"1000000h"}`, 400, "too far"},
		{"POST", "clock", `{"forward":"1s"}`, 400, "unknown field"},
		{"POST", "clock", `{"advance":"1s"}{}`, 400, "more than one JSON object"},
		{"POST", "clock", ``, 400, "EOF"},
		{"GET", "journal?tail=x", "", 400, "give a number of lines"},
		{"GET", "journal?tail=-1", "", 400, "give a number of lines"},
		{"GET", "ledger?tail=1", "", 200, `"event":"start"`},
		{"GET", "profile", "", 200, `"rpm":60,"burst":2`},
		{"PUT", "profile", `{"rpm":-1}`, 400, `"path":"rpm"`},
		{"PUT", "profile", `{"rpm":600,"nonsense":1}`, 400, "no setting of the service is called so"},
		{"PUT", "profile", `{"rpm":"many"}`, 400, "rpm: "},
		{"PUT", "profile", `{"profile":"strat"}`, 400, `did you mean \"start\"`},
		{"PUT", "profile", `[]`, 400, "the body"},
		{"PUT", "profile", `{"latency":{"ttft":{"dist":"fixed","value":1},"x":1}}`, 400, "latency: "},
		{"PUT", "profile", `{"name":"mine","pools":[]}`, 400, "name at least one pool"},
		{"GET", "profile", "", 200, `"rpm":60,"burst":2`}, // nothing of all that
		{"PUT", "profile", `{"burst_window":"30s","rpm":120,"burst":0}`, 200, `"rpm":120,"burst_window":30000000000`},
		{"GET", "state", "", 200, `"limit":120,"capacity":60,"level":2`}, // the level was kept
		{"PUT", "profile", `{"name":"mine","title":"t","date":"2026-11","source":"s","pools":[{"name":"p","models":["*"],"rpm":30}]}`, 200, `"pools":[{"name":"p"`},
		{"PUT", "profile", `{"profile":"tier-1","rpm":0}`, 200, `"profile":"tier-1"`},
		{"PUT", "profile", `{"latency":{"ttft":"2s","refusal":"0s"}}`, 200, `"Value":2`},
		{"PUT", "faults", `{"suite":"overlord"}`, 400, `overload`},
		{"PUT", "faults", `{"rules":[{"effect":{"kind":"error"}}]}`, 400, "status"},
		{"GET", "faults", "", 200, `{}`},
		{"PUT", "faults", `{"suite":"overload"}`, 200, `"suite":"overload"`},
		{"GET", "profile", "", 200, `"profile":"tier-1"`},
		{"POST", "reset", "", 200, `"clock":"stepped"`},
		{"GET", "ledger?tail=1", "", 200, `"event":"reset"`},
	} {
		status, body := admin(t, s.Mock, row.method, row.path, row.body)
		if status != row.status || !strings.Contains(body, row.want) {
			t.Errorf("%s %s %s: %d %s; want %d, %s", row.method, row.path, row.body, status, body, row.status, row.want)
		}
		var failure struct{ Error struct{ Message string } }
		if err := json.Unmarshal([]byte(body), &failure); !strings.HasPrefix(row.path, "ledger") && (err != nil || (status >= 400) != (failure.Error.Message != "")) {
			t.Errorf("%s %s: %v in %s", row.method, row.path, err, body)
		}
	}
	events := make([]journal.Event, 0, 8)
	for _, e := range s.Ledger() {
		events = append(events, e.Event)
	}
	if want := []journal.Event{journal.Start, journal.Reload, journal.Reload, journal.Reload, journal.Reload, journal.Reload, journal.Reset}; !slices.Equal(events, want) {
		t.Errorf("ledger %v, want %v", events, want)
	}
}

func TestAWallClockCannotBeMoved(t *testing.T) {
	t.Parallel()
	mock, err := mockserver.New(mockserver.Config{})
	fatalIf(t, err)
	if status, body := admin(t, mock, "POST", "clock", `{"advance":"1s"}`); status != 409 || !strings.Contains(body, "stepped") {
		t.Errorf("%d %s", status, body)
	}
	if _, ok := mock.StepNext(); ok || mock.Asleep(context.Background(), 1) != nil {
		t.Error("a wall clock has stepped")
	}
}

// TestAdminIsForLoopback: nothing from elsewhere, no page of a browser, no name
// that was made to mean loopback.
func TestAdminIsForLoopback(t *testing.T) {
	t.Parallel()
	mock, err := mockserver.New(mockserver.Config{})
	fatalIf(t, err)
	for _, row := range []struct {
		remote, host, origin string
		want                 int
	}{
		{"127.0.0.1:4711", "127.0.0.1:8429", "", 200},
		{"127.0.0.1:4711", "localhost:8429", "", 200},
		{"[::1]:4711", "[::1]:8429", "", 200},
		{"[::ffff:127.0.0.1]:4711", "localhost", "", 200},
		{"", "mock.invalid", "", 200},     // no connection at all
		{"pipe", "mock.invalid", "", 200}, // in memory
		{"192.0.2.7:4711", "127.0.0.1:8429", "", 403},
		{"[2001:db8::1]:4711", "localhost", "", 403},
		{"127.0.0.1:4711", "evil.example:8429", "", 403},
		{"127.0.0.1:4711", "127.0.0.1:8429", "https://evil.example", 403},
		{"not:an:address", "localhost", "", 403},
	} {
		r := httptest.NewRequest("GET", "http://"+row.host+"/_ratecliff/state", nil)
		r.RemoteAddr = row.remote
		if row.origin != "" {
			r.Header.Set("Origin", row.origin)
		}
		w := httptest.NewRecorder()
		mock.ServeHTTP(w, r)
		if w.Code != row.want {
			t.Errorf("%+v: %d", row, w.Code)
		}
	}
}

// TestResetRepeatsTheStart: after a reset the same requests get the same answers.
func TestResetRepeatsTheStart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := mockservertest.StartInMemory(t, mockserver.Config{Model: model.Config{RPM: 60, Burst: 2, OTPM: 500, Latency: latency(0, 1e6, 0)}, Seed: 4})
		round := func() (lengths []int64) {
			for range 4 {
				post(t, s, prompt("x"))
			}
			synctest.Wait()
			for _, x := range s.Journal() {
				lengths = append(lengths, int64(x.Status), x.Tokens.Output)
			}
			return lengths
		}
		first := round()
		if len(first) != 8 || first[0] != 200 || first[6] != 429 {
			t.Fatalf("%v", first)
		}
		time.Sleep(123 * time.Millisecond)
		fatalIf(t, s.Mock.Reset()) // the journal's tail begins anew too
		if again := round(); !slices.Equal(first, again) {
			t.Errorf("%v, after a reset %v", first, again)
		}
	})
}

// TestResetUnderAStream: an answer from before plays to its end and touches
// nothing of what came after.
func TestResetUnderAStream(t *testing.T) {
	t.Parallel()
	s := mockservertest.StartStepped(t, mockserver.Config{Model: model.Config{Concurrency: 1, OTPM: 60_000, Latency: latency(1, 10, 0)}, Output: load.FixedDist(50)})
	start := func() (hangUp func()) {
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan struct{})
		go func() {
			defer close(done)
			_ = newClient(s, 1).do(ctx, &call{request: streamed()})
		}()
		return func() {
			cancel()
			<-done
		}
	}
	first := start()
	s.Asleep(1)
	fatalIf(t, s.Mock.Reset())
	if n := s.Mock.Stats().InFlight; n != 0 {
		t.Errorf("%d in flight after a reset", n)
	}
	second := start() // the new model gives it the handle that the old one gave the first
	s.Asleep(2)
	first()
	for s.Mock.Stats().Open > 1 {
		runtime.Gosched() // the handler ends by itself
	}
	if n := s.Mock.Stats().InFlight; n != 1 {
		t.Errorf("%d in flight after the first hung up, want the second", n)
	}
	second()
}

// TestSteppedStream: a stream moves only when the clock does.
func TestSteppedStream(t *testing.T) {
	t.Parallel()
	s := mockservertest.StartStepped(t, mockserver.Config{Model: model.Config{RPM: 60, Latency: latency(2, 10, 0)}, Output: load.FixedDist(30), WriteEvery: time.Second})
	answers := make(chan *http.Response, 1)
	go func() {
		r, _ := newClient(s, 1).request(context.Background(), &call{request: streamed()})
		resp, err := s.Client.Do(r)
		if err != nil {
			t.Error(err)
		}
		answers <- resp
	}()
	s.Asleep(1)
	resp := <-answers // the head comes at once
	body := make(chan []byte, 1)
	go func() {
		text, _ := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		body <- text
	}()
	instants := []time.Duration{}
	for {
		now, ok := s.StepNext()
		if !ok {
			break
		}
		instants = append(instants, now)
		if now == 5*time.Second {
			break
		}
		s.Asleep(1)
	}
	text := <-body
	if !bytes.Contains(text, []byte("message_stop")) || instants[0] != 2*time.Second || instants[len(instants)-1] != 5*time.Second || s.Mock.Now() != 5*time.Second {
		t.Errorf("instants %v, %s", instants, text)
	}
	date, err := http.ParseTime(resp.Header.Get("Date"))
	reset, err2 := time.Parse(time.RFC3339, resp.Header.Get("Anthropic-Ratelimit-Requests-Reset"))
	if err != nil || err2 != nil || reset.Sub(date) < 0 || reset.Sub(date) > 2*time.Second {
		t.Errorf("date %v, reset %v: not of one clock", date, reset)
	}
}

// FuzzAdmin: whatever is asked of the admin endpoints, they answer JSON with a
// status of their own, and no bucket ever holds more than it can.
func FuzzAdmin(f *testing.F) {
	for _, seed := range []struct{ method, path, body string }{
		{"POST", "clock", `{"advance":"10s"}`},
		{"PUT", "profile", `{"pools":[{"name":"a","models":["*"],"rpm":5,"itpm":10}]}`},
		{"PUT", "profile", `{"profile":"tier-1"}`},
		{"PUT", "profile", `{"latency":{"ttft":{"dist":"fixed","value":1}},"burst_window":"1s"}`},
		{"PUT", "profile", `{"workspaces":{"w":{"rpm":1,"keys":["k"]}},"key_limits":{"*":{"otpm":3}}}`},
		{"PUT", "profile", `{"algorithm":"gcra","noise":{"share":0.3,"every":"2s"}}`},
		{"PUT", "faults", `{"suite":"overload"}`},
		{"PUT", "faults", `{"rules":[{"effect":{"kind":"error","status":529}}]}`},
		{"POST", "reset", ""},
		{"GET", "journal?tail=3", ""},
		{"GET", "ledger?tail=99999999999999999999", ""},
		{"GET", "state", ""},
	} {
		f.Add(seed.method, seed.path, seed.body)
	}
	f.Fuzz(func(t *testing.T, method, path, body string) {
		mock, err := mockserver.New(mockserver.Config{
			Model: model.Config{RPM: 60, ITPM: 1000, OTPM: 1000, Latency: latency(0, 1e6, 0)}, Output: load.FixedDist(0), Clock: mockserver.SteppedClock, Tail: 10,
		})
		fatalIf(t, err)
		w := httptest.NewRecorder()
		ask := httptest.NewRequest("POST", "http://localhost/v1/messages", strings.NewReader(prompt("x")))
		ask.Header = http.Header{"X-Api-Key": {"k"}, "Anthropic-Version": {"2023-06-01"}}
		mock.ServeHTTP(w, ask)
		r := httptest.NewRequest("GET", "http://localhost/", strings.NewReader(body))
		r.Method, r.RemoteAddr = method, "127.0.0.1:1"
		r.URL.Path, r.URL.RawQuery, _ = strings.Cut("/_ratecliff/"+path, "?")
		w = httptest.NewRecorder()
		mock.ServeHTTP(w, r)
		if w.Code != 200 && (w.Code < 400 || w.Code > 413) {
			t.Fatalf("status %d", w.Code)
		}
		dec := json.NewDecoder(w.Body)
		for dec.More() {
			var any json.RawMessage
			if err := dec.Decode(&any); err != nil {
				t.Fatalf("not JSON: %v", err)
			}
		}
		for _, l := range mock.Levels() {
			if l.Tokens() > float64(l.Capacity) {
				t.Fatalf("%+v holds more than it can", l)
			}
		}
	})
}
