package wire

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"ratecliff/load"
)

func TestSyntheticPromptsHaveTheAskedSize(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		count := rapid.OneOf(rapid.Int64Range(0, 6), rapid.Int64Range(0, 3000))
		r := Request{
			Model: rapid.String().Draw(t, "model"), MaxTokens: rapid.Int64Range(1, 1e6).Draw(t, "max"),
			Stream: rapid.Bool().Draw(t, "stream"), ID: rapid.Uint64().Draw(t, "id"), Prefix: rapid.Uint64().Draw(t, "prefix"),
			Tokens: load.Tokens{Input: count.Draw(t, "in"), CacheWrite: count.Draw(t, "write"), CacheRead: count.Draw(t, "read")},
		}
		if r.Model == "" || strings.ContainsRune(r.Model, '\uFFFD') {
			r.Model = "claude-x"
		}
		body := AppendRequest(nil, &r)
		if !json.Valid(body) {
			t.Fatalf("not JSON: %s", body)
		}
		want := r.Tokens
		if want.Prompt() == 0 {
			want.Input = 1
		}
		var d Decoded
		if failure := DecodeRequest(body, &d); failure != nil {
			t.Fatalf("%v: %s", failure, body)
		}
		if d.Model != r.Model || d.MaxTokens != r.MaxTokens || d.Stream != r.Stream || d.Prompt.Tokens() != want {
			t.Fatalf("got %+v %+v, want %+v", d, d.Prompt.Tokens(), r)
		}
	})
}

func TestWrittenSegmentsDifferAndReadOnesDoNot(t *testing.T) {
	t.Parallel()
	body := func(id uint64, tokens load.Tokens) string {
		return string(AppendRequest(nil, &Request{Model: "m", MaxTokens: 1, ID: id, Prefix: 9, Tokens: tokens}))
	}
	if w := (load.Tokens{CacheWrite: 6}); body(1, w) == body(2, w) {
		t.Error("two written segments are the same: the API would read the second from its cache")
	}
	if r := (load.Tokens{CacheRead: 6}); body(1, r) != body(2, r) {
		t.Error("the shared prefix differs between requests: the API would never read it from its cache")
	}
}

