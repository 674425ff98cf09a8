package mockserver_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"ratecliff/internal/wire"
	"ratecliff/load"
	"ratecliff/mockserver"
	"ratecliff/mockserver/mockservertest"
	"ratecliff/mockserver/model"
)

// instantly is a service that never makes anyone wait.
func instantly(cfg model.Config) mockserver.Config {
	cfg.Latency = latency(0, 1e6, 0)
	return mockserver.Config{Model: cfg, Output: load.FixedDist(0)}
}

const good = `{"model":"claude-x","max_tokens":5,"messages":[{"role":"user","content":"hello"}]}`

func TestRequestsThatNeverReachTheModel(t *testing.T) {
	t.Parallel()
	cfg := instantly(model.Config{RPM: 1, Burst: 1})
	cfg.TrustHints = true
	server := mockservertest.Start(t, cfg)
	set := func(pairs ...string) map[string]string {
		h := map[string]string{"X-Api-Key": "k", "Anthropic-Version": "2023-06-01", "Content-Type": "application/json"}
		for i := 0; i < len(pairs); i += 2 {
			h[pairs[i]] = pairs[i+1]
		}
		return h
	}
	for _, row := range []struct {
		name, method, path string
		header             map[string]string
		body               string
		status             int
		kind, message      string
	}{
		{"unknown path", "GET", "/v1/nothing", set(), "", 404, "not_found_error", "The requested resource could not be found."},
		{"wrong method", "GET", "/v1/messages", set(), "", 405, "invalid_request_error", "Method Not Allowed"},
		{"wrong method for health", "POST", "/healthz", set(), "", 405, "invalid_request_error", "Method Not Allowed"},
		{"no key", "POST", "/v1/messages", set("X-Api-Key", ""), good, 401, "authentication_error", "x-api-key header is required"},
		{"empty bearer", "POST", "/v1/messages", set("X-Api-Key", "", "Authorization", "Bearer "), good, 401, "authentication_error", "x-api-key header is required"},
		{"no version", "POST", "/v1/messages", set("Anthropic-Version", ""), good, 400, "invalid_request_error", "anthropic-version: header is required"},
		{"a form", "POST", "/v1/messages", set("Content-Type", "text/plain"), good, 400, "invalid_request_error", "content-type: must be application/json"},
		{"no JSON", "POST", "/v1/messages", set(), "{", 400, "invalid_request_error", "The request body is not valid JSON"},
		{"no messages", "POST", "/v1/messages?beta=true", set(), `{"model":"m","max_tokens":5}`, 400, "invalid_request_error", "messages: Field required"},
		{"sampling under the new version", "POST", "/v1/messages", set("Anthropic-Version", "2026-10-21"), `{"top_k":1,` + good[1:], 400, "invalid_request_error", "top_k: Extra inputs are not permitted"},
		{"half a hint", "POST", "/v1/messages", set("Ratecliff-Tokens", "input=5"), good, 400, "invalid_request_error", "ratecliff-tokens, ratecliff-id, ratecliff-attempt: not understood"},
		{"a negative key", "POST", "/v1/messages", set("Ratecliff-Key", "-1"), good, 400, "invalid_request_error", "ratecliff-key: not understood"},
		{"a key without end", "POST", "/v1/messages", set("Ratecliff-Key", "99999999"), good, 400, "invalid_request_error", "ratecliff-key: not understood"},
	} {
		t.Run(row.name, func(t *testing.T) {
			r, err := http.NewRequest(row.method, server.URL+row.path, strings.NewReader(row.body))
			fatalIf(t, err)
			for name, value := range row.header {
				if value != "" {
					r.Header.Set(name, value)
				}
			}
			resp, err := server.Client.Do(r)
			fatalIf(t, err)
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			fatalIf(t, err)
			failure, ok := wire.DecodeFailure(body)
			if !ok || resp.StatusCode != row.status || failure.Type != row.kind || failure.Message != row.message {
				t.Errorf("%d %s", resp.StatusCode, body)
			}
			if failure.RequestID == "" || failure.RequestID != resp.Header.Get("Request-Id") {
				t.Errorf("request id %q, header %q", failure.RequestID, resp.Header.Get("Request-Id"))
			}
			if resp.Header.Get("Content-Type") != "application/json" {
				t.Errorf("content type %q", resp.Header.Get("Content-Type"))
			}
		})
	}
	// none of them was charged
	if a := newClient(server, 1).do(context.Background(), &call{request: tokens(1, 0)}); a.response.Outcome != load.OK {
		t.Errorf("the first real request: %+v", a.response)
	}
}

func TestBodiesBeyondTheCap(t *testing.T) {
	t.Parallel()
	server := mockservertest.Start(t, instantly(model.Config{}))
	huge := append([]byte(`{"model":"m","max_tokens":1,"messages":[{"content":"`), bytes.Repeat([]byte("x"), mockserver.MaxBody)...)
	for name, body := range map[string]io.Reader{
		"announced": bytes.NewReader(huge),
		"chunked":   io.MultiReader(bytes.NewReader(huge)),
	} {
		r, err := http.NewRequest(http.MethodPost, server.URL+"/v1/messages", body)
		fatalIf(t, err)
		r.Header = http.Header{"X-Api-Key": {"k"}, "Anthropic-Version": {"2023-06-01"}, "Expect": {"100-continue"}}
		resp, err := server.Client.Do(r)
		if err != nil {
			continue // the server hung up while we were still sending, which it may
		}
		text, _ := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		const want = `{"error":{"type":"request_too_large","message":"Request exceeds the maximum size"}}`
		if resp.StatusCode != http.StatusRequestEntityTooLarge || string(text) != want || resp.Header.Get("Request-Id") != "" {
			t.Errorf("%s: %d %s", name, resp.StatusCode, text)
		}
	}
}

