package mockserver_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"ratecliff/internal/wire"
	"ratecliff/mockserver/mockservertest"
	"ratecliff/mockserver/model"
)

// limitsSent names the limit headers of an answer by family and subject.
func limitsSent(h http.Header) string {
	var names []string
	for _, name := range []string{"Ratelimit-Requests", "Ratelimit-Input-Tokens", "Ratelimit-Output-Tokens", "Ratelimit-Tokens", "Fast-Input-Tokens", "Fast-Output-Tokens", "Priority-Input-Tokens", "Priority-Output-Tokens"} {
		n := 0
		for _, part := range []string{"-Limit", "-Remaining", "-Reset"} {
			if h.Get("Anthropic-"+name+part) != "" {
				n++
			}
		}
		if n != 0 && n != 3 {
			names = append(names, "half of "+name)
		} else if n == 3 {
			names = append(names, strings.ReplaceAll(strings.ReplaceAll(name, "Ratelimit-", ""), "-Tokens", ""))
		}
	}
	return strings.Join(names, " ")
}

func TestHeaderProfilesOnTheWire(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		profile       model.HeaderProfile
		good, refused string
	}{
		{"", "Requests Input Output Tokens", "Requests Input Output Tokens wait"},
		{model.Headers2024, "Requests Tokens", "Requests Tokens"},
		{model.NoRequests, "Input Output Tokens", "Input Output Tokens wait"},
		{model.NoInput, "Requests Output", "Requests Output wait"},
		{model.Bare429, "Requests Input Output Tokens", ""},
		{model.Over80, "Requests", "Requests wait"},
		{model.NoHeaders, "", " wait"},
	} {
		server := mockservertest.Start(t, instantly(model.Config{RPM: 1, ITPM: 60_000, OTPM: 60_000, Headers: row.profile}))
		resp, _ := ask(t, server, "POST", "/v1/messages", good)
		if got := limitsSent(resp.Header); resp.StatusCode != 200 || got != row.good {
			t.Errorf("%q: %d %s, want %s", row.profile, resp.StatusCode, got, row.good)
		}
		resp, body := ask(t, server, "POST", "/v1/messages", good)
		got := limitsSent(resp.Header)
		if resp.Header.Get("Retry-After") != "" {
			got += " wait"
		}
		failure, _ := wire.DecodeFailure(body)
		if resp.StatusCode != 429 || got != row.refused || resp.Header.Get("X-Should-Retry") != "true" || (failure.Message == "Error") != (row.profile == model.Bare429) {
			t.Errorf("%q: %d %q %s, want %q", row.profile, resp.StatusCode, got, body, row.refused)
		}
	}
}

func TestFastAndPriorityFamilies(t *testing.T) {
	t.Parallel()
	server := mockservertest.Start(t, instantly(model.Config{Pools: []model.Pool{
		{Name: "opus", Models: []string{"claude-opus-5"}, RPM: 1000, ITPM: 1000, OTPM: 1000, Fast: &model.TokenLimits{ITPM: 500, OTPM: 100}, Priority: &model.TokenLimits{ITPM: 300, OTPM: 30}},
		{Name: "slow", Models: []string{"claude-opus-4-6"}, RPM: 1000},
	}}))
	const rest = `"model":"claude-opus-5","max_tokens":5,"messages":[{"role":"user","content":"hello"}]}`
	const ordinary = "Requests Input Output Tokens "
	for _, row := range []struct{ body, sent, usage string }{
		{`{` + rest, ordinary + "Priority-Input Priority-Output", `"service_tier":"priority"`},
		{`{"service_tier":"standard_only",` + rest, ordinary + "Priority-Input Priority-Output", `"service_tier":"standard"`},
		{`{"speed":"fast",` + rest, "Requests Fast-Input Fast-Output", `"speed":"fast"`},
		{`{"speed":"fast",` + strings.Replace(rest, "opus-5", "opus-4-6", 1), "Requests", `"speed":"standard"`},
	} {
		resp, body := ask(t, server, "POST", "/v1/messages", row.body, "Anthropic-Beta", "fast-mode-2026-02-01")
		if got := limitsSent(resp.Header); got != row.sent || !strings.Contains(string(body), row.usage) {
			t.Errorf("%s: %s, want %s: %s", row.body, got, row.sent, body)
		}
	}
	resp, body := ask(t, server, "POST", "/v1/messages", `{"speed":"fast","model":"claude-haiku-4-5","max_tokens":5,"messages":[{"role":"user","content":"hello"}]}`, "Anthropic-Beta", "fast-mode-2026-02-01")
	refused(t, resp, body, 404, "not_found_error", "model: claude-haiku-4-5")
}

