package mockserver_test

import (
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"ratecliff/internal/wire"
	"ratecliff/load"
	"ratecliff/mockserver"
	"ratecliff/mockserver/mockservertest"
	"ratecliff/mockserver/model"
)

// ask is one request with extra headers in pairs; the key and the version are
// given unless the pairs say otherwise, "" leaves a header out.
func ask(t *testing.T, server *mockservertest.Server, method, path, body string, pairs ...string) (*http.Response, []byte) {
	t.Helper()
	r, err := http.NewRequest(method, server.URL+path, strings.NewReader(body))
	fatalIf(t, err)
	r.Header = http.Header{"X-Api-Key": {"k"}, "Anthropic-Version": {wire.Version2023}}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(pairs); i += 2 {
		r.Header.Del(pairs[i])
		if pairs[i+1] != "" {
			r.Header.Set(pairs[i], pairs[i+1])
		}
	}
	resp, err := server.Client.Do(r)
	fatalIf(t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	fatalIf(t, err)
	return resp, text
}

// refused checks an error answer: status, type, message and request id.
func refused(t *testing.T, resp *http.Response, body []byte, status int, kind, message string) {
	t.Helper()
	failure, ok := wire.DecodeFailure(body)
	if !ok || resp.StatusCode != status || failure.Type != kind || failure.Message != message {
		t.Errorf("got %d %s, want %d %s: %s", resp.StatusCode, body, status, kind, message)
	}
	if failure.RequestID == "" || failure.RequestID != resp.Header.Get("Request-Id") {
		t.Errorf("request id %q, header %q", failure.RequestID, resp.Header.Get("Request-Id"))
	}
}

func TestVersionsKeysAndBetas(t *testing.T) {
	t.Parallel()
	cfg := instantly(model.Config{})
	cfg.Strict = mockserver.Strict{Keys: []string{"k"}, Betas: true}
	server := mockservertest.Start(t, cfg)
	const bad, auth = "invalid_request_error", "authentication_error"
	for _, row := range []struct {
		header        []string
		body          string
		status        int
		kind, message string
	}{
		{nil, good, 200, "", ""},
		{[]string{"Anthropic-Version", "2026-10-21", "X-Api-Key", "", "Authorization", "Bearer k"}, good, 200, "", ""},
		{[]string{"Anthropic-Version", ""}, good, 400, bad, "anthropic-version: header is required"},
		{[]string{"Anthropic-Version", "2024-01-01"}, good, 400, bad, `anthropic-version: "2024-01-01" is not a valid version`},
		{nil, `{"temperature":1,` + good[1:], 200, "", ""},
		{[]string{"Anthropic-Version", "2026-10-21"}, `{"temperature":1,` + good[1:], 400, bad, "temperature: Extra inputs are not permitted"},
		{[]string{"X-Api-Key", ""}, good, 401, auth, "x-api-key header is required"},
		{[]string{"X-Api-Key", "other"}, good, 401, auth, "invalid x-api-key"},
		{[]string{"X-Api-Key", "sk-ant-admin01-x"}, good, 401, auth, "invalid x-api-key"},
		{[]string{"Anthropic-Beta", "context-1m-2025-08-07, fast-mode-2026-02-01"}, good, 200, "", ""},
		{[]string{"Anthropic-Beta", "x"}, good, 400, bad, "Unexpected value(s) `x` for the `anthropic-beta` header. Please consult our documentation at docs.claude.com or try again without the header."},
		{nil, `{"speed":"fast",` + good[1:], 400, bad, "speed: Extra inputs are not permitted"},
		{[]string{"Anthropic-Beta", "fast-mode-2026-02-01"}, `{"speed":"fast",` + good[1:], 200, "", ""},
		{nil, `{"model":"claude-haiku-4-5","max_tokens":64001,"messages":[{"role":"user","content":"x"}]}`, 400, bad, "max_tokens: 64001 > 64000, which is the maximum allowed number of output tokens for claude-haiku-4-5-20251001"},
		{nil, `{"model":"claude-haiku-4-5","max_tokens":5,"messages":[{"role":"user","content":"` + strings.Repeat("x", 853_848) + `"}]}`, 400, bad, "prompt is too long: 213462 tokens > 200000 maximum"},
	} {
		resp, body := ask(t, server, "POST", "/v1/messages?beta=true", row.body, row.header...)
		if row.status == 200 {
			if resp.StatusCode != 200 {
				t.Errorf("%v: %d %s", row.header, resp.StatusCode, body)
			}
			continue
		}
		refused(t, resp, body, row.status, row.kind, row.message)
	}
}

func TestCountTokens(t *testing.T) {
	t.Parallel()
	server := mockservertest.Start(t, instantly(model.Config{}))
	resp, body := ask(t, server, "POST", "/v1/messages/count_tokens?beta=true", `{"model":"m","system":[{"type":"text","text":"12345678","cache_control":{"type":"ephemeral"}}],"messages":[{"role":"user","content":"1234"}]}`)
	if resp.StatusCode != 200 || string(body) != `{"input_tokens":3}` || resp.Header.Get("Request-Id") == "" {
		t.Errorf("%d %s", resp.StatusCode, body)
	}
	const bad = "invalid_request_error"
	resp, body = ask(t, server, "POST", "/v1/messages/count_tokens", `{"messages":[{"role":"user","content":"1234"}]}`)
	refused(t, resp, body, 400, bad, "model: Field required")
	for _, remote := range []string{
		`"tools":[{"type":"web_search_20250305","name":"web_search"}],"messages":[{"role":"user","content":"x"}]`,
		`"mcp_servers":[{"type":"url"}],"messages":[{"role":"user","content":"x"}]`,
		`"messages":[{"role":"user","content":[{"type":"image","source":{"type":"url","url":"https://example.com"}}]}]`,
	} {
		resp, body = ask(t, server, "POST", "/v1/messages/count_tokens", `{"model":"m",`+remote+`}`)
		refused(t, resp, body, 400, bad, "Token counting does not support server tools, MCP servers, or sources by url or file")
	}
	resp, body = ask(t, server, "GET", "/v1/messages/count_tokens", "")
	refused(t, resp, body, 405, bad, "Method Not Allowed")
}

func TestModelsAreListedPageByPage(t *testing.T) {
	t.Parallel()
	server := mockservertest.Start(t, instantly(model.Config{Profile: "start"}))
	type list struct {
		Data []struct {
			Type, ID  string
			Name      string `json:"display_name"`
			Created   string `json:"created_at"`
			MaxTokens int64  `json:"max_tokens"`
		}
		HasMore bool   `json:"has_more"`
		First   string `json:"first_id"`
		Last    string `json:"last_id"`
	}
	get := func(query string) (l list) {
		resp, body := ask(t, server, "GET", "/v1/models"+query, "")
		if err := json.Unmarshal(body, &l); err != nil || resp.StatusCode != 200 {
			t.Fatalf("%s: %d %s", query, resp.StatusCode, body)
		}
		return l
	}
	all := get("?limit=1000")
	if len(all.Data) != len(model.Models().Models) || all.HasMore || all.First != all.Data[0].ID || all.Data[0].Type != "model" || all.Data[0].Name == "" || all.Data[0].Created == "" || all.Data[0].MaxTokens == 0 {
		t.Fatalf("%+v", all)
	}
	var walked []string
	for p := get("?limit=5"); ; p = get("?limit=5&after_id=" + p.Last) {
		for _, m := range p.Data {
			walked = append(walked, m.ID)
		}
		if !p.HasMore {
			break
		}
	}
	for i, m := range all.Data {
		if len(walked) != len(all.Data) || walked[i] != m.ID {
			t.Fatalf("walked %v", walked)
		}
	}
	if p := get("?limit=2&before_id=" + walked[3]); !p.HasMore || p.First != walked[1] || p.Last != walked[2] {
		t.Errorf("before %s: %+v", walked[3], p)
	}
	if p := get("?after_id=nothing"); len(p.Data) != 0 || p.HasMore {
		t.Errorf("after nothing: %+v", p)
	}
	resp, body := ask(t, server, "GET", "/v1/models?limit=1001", "")
	refused(t, resp, body, 400, "invalid_request_error", "limit: Input should be less than or equal to 1000")
	if _, body = ask(t, server, "GET", "/v1/models/claude-haiku-4-5", ""); !strings.Contains(string(body), `"id":"claude-haiku-4-5-20251001","display_name":"Claude Haiku 4.5","created_at":"2025-10-15T00:00:00Z","max_input_tokens":200000,"max_tokens":64000`) {
		t.Errorf("an alias: %s", body)
	}
	resp, body = ask(t, server, "GET", "/v1/models/claude-nothing", "")
	refused(t, resp, body, 404, "not_found_error", "model: claude-nothing")
}

func TestHello(t *testing.T) {
	t.Parallel()
	server := mockservertest.Start(t, instantly(model.Config{}))
	if resp, _ := ask(t, server, "HEAD", "/api/hello", "", "X-Api-Key", "", "Anthropic-Version", ""); resp.StatusCode != 200 {
		t.Errorf("%d", resp.StatusCode)
	}
}

// limitID is an id of a rate limit or of a group of them.
var limitID = regexp.MustCompile(`"rlg?_01[0-9A-Za-z]{22}"`)

func TestRateLimitsAPI(t *testing.T) {
	t.Parallel()
	server := mockservertest.Start(t, instantly(model.Config{Profile: "scale"}))
	get := func(query string) (*http.Response, []byte) {
		return ask(t, server, "GET", "/v1/organizations/rate_limits"+query, "", "X-Api-Key", "sk-ant-admin01-x")
	}
	_, body := get("?model=claude-opus-5")
	const want = `{"data":[{"type":"rate_limit","group_type":"model_group","models":["claude-opus-5"],"limits":[{"type":"requests_per_minute","value":10000},{"type":"input_tokens_per_minute","value":10000000},{"type":"output_tokens_per_minute","value":2000000}],"id":"ID","group":{"id":"ID","display_name":"opus-5","type":"model_group"}}],"next_page":null}`
	if got := limitID.ReplaceAllString(string(body), `"ID"`); got != want {
		t.Errorf("got  %s\nwant %s", body, want)
	}
	resp, body := get("?model=claude-nothing")
	refused(t, resp, body, 404, "not_found_error", "model: claude-nothing")
	if _, body = get("?group_type=files"); string(body) != `{"data":[],"next_page":null}` {
		t.Errorf("%s", body)
	}
	if _, body = get("?group_type=model_group&limit=3"); !strings.HasSuffix(string(body), `"next_page":"3"}`) || strings.Count(string(body), `"rate_limit"`) != 3 {
		t.Errorf("%s", body)
	}
	if _, body = get("?group_type=model_group&limit=1000&page=3"); !strings.HasSuffix(string(body), `"next_page":null}`) {
		t.Errorf("%s", body)
	}
	resp, body = ask(t, server, "GET", "/v1/organizations/rate_limits", "")
	refused(t, resp, body, 401, "authentication_error", "invalid x-api-key")
}

// TestAnswersWithToolsAndThinking: what is asked for is what comes back.
func TestAnswersWithToolsAndThinking(t *testing.T) {
	t.Parallel()
	cfg := instantly(model.Config{})
	cfg.Output = load.FixedDist(300)
	server := mockservertest.Start(t, cfg)
	const tools = `"tools":[{"name":"weather","input_schema":{"type":"object","properties":{"city":{"type":"string"}}}},{"type":"bash_20250124","name":"bash"}],`
	const base = `"model":"m","max_tokens":2000,"messages":[{"role":"user","content":"x"}]}`
	for _, row := range []struct{ name, body, blocks, stop string }{
		{"plain", `{` + base, "text", "end_turn"},
		{"cut", `{"model":"m","max_tokens":299,"messages":[{"role":"user","content":"x"}]}`, "text", "max_tokens"},
		{"tools", `{` + tools + base, "text tool_use", "tool_use"},
		{"a forced tool", `{` + tools + `"tool_choice":{"type":"tool","name":"weather"},` + base, "text tool_use", "tool_use"},
		{"tools forbidden", `{` + tools + `"tool_choice":{"type":"none"},` + base, "text", "end_turn"},
		{"after the tool's result", `{` + tools + `"model":"m","max_tokens":2000,"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"x","content":"y"}]}]}`, "text", "end_turn"},
		{"thinking", `{"thinking":{"type":"enabled","budget_tokens":1024},` + base, "thinking text", "end_turn"},
		{"thinking and a tool", `{"thinking":{"type":"adaptive"},` + tools + base, "thinking text tool_use", "tool_use"},
		{"too short for a call", `{` + tools + `"model":"m","max_tokens":2,"messages":[{"role":"user","content":"x"}]}`, "text", "max_tokens"},
	} {
		_, body := ask(t, server, "POST", "/v1/messages", row.body)
		var m struct {
			Content []struct {
				Type, Name, ID, Signature string
				Input                     struct{ City string }
			}
			Stop  string `json:"stop_reason"`
			Usage struct {
				Output int64 `json:"output_tokens"`
			}
		}
		fatalIf(t, json.Unmarshal(body, &m))
		var kinds []string
		for _, b := range m.Content {
			kinds = append(kinds, b.Type)
			if b.Type == "tool_use" && (b.Name != "weather" || b.Input.City == "" || !strings.HasPrefix(b.ID, "toolu_01")) || b.Type == "thinking" && b.Signature == "" {
				t.Errorf("%s: %+v", row.name, b)
			}
		}
		if got := strings.Join(kinds, " "); got != row.blocks || m.Stop != row.stop || m.Usage.Output == 0 {
			t.Errorf("%s: %s %s: %s", row.name, got, m.Stop, body)
		}
	}
}

func TestStopSequencesByShare(t *testing.T) {
	t.Parallel()
	for _, share := range []float64{0, 1} {
		cfg := instantly(model.Config{})
		cfg.Content.StopShare = &share
		_, body := ask(t, mockservertest.Start(t, cfg), "POST", "/v1/messages", `{"stop_sequences":["END"],`+good[1:])
		if got := strings.Contains(string(body), `"stop_reason":"stop_sequence","stop_sequence":"END"`); got != (share == 1) {
			t.Errorf("share %v: %s", share, body)
		}
	}
}