func TestAnnouncedSizeAloneIsEnoughToRefuse(t *testing.T) {
	t.Parallel()
	server, err := mockserver.New(mockserver.Config{})
	fatalIf(t, err)
	for _, row := range []struct{ announced, real int64 }{{mockserver.MaxBody + 1, 0}, {-1, mockserver.MaxBody + 1}} {
		r, err := http.NewRequest(http.MethodPost, "http://mock/v1/messages", io.LimitReader(zeros{}, row.real))
		fatalIf(t, err)
		r.ContentLength = row.announced
		r.Header = http.Header{"X-Api-Key": {"k"}, "Anthropic-Version": {"2023-06-01"}}
		resp, err := server.RoundTripper().RoundTrip(r)
		fatalIf(t, err)
		if resp.StatusCode != http.StatusRequestEntityTooLarge {
			t.Errorf("%+v: %d", row, resp.StatusCode)
		}
		_ = resp.Body.Close()
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { return len(b), nil }

func TestEitherKeyHeaderWorksAndKeysAreToldApart(t *testing.T) {
	t.Parallel()
	own := false
	server := mockservertest.Start(t, instantly(model.Config{RPM: 1, Burst: 1, KeysShareBucket: &own}))
	for i, row := range []struct {
		name, value string
		status      int
	}{
		{"X-Api-Key", "a", 200}, {"X-Api-Key", "a", 429}, {"Authorization", "Bearer b", 200}, {"X-Api-Key", "b", 429}, {"Authorization", "Bearer a", 429}, {"X-Api-Key", "c", 200},
	} {
		r, err := http.NewRequest(http.MethodPost, server.URL+"/v1/messages", strings.NewReader(good))
		fatalIf(t, err)
		r.Header.Set(row.name, row.value)
		r.Header.Set("anthropic-version", wire.Version2026)
		resp, err := server.Client.Do(r)
		fatalIf(t, err)
		_ = resp.Body.Close()
		if resp.StatusCode != row.status {
			t.Errorf("request %d: %d, want %d", i, resp.StatusCode, row.status)
		}
	}
}

func TestHintsAreIgnoredUnlessTrusted(t *testing.T) {
	t.Parallel()
	for _, trust := range []bool{false, true} {
		cfg := instantly(model.Config{})
		cfg.TrustHints, cfg.Output = trust, load.FixedDist(33)
		c := newClient(mockservertest.Start(t, cfg), 1)
		r, err := c.request(context.Background(), &call{request: tokens(10, 0)})
		fatalIf(t, err)
		r.Header.Set(wire.HeaderHintTokens, "input=77,output=5")
		r.Header.Set(wire.HeaderHintID, "1")
		r.Header.Set(wire.HeaderHintAttempt, "1")
		resp, err := c.server.Client.Do(r)
		fatalIf(t, err)
		body, err := io.ReadAll(resp.Body)
		fatalIf(t, err)
		_ = resp.Body.Close()
		got := load.Response{Status: resp.StatusCode}
		wire.Body(&got, body)
		want := load.Tokens{Input: 10, Output: 33}
		if trust {
			want = load.Tokens{Input: 77, Output: 5}
		}
		if got.Usage != want {
			t.Errorf("trust %v: %+v, want %+v", trust, got.Usage, want)
		}
	}
}

func TestUnknownModelOfAProfile(t *testing.T) {
	t.Parallel()
	server := mockservertest.Start(t, instantly(model.Config{Profile: "start"}))
	a := newClient(server, 1).do(context.Background(), &call{request: tokens(1, 0)})
	failure, ok := wire.DecodeFailure(a.body)
	if !ok || a.response.Status != 404 || failure.Type != wire.NotFoundError || failure.Message != "model: claude-x" {
		t.Errorf("%d %s", a.response.Status, a.body)
	}
}

func TestHealth(t *testing.T) {
	t.Parallel()
	server := mockservertest.Start(t, mockserver.Config{})
	resp, err := server.Client.Get(server.URL + "/healthz")
	fatalIf(t, err)
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("status %d", resp.StatusCode)
	}
}

func TestConfigurationsThatCannotBe(t *testing.T) {
	t.Parallel()
	_, err := mockserver.New(mockserver.Config{
		Model: model.Config{RPM: -1}, Compress: -2, WriteEvery: -1, Grace: -1, Output: load.Dist{Kind: "nonsense"},
	})
	if err == nil {
		t.Fatal("no error")
	}
	for _, path := range []string{"model.rpm", "compress", "write_every", "grace", "output"} {
		if !strings.Contains(err.Error(), path+": ") && !strings.Contains(err.Error(), path+".") {
			t.Errorf("%q is not among the problems: %v", path, err)
		}
	}
}

func TestIdsRepeatWithTheSeed(t *testing.T) {
	t.Parallel()
	ids := func(seed uint64) (ids [2]string) {
		cfg := instantly(model.Config{})
		cfg.Seed = seed
		c := newClient(mockservertest.Start(t, cfg), 1)
		for i := range ids {
			ids[i] = c.do(context.Background(), &call{request: tokens(1, 0)}).header.Get("Request-Id")
		}
		return ids
	}
	a, again, other := ids(1), ids(1), ids(2)
	if a != again || a == other || a[0] == a[1] {
		t.Errorf("%v %v %v", a, again, other)
	}
}