func TestRefusalsAreWordedByCause(t *testing.T) {
	t.Parallel()
	const org = "(org: 6f0c5a3e-1b7d-4c52-9a41-0d2e8f7b6c19, model: claude-x)"
	for _, row := range []struct {
		name           string
		cfg            model.Config
		status         int
		code, contains string
	}{
		{"workspace", model.Config{RPM: 10, Workspaces: map[string]model.Workspace{"w": {ScopeLimits: model.ScopeLimits{RPM: 1}, Keys: []string{"k"}}}}, 429, "", "This request would exceed your workspace's rate limit of 1 requests per minute " + org},
		{"daily", model.Config{TokensPerDay: 3}, 429, "", "Number of request tokens has exceeded your daily rate limit"},
		{"ramp", model.Config{Acceleration: model.Acceleration{Start: 3, Step: 70_000}}, 429, "ramp_limit_exceeded", "maximum usage increase rate for input tokens per minute " + org + ". Your current limit is 3 input tokens per minute, and will increase to 70,003 at the next minute boundary."},
	} {
		server := mockservertest.Start(t, instantly(row.cfg))
		ask(t, server, "POST", "/v1/messages", good)
		resp, body := ask(t, server, "POST", "/v1/messages", good)
		failure, _ := wire.DecodeFailure(body)
		if resp.StatusCode != row.status || failure.Code != row.code || !strings.Contains(failure.Message, row.contains) {
			t.Errorf("%s: %d %s, want %q", row.name, resp.StatusCode, body, row.contains)
		}
	}
}

func TestOwnSpendLimitAndTierCap(t *testing.T) {
	t.Parallel()
	const opus = `{"model":"claude-opus-5","max_tokens":5,"messages":[{"role":"user","content":"hello"}]}`
	server := mockservertest.Start(t, instantly(model.Config{Spend: model.Spend{Limit: 1e-9}}))
	ask(t, server, "POST", "/v1/messages", opus)
	resp, body := ask(t, server, "POST", "/v1/messages", opus)
	if !strings.Contains(string(body), `"invalid_request_error","message":"You have reached your specified API usage limits. You will regain access on `) || resp.StatusCode != 400 {
		t.Errorf("%d %s", resp.StatusCode, body)
	}
	server = mockservertest.Start(t, instantly(model.Config{Spend: model.Spend{Cap: 1e-9}}))
	ask(t, server, "POST", "/v1/messages", opus)
	resp, body = ask(t, server, "POST", "/v1/messages", opus)
	failure, _ := wire.DecodeFailure(body)
	if failure.Code != wire.CodeSpend || !strings.HasPrefix(failure.Message, "You have reached your API usage limits: your organization has crossed") || resp.StatusCode != 429 || resp.Header.Get("Retry-After") != "" {
		t.Errorf("%d %s", resp.StatusCode, body)
	}
}

