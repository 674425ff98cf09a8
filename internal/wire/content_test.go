package wire

import (
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"ratecliff/load"
)

// said is a content block in either form.
type said struct {
	Type, Text, Thinking, Signature, ID, Name string
	Input                                     any
}

// told rebuilds the blocks of a stream as a client does, and counts its deltas.
func told(t *rapid.T, stream []byte) (blocks []said, stop string, deltas int) {
	var p Parser
	var input string
	p.Feed(stream)
	for ev, ok, err := p.Next(); ok; ev, ok, err = p.Next() {
		var e struct {
			Type  string
			Index int
			Block said `json:"content_block"`
			Delta struct {
				Type, Text, Thinking, Signature string
				Partial                         string `json:"partial_json"`
				Stop                            string `json:"stop_reason"`
			}
		}
		if err != nil || json.Unmarshal(ev.Data, &e) != nil || e.Type != string(ev.Name) {
			t.Fatalf("%v: %s", err, ev.Data)
		}
		switch e.Type {
		case "content_block_start":
			if e.Index != len(blocks) {
				t.Fatalf("block %d follows %d", e.Index, len(blocks)-1)
			}
			blocks, input, deltas = append(blocks, e.Block), "", 0
		case "content_block_delta":
			b := &blocks[e.Index]
			if deltas++; b.Type == "tool_use" && deltas == 1 && e.Delta.Partial != "" {
				t.Fatalf("the first delta of a call is %q", e.Delta.Partial)
			}
			b.Text += e.Delta.Text
			b.Thinking += e.Delta.Thinking
			b.Signature += e.Delta.Signature
			input += e.Delta.Partial
		case "content_block_stop":
			if b := &blocks[e.Index]; b.Type == "tool_use" {
				if err := json.Unmarshal([]byte(input), &b.Input); err != nil {
					t.Fatalf("%v: %s", err, input)
				}
			}
			if deltas == 0 {
				t.Fatal("a block without a delta")
			}
		case "message_delta":
			stop = e.Delta.Stop
		}
	}
	return blocks, stop, deltas
}

// TestStreamedAndPlainAnswersSayTheSame, however the stream is cut.
func TestStreamedAndPlainAnswersSayTheSame(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Range(0, 200)
		m := Message{ID: "msg_1", Model: "m", StopReason: "tool_use", Usage: load.Tokens{Output: n.Draw(t, "output")}}
		c := &m.Content
		c.Phase = rapid.IntRange(0, 5000).Draw(t, "phase")
		if c.Thinking = n.Draw(t, "thinking"); c.Thinking > 0 {
			c.Mark = "ErUBabc=="
		}
		if rapid.Bool().Draw(t, "tool") {
			c.Tool, c.ToolID = "find", "toolu_1"
			c.Input, _ = json.Marshal(map[string]string{"é": rapid.String().Draw(t, "argument"), "quote\"": "\\"})
		}
		var plain struct {
			Content []said
			Usage   struct {
				Details struct {
					Thinking int64 `json:"thinking_tokens"`
				} `json:"output_tokens_details"`
			}
		}
		if body := AppendMessage(nil, &m); json.Unmarshal(body, &plain) != nil {
			t.Fatalf("not JSON: %s", body)
		}
		var w EventWriter
		w.Reset(&m, 1, 2)
		stream := w.Start(nil)
		for at := int64(0); at < m.Usage.Output; {
			at = min(m.Usage.Output, at+rapid.Int64Range(0, 50).Draw(t, "piece"))
			stream = w.To(stream, at)
		}
		blocks, stop, _ := told(t, w.End(stream))
		if got, want := mustJSON(blocks), mustJSON(plain.Content); got != want {
			t.Fatalf("streamed %s\nplain    %s", got, want)
		}
		if stop != "tool_use" || plain.Usage.Details.Thinking != min(c.Thinking, m.Usage.Output) {
			t.Fatalf("stop %q, thinking %+v", stop, plain.Usage)
		}
	})
}

func mustJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// unpadded is the recorded stream without its padding.
func unpadded(s string) string {
	for strings.Contains(s, "  ") {
		s = strings.ReplaceAll(s, "  ", " ")
	}
	return strings.ReplaceAll(s, " }", "}")
}