func TestDecodeRequest(t *testing.T) {
	t.Parallel()
	const ok = `"model":"m","max_tokens":5,`
	for _, row := range []struct {
		name, body string
		want       load.Tokens
		problem    string
	}{
		{"a string", `{` + ok + `"messages":[{"role":"user","content":"12345"}]}`, load.Tokens{Input: 2}, ""},
		{"all segments sum before rounding", `{` + ok + `"system":"123","messages":[{"role":"user","content":"1"},{"role":"assistant","content":[{"type":"text","text":"1234"}]}]}`, load.Tokens{Input: 2}, ""},
		{"escapes count once", `{` + ok + `"messages":[{"role":"user","content":"\n\n\u00e9\"\\"}]}`, load.Tokens{Input: 2}, ""},
		{"tools count names and schema", `{` + ok + `"tools":[{"name":"get","description":"abcde","input_schema":{"type":"object"}}],"messages":[{"role":"user","content":"x"}]}`, load.Tokens{Input: 5}, ""},
		{"images do not", `{` + ok + `"messages":[{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"aaaaaaaaaaaaaaaa"}},{"type":"text","text":"1234"}]}]}`, load.Tokens{Input: 1}, ""},
		{"text documents do", `{` + ok + `"messages":[{"role":"user","content":[{"type":"document","source":{"data":"12345678","type":"text"}}]}]}`, load.Tokens{Input: 2}, ""},
		{"a breakpoint ends a written segment", `{` + ok + `"system":[{"type":"text","text":"1234567","cache_control":{"type":"ephemeral"}}],"messages":[{"role":"user","content":"1"}]}`, load.Tokens{Input: 1, CacheWrite: 2}, ""},
		{"the order is tools, system, messages", `{` + ok + `"messages":[{"role":"user","content":[{"type":"text","cache_control":{"type":"ephemeral"},"text":"12345678"}]}],"system":[{"type":"text","text":"[r] 4567"}]}`, load.Tokens{CacheRead: 4}, ""},
		{"two segments", `{` + ok + `"system":[{"text":"[r] ","cache_control":{"type":"ephemeral"}},{"text":"abcd","cache_control":{"type":"ephemeral"}}],"messages":[{"role":"user","content":"[r] no breakpoint"}]}`, load.Tokens{Input: 5, CacheWrite: 1, CacheRead: 1}, ""},
		{"no cache_control", `{` + ok + `"system":[{"text":"abcd","cache_control":null}],"messages":[{"role":"user","content":""}]}`, load.Tokens{Input: 1}, ""},
		{"unknown fields", `{"new":{"a":[1,{"b":null}]},` + ok + `"messages":[{"role":"user","content":"abcd","mood":["x"]}],"service_tier":"auto"}`, load.Tokens{Input: 1}, ""},
		{"tool results", `{` + ok + `"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"zzzz","content":[{"type":"text","text":"abcd"}]}]}]}`, load.Tokens{Input: 1}, ""},

		{"no model", `{"max_tokens":5,"messages":[{"role":"user","content":"x"}]}`, load.Tokens{}, "model: Field required"},
		{"no max_tokens", `{"model":"m","messages":[{"role":"user","content":"x"}]}`, load.Tokens{}, "max_tokens: Field required"},
		{"no messages", `{"model":"m","max_tokens":5}`, load.Tokens{}, "messages: Field required"},
		{"empty messages", `{` + ok + `"messages":[]}`, load.Tokens{}, "messages: at least one message is required"},
		{"messages of another kind", `{` + ok + `"messages":"hello"}`, load.Tokens{}, "messages: Input should be a valid list"},
		{"max_tokens a string", `{"model":"m","max_tokens":"5","messages":[{"role":"user","content":"x"}]}`, load.Tokens{}, "max_tokens: Input should be a valid integer"},
		{"max_tokens zero", `{"model":"m","max_tokens":0,"messages":[{"role":"user","content":"x"}]}`, load.Tokens{}, "max_tokens: Input should be greater than or equal to 1"},
		{"model a number", `{"model":5,"max_tokens":5,"messages":[{"role":"user","content":"x"}]}`, load.Tokens{}, "model: Input should be a valid string"},
		{"cut off", `{` + ok, load.Tokens{}, "The request body is not valid JSON"},
		{"an array", `[]`, load.Tokens{}, "The request body is not valid JSON: an object is required"},
		{"nothing", ``, load.Tokens{}, "The request body is not valid JSON: an object is required"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			var d Decoded
			failure := DecodeRequest([]byte(row.body), &d)
			switch {
			case failure == nil && row.problem != "", failure != nil && failure.Message != row.problem:
				t.Errorf("got %v, want %q", failure, row.problem)
			case failure != nil && (failure.Status != 400 || failure.Type != InvalidRequest):
				t.Errorf("got %v", failure)
			case failure == nil && d.Prompt.Tokens() != row.want:
				t.Errorf("got %+v, want %+v", d.Prompt.Tokens(), row.want)
			}
		})
	}
}

func TestSamplingParametersAreNoticed(t *testing.T) {
	t.Parallel()
	for field, want := range map[string]string{
		`"temperature":0.5,`: "temperature", `"top_p":1,"top_k":5,`: "top_p", `"temperature":null,`: "", "": "",
	} {
		var d Decoded
		DecodeRequest([]byte(`{`+field+`"model":"m","max_tokens":1,"messages":[{"role":"user","content":"x"}]}`), &d)
		if d.Sampling != want {
			t.Errorf("%s: got %q, want %q", field, d.Sampling, want)
		}
	}
}