func TestBatchesAndCountingHaveLimitsOfTheirOwn(t *testing.T) {
	t.Parallel()
	cfg := instantly(model.Config{RPM: 1, CountTokens: model.CountLimits{RPM: 1}, Batches: model.BatchLimits{RPM: 4, Queued: 3, PerBatch: 2}})
	cfg.Batches.PerSecond = 1e-3
	server := mockservertest.Start(t, cfg)
	const item = `{"custom_id":"%","params":{"model":"m","max_tokens":1,"messages":[{"role":"user","content":"x"}]}}`
	batch := func(ids ...string) string {
		var items []string
		for _, id := range ids {
			items = append(items, strings.Replace(item, "%", id, 1))
		}
		return `{"requests":[` + strings.Join(items, ",") + `]}`
	}
	for i, row := range []struct {
		path, body string
		status     int
		contains   string
	}{
		{"/count_tokens", good, 200, "input_tokens"},
		{"/count_tokens", good, 429, "rate limit of 1 requests per minute"},
		{"", good, 200, ""},
		{"/batches", batch("a", "b", "c"), 400, "requests: List should have at most 2 items"},
		{"/batches", batch("a", "b"), 200, ""},
		{"/batches", batch("a", "b"), 429, "limit of 3 batch requests in the processing queue"},
		{"/batches", batch("a"), 200, ""},
	} {
		resp, body := ask(t, server, "POST", "/v1/messages"+row.path, row.body)
		if resp.StatusCode != row.status || !strings.Contains(string(body), row.contains) {
			t.Errorf("%d %s: %d %s", i, row.path, resp.StatusCode, body)
		}
	}
	_, body := ask(t, server, "GET", "/v1/organizations/rate_limits?group_type=batch", "", "X-Api-Key", "sk-ant-admin01-x")
	if !strings.HasPrefix(string(body), `{"data":[{"type":"rate_limit","group_type":"batch","models":null,"limits":[{"type":"requests_per_minute","value":4},{"type":"enqueued_batch_requests","value":3}]`) {
		t.Errorf("%s", body)
	}
}

func TestWorkspaceLimits(t *testing.T) {
	t.Parallel()
	server := mockservertest.Start(t, instantly(model.Config{
		Pools:      []model.Pool{{Name: "p", Models: []string{"m*"}, ITPM: 1000}, {Name: "x", Models: []string{"claude-x"}}},
		Workspaces: map[string]model.Workspace{"w": {ScopeLimits: model.ScopeLimits{RPM: 5, ITPM: 500}, Keys: []string{"mine"}}},
	}))
	get := func(id string) (*http.Response, []byte) {
		return ask(t, server, "GET", "/v1/organizations/workspaces/"+id+"/rate_limits", "", "X-Api-Key", "sk-ant-admin01-x")
	}
	var own struct {
		Data []struct {
			Type   string
			Models []string
			Limits []struct {
				Type     string
				Value    int64
				OrgLimit *int64 `json:"org_limit"`
			}
		}
	}
	_, text := get("w")
	fatalIf(t, json.Unmarshal(text, &own))
	if len(own.Data) != 2 || own.Data[0].Type != "workspace_rate_limit" || own.Data[0].Models[0] != "m*" || len(own.Data[0].Limits) != 2 {
		t.Fatalf("%s", text)
	}
	if l := own.Data[0].Limits; l[0].Type != "requests_per_minute" || l[0].Value != 5 || l[0].OrgLimit != nil || l[1].Value != 500 || *l[1].OrgLimit != 1000 {
		t.Errorf("%s", text)
	}
	if _, body := get("wrkspc_011CRatecliffMockDefault"); string(body) != `{"data":[],"next_page":null}` {
		t.Errorf("%s", body)
	}
	for key, want := range map[string]string{"k": "wrkspc_011CRatecliffMockDefault", "mine": "w"} {
		resp, _ := ask(t, server, "GET", "/v1/models", "", "X-Api-Key", key)
		message, _ := ask(t, server, "POST", "/v1/messages", good, "X-Api-Key", key)
		if a, b := resp.Header.Get("Anthropic-Workspace-Id"), message.Header.Get("Anthropic-Workspace-Id"); a != want || b != want {
			t.Errorf("key %s is of workspace %q and %q, want %q", key, a, b, want)
		}
	}
	resp, body := get("other")
	refused(t, resp, body, 404, "not_found_error", "The requested resource could not be found.")
}

func TestInfrastructureHeaders(t *testing.T) {
	t.Parallel()
	for _, on := range []bool{false, true} {
		cfg := instantly(model.Config{})
		cfg.Infrastructure = on
		resp, _ := ask(t, mockservertest.Start(t, cfg), "POST", "/v1/messages", good)
		for _, name := range []string{"Server", "Cf-Ray", "Cf-Cache-Status", "X-Robots-Tag", "Strict-Transport-Security", "X-Envoy-Upstream-Service-Time"} {
			if (resp.Header.Get(name) != "") != on {
				t.Errorf("infrastructure %v: %s is %q", on, name, resp.Header.Get(name))
			}
		}
	}
}