// TestStreamsLookLikeTheRecordedOne: the same events byte for byte but for ids,
// counts, words and the length of the padding (recorded 2025-09-13).
func TestStreamsLookLikeTheRecordedOne(t *testing.T) {
	t.Parallel()
	m := Message{ID: "msg_01XYZ", Model: "claude-x", StopReason: "end_turn", Usage: load.Tokens{Input: 11, CacheWrite: 7, CacheRead: 3, Output: 6}}
	var w EventWriter
	w.Reset(&m, 5, 5)
	stream := string(w.End(w.Start(nil)))
	got := unpadded(stream)
	got = strings.Replace(got, `"text":"`+string(appendWords(nil, 0, 24)), `"text":"Hello`, 1)
	want := strings.Replace(unpadded(recorded), `"ephemeral_5m_input_tokens":0`, `"ephemeral_5m_input_tokens":7`, 1)
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if !strings.Contains(stream, " }\n\n") || strings.Contains(stream, "\"ping\" ") {
		t.Errorf("the padding is not where it was recorded:\n%s", stream)
	}
	var again, other EventWriter
	again.Reset(&m, 5, 5)
	other.Reset(&m, 5, 6)
	if string(again.End(again.Start(nil))) != stream {
		t.Error("equal seed and id pad differently")
	}
	if string(other.End(other.Start(nil))) == stream {
		t.Error("another id pads alike")
	}
}

func TestExamplesFitTheirSchema(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ schema, want string }{
		{`{"type":"object"}`, `{}`},
		{`{"type":"object","properties":{"city":{"type":"string"},"days":{"type":"integer","minimum":2},"note":{"type":"string"}},"required":["city","days"]}`, `{"city":"the tide com","days":2}`},
		{`{"properties":{"unit":{"enum":["c","f"]},"on":{"type":"boolean"},"kind":{"const":5},"n":{"type":"number","exclusiveMinimum":0}}}`, `{"unit":"c","on":true,"kind":5,"n":1}`},
		{`{"type":"object","properties":{"at":{"type":"string","format":"date-time"},"to":{"type":["string","null"],"minLength":13},"x":{"anyOf":[{"type":"null"},{"type":"string"}]}}}`, `{"at":"2026-01-02T03:04:05Z","to":"the tide come","x":null}`},
		{`{"type":"object","properties":{"list":{"type":"array","minItems":2,"items":{"type":"object","properties":{"a":{"type":"string","enum":["é"]}}}},"free":{"type":"array"}}}`, `{"list":[{"a":"é"},{"a":"é"}],"free":[]}`},
		{`{"type":"string"}`, `{}`},
		{`[]`, `{}`},
	} {
		if got := string(AppendExample(nil, []byte(row.schema), 0)); got != row.want {
			t.Errorf("%s: got %s, want %s", row.schema, got, row.want)
		}
	}
}

func TestExamplesAreBounded(t *testing.T) {
	t.Parallel()
	schema := `{"type":"object"}`
	for range 40 {
		schema = `{"type":"object","properties":{"a":{"type":"array","minItems":1000000,"items":` + schema + `}}}`
	}
	got := AppendExample(nil, []byte(schema), 0)
	if !json.Valid(got) || len(got) > 2*maxExampleBytes {
		t.Errorf("%d bytes, valid %v", len(got), json.Valid(got))
	}
}

// FuzzExample: any schema gives a JSON object of bounded size.
func FuzzExample(f *testing.F) {
	f.Add([]byte(`{"type":"object","properties":{"a":{"type":"array","minItems":9,"items":{"type":"integer","minimum":1e400}}},"required":["a"]}`))
	f.Add([]byte(`{"anyOf":[{"properties":{"\u00e9\n":{"enum":[]}}}],"type":["null"],"minLength":-5}`))
	f.Fuzz(func(t *testing.T, schema []byte) {
		if !json.Valid(schema) {
			return
		}
		got := AppendExample(nil, schema, 3)
		if !json.Valid(got) || got[0] != '{' || len(got) > 4*maxExampleBytes+len(schema) {
			t.Fatalf("%s: %s", schema, got)
		}
	})
}