// FuzzDecodeRequest: any bytes are a request or a 400, and valid JSON with the
// required fields is never called bad JSON.
func FuzzDecodeRequest(f *testing.F) {
	f.Add(AppendRequest(nil, &Request{Model: "m", MaxTokens: 9, Tokens: load.Tokens{Input: 3, CacheWrite: 4, CacheRead: 5}}))
	f.Add([]byte(`{"tools":[{"input_schema":{"a":[{}]}}],"system":null,"messages":[null,5,{"content":[5,{"source":5}]}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var d Decoded
		failure := DecodeRequest(b, &d)
		var object map[string]json.RawMessage
		isObject := json.Unmarshal(b, &object) == nil && object != nil && utf8.Valid(b)
		bad := failure != nil && strings.HasPrefix(failure.Message, "The request body is not valid JSON")
		if isObject == bad {
			t.Fatalf("%q: object %v, but %v", b, isObject, failure)
		}
		tokens := d.Prompt.Tokens()
		if failure == nil && (tokens.Prompt() < 0 || tokens.Prompt() > int64(len(b))) {
			t.Fatalf("%q has %+v tokens", b, tokens)
		}
	})
}

func TestMessagesComeBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Range(0, 1000)
		m := Message{
			ID: "msg_1", Model: rapid.SampledFrom([]string{"claude-x", `odd"name`}).Draw(t, "model"), StopReason: "max_tokens",
			Usage: load.Tokens{Input: n.Draw(t, "in"), CacheWrite: n.Draw(t, "write"), CacheRead: n.Draw(t, "read"), Output: n.Draw(t, "out")},
		}
		body := AppendMessage(nil, &m)
		var plain struct {
			Content []struct{ Text string }
			Model   string
		}
		if err := json.Unmarshal(body, &plain); err != nil || plain.Model != m.Model {
			t.Fatalf("%v: %s", err, body)
		}
		if got := EstimateTokens(int64(len(plain.Content[0].Text))); got != m.Usage.Output {
			t.Fatalf("text of %d tokens, want %d", got, m.Usage.Output)
		}
		r := load.Response{Status: 200}
		if Body(&r, body); r.Outcome != load.OK || r.Usage != m.Usage {
			t.Fatalf("got %+v, want %+v", r, m.Usage)
		}
		var w EventWriter
		w.Reset(&m, 1, 2)
		stream := w.End(w.To(w.Start(nil), m.Usage.Output))
		events, err := collect(stream, 0)
		if err != nil || len(events) != 7 {
			t.Fatalf("%v %q", err, events)
		}
		for _, ev := range events {
			name, data, _ := strings.Cut(ev, "=")
			var object struct{ Type string }
			if err := json.Unmarshal([]byte(data), &object); err != nil || object.Type != name {
				t.Fatalf("%v: %s", err, ev)
			}
		}
		var p Parser
		var s Stream
		p.Feed(stream)
		for ev, ok, _ := p.Next(); ok; ev, ok, _ = p.Next() {
			s.Observe(ev)
		}
		if s.Finish(&r); r.Outcome != load.OK || r.Usage != m.Usage {
			t.Fatalf("got %+v, want %+v", r, m.Usage)
		}
	})
}

func TestErrorEventsComeBack(t *testing.T) {
	t.Parallel()
	got, _, _ := follow(t, string(AppendErrorEvent(nil, &Failure{Type: OverloadedError, Message: "Overloaded"})))
	if got.Outcome != load.Overloaded || got.ErrorType != OverloadedError {
		t.Errorf("%+v", got)
	}
}

func TestHints(t *testing.T) {
	t.Parallel()
	want := load.Tokens{Input: 120, CacheWrite: 1, CacheRead: 2, Output: 64}
	text := string(AppendTokensHint(nil, want))
	if text != "input=120,cache_write=1,cache_read=2,output=64" {
		t.Error(text)
	}
	if got, ok := ParseTokensHint(text); !ok || got != want {
		t.Errorf("got %+v %v", got, ok)
	}
	if got, ok := ParseTokensHint("output=3, input=1"); !ok || got != (load.Tokens{Input: 1, Output: 3}) {
		t.Errorf("got %+v %v", got, ok)
	}
	for _, bad := range []string{"", ",", "input", "input=", "input=-1", "input=x", "in=1", "input=1,,output=2", "input=1.5"} {
		if got, ok := ParseTokensHint(bad); ok {
			t.Errorf("%q was read as %+v", bad, got)
		}
	}
}

func BenchmarkDecodeRequest(b *testing.B) {
	body := AppendRequest(nil, &Request{Model: "claude-x", MaxTokens: 9, Tokens: load.Tokens{Input: 500}})
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	var d Decoded
	for b.Loop() {
		DecodeRequest(body, &d)
	}
}