func TestDocumentedRefusals(t *testing.T) {
	t.Parallel()
	const user = `"messages":[{"role":"user","content":"x"}]`
	const base = `"model":"m","max_tokens":2000,`
	tool := func(rest string) string { return `{` + base + user + `,"tools":[` + rest + `]}` }
	for _, row := range []struct{ name, body, problem string }{
		{"a role that is none", `{` + base + `"messages":[{"role":"user","content":"x"},{"role":"dog","content":"x"}]}`, "messages.1.role: Input should be 'user' or 'assistant'"},
		{"the system as a role", `{` + base + `"messages":[{"role":"system","content":"x"}]}`, "messages: Unexpected role \"system\". The Messages API accepts a top-level `system` parameter, not \"system\" as an input message role."},
		{"no role", `{` + base + `"messages":[{"content":"x"}]}`, "messages.0.role: Field required"},
		{"no content", `{` + base + `"messages":[{"role":"user"}]}`, "messages.0.content: Field required"},
		{"content a number", `{` + base + `"messages":[{"role":"user","content":5}]}`, "messages.0.content: Input should be a valid list"},
		{"a message that is none", `{` + base + `"messages":[5]}`, "messages.0: Input should be an object"},
		{"not UTF-8", `{` + base + "\"messages\":[{\"role\":\"user\",\"content\":\"\xff\"}]}", "The request body is not valid JSON: it is not UTF-8"},
		{"tools an object", `{` + base + user + `,"tools":{}}`, "tools: Input should be a valid list"},
		{"a tool without a name", tool(`{"input_schema":{}}`), "tools.0.custom.name: Field required"},
		{"a tool with blanks", tool(`{"name":"a b","input_schema":{}}`), "tools.0.custom.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'"},
		{"a tool without a schema", tool(`{"name":"a","input_schema":{}},{"name":"b"}`), "tools.1.custom.input_schema: Field required"},
		{"a server tool", tool(`{"name":"web_search","type":"web_search_20250305"}`), ""},
		{"a choice without tools", `{` + base + user + `,"tool_choice":{"type":"any"}}`, "tool_choice: may only be specified while providing tools"},
		{"a choice of nothing", `{` + base + user + `,"tools":[{"name":"a","input_schema":{}}],"tool_choice":{"type":"tool","name":"b"}}`, "tool_choice: Tool 'b' not found in provided tools"},
		{"thinking with a forced tool", `{` + base + user + `,"tools":[{"name":"a","input_schema":{}}],"tool_choice":{"type":"any"},"thinking":{"type":"enabled","budget_tokens":1024}}`, "Thinking may not be enabled when tool_choice forces tool use."},
		{"a small budget", `{` + base + user + `,"thinking":{"type":"enabled","budget_tokens":1023}}`, "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024"},
		{"a budget beyond the answer", `{` + base + user + `,"thinking":{"type":"enabled","budget_tokens":2000}}`, "`max_tokens` must be greater than `thinking.budget_tokens`. Please consult our documentation at https://docs.claude.com/en/docs/build-with-claude/extended-thinking#max-tokens-and-context-window-size"},
		{"adaptive thinking", `{` + base + user + `,"thinking":{"type":"adaptive"}}`, ""},
		{"a tier that is none", `{` + base + user + `,"service_tier":"gold"}`, "service_tier: Input should be 'auto' or 'standard_only'"},
	} {
		var d Decoded
		failure := DecodeRequest([]byte(row.body), &d)
		if failure == nil && row.problem != "" || failure != nil && failure.Message != row.problem {
			t.Errorf("%s: got %v, want %q", row.name, failure, row.problem)
		}
	}
	var d Decoded
	if failure := DecodeCount([]byte(`{"model":"m",`+user+`}`), &d); failure != nil {
		t.Errorf("counting needs no max_tokens: %v", failure)
	}
}

func TestToolsAndThinkingAreRead(t *testing.T) {
	t.Parallel()
	var d Decoded
	failure := DecodeRequest([]byte(`{"model":"m","max_tokens":9000,"tools":[{"name":"a","type":"custom","input_schema": {"type":"object"}},{"type":"bash_20250124","name":"bash"}],
		"tool_choice":{"type":"auto"},"thinking":{"type":"enabled","budget_tokens":2048},"stop_sequences":["END","X"],"service_tier":"auto","speed":"fast",
		"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":"x"}]}]}`), &d)
	if failure != nil {
		t.Fatal(failure)
	}
	if len(d.Tools) != 2 || d.Tools[0].Name != "a" || strings.TrimSpace(string(d.Tools[0].Schema)) != `{"type":"object"}` || d.Tools[1].Schema != nil {
		t.Errorf("tools %q", d.Tools)
	}
	if d.Choice != "auto" || !d.Answered || d.Thinking != "enabled" || d.Budget != 2048 || d.Stop != "END" || d.Tier != "auto" || d.Speed != "fast" || !d.Remote {
		t.Errorf("%+v", d)
	}
}
