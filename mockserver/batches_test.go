package mockserver_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ratecliff/load"
	"ratecliff/mockserver"
	"ratecliff/mockserver/mockservertest"
	"ratecliff/mockserver/model"
)

// batchOf is a batch as a client sees it.
type batchOf struct {
	ID, Type string
	Status   string                                                          `json:"processing_status"`
	Counts   struct{ Processing, Succeeded, Errored, Canceled, Expired int } `json:"request_counts"`
	Ended    *string                                                         `json:"ended_at"`
	Cancel   *string                                                         `json:"cancel_initiated_at"`
	Archived *string                                                         `json:"archived_at"`
	Results  *string                                                         `json:"results_url"`
}

func (b *batchOf) String() string {
	return fmt.Sprintf("%s %v ended=%v cancel=%v results=%v", b.Status, b.Counts, b.Ended != nil, b.Cancel != nil, b.Results != nil)
}

// batchClient talks to a mock with a queue.
type batchClient struct {
	t      *testing.T
	server *mockservertest.Server
}

func newBatchClient(t *testing.T, perSecond float64) batchClient {
	return batchClient{t, mockservertest.StartInMemory(t, mockserver.Config{
		Model: model.Config{Profile: "start", Latency: latency(0, 1e6, 0)}, Output: load.FixedDist(4), Batches: mockserver.Batches{PerSecond: perSecond},
	})}
}

func (c batchClient) call(method, path, body string) (b batchOf) {
	c.t.Helper()
	resp, text := ask(c.t, c.server, method, "/v1/messages/batches"+path, body)
	if err := json.Unmarshal(text, &b); err != nil || resp.StatusCode != 200 {
		c.t.Fatalf("%s %s: %d %s", method, path, resp.StatusCode, text)
	}
	return b
}

// create makes a batch of n good requests and one whose model does not exist.
func (c batchClient) create(n int) batchOf {
	var items []string
	for i := range n {
		items = append(items, fmt.Sprintf(`{"custom_id":"r-%d","params":{"model":"claude-opus-5","max_tokens":9,"messages":[{"role":"user","content":"x"}]}}`, i))
	}
	items = append(items, `{"custom_id":"bad","params":{"model":"claude-none","max_tokens":9,"messages":[{"role":"user","content":"x"}]}}`)
	return c.call("POST", "", `{"requests":[`+strings.Join(items, ",")+`]}`)
}

func (c batchClient) want(b batchOf, want string) {
	c.t.Helper()
	if b.String() != want {
		c.t.Errorf("got  %s\nwant %s", b.String(), want)
	}
}

func TestBatchRunsToItsEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newBatchClient(t, 1)
		b := c.create(3)
		if b.Type != "message_batch" || !strings.HasPrefix(b.ID, "msgbatch_01") {
			t.Fatalf("%+v", b)
		}
		c.want(b, "in_progress {4 0 0 0 0} ended=false cancel=false results=false")
		time.Sleep(3900 * time.Millisecond)
		c.want(c.call("GET", "/"+b.ID, ""), "in_progress {4 0 0 0 0} ended=false cancel=false results=false")
		resp, body := ask(t, c.server, "GET", "/v1/messages/batches/"+b.ID+"/results", "")
		refused(t, resp, body, 404, "not_found_error", "Batch "+b.ID+" has no results yet: it is still being processed")
		resp, body = ask(t, c.server, "DELETE", "/v1/messages/batches/"+b.ID, "")
		refused(t, resp, body, 400, "invalid_request_error", "Batch "+b.ID+" cannot be deleted while it is being processed; cancel it first")
		time.Sleep(100 * time.Millisecond)
		b = c.call("GET", "/"+b.ID, "")
		c.want(b, "ended {0 3 1 0 0} ended=true cancel=false results=true")

		_, text := ask(t, c.server, "GET", strings.TrimPrefix(*b.Results, c.server.URL), "")
		lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
		if len(lines) != 4 || !strings.HasPrefix(lines[0], `{"custom_id":"r-0","result":{"type":"succeeded","message":{"id":"msg_01`) || !strings.Contains(lines[0], `"service_tier":"batch"`) {
			t.Errorf("%s", text)
		}
		if !strings.HasPrefix(lines[3], `{"custom_id":"bad","result":{"type":"errored","error":{"type":"error","error":{"type":"not_found_error","message":"model: claude-none"},"request_id":"req_`) {
			t.Errorf("%s", lines[3])
		}
		for _, line := range lines {
			if !json.Valid([]byte(line)) {
				t.Errorf("not JSON: %s", line)
			}
		}
		if _, again := ask(t, c.server, "GET", "/v1/messages/batches/"+b.ID+"/results", ""); string(again) != string(text) {
			t.Error("the results changed")
		}
		if _, text := ask(t, c.server, "DELETE", "/v1/messages/batches/"+b.ID, ""); string(text) != `{"id":"`+b.ID+`","type":"message_batch_deleted"}` {
			t.Errorf("%s", text)
		}
		resp, body = ask(t, c.server, "GET", "/v1/messages/batches/"+b.ID, "")
		refused(t, resp, body, 404, "not_found_error", "The requested resource could not be found.")
	})
}

func TestBatchIsCanceled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newBatchClient(t, 1)
		b := c.create(9)
		second := c.create(1)
		time.Sleep(2500 * time.Millisecond)
		c.want(c.call("POST", "/"+b.ID+"/cancel", ""), "canceling {10 0 0 0 0} ended=false cancel=true results=false")
		time.Sleep(500 * time.Millisecond) // the third request was under way
		c.want(c.call("GET", "/"+b.ID, ""), "ended {0 3 0 7 0} ended=true cancel=true results=true")
		c.want(c.call("POST", "/"+second.ID+"/cancel", ""), "ended {0 0 0 2 0} ended=true cancel=true results=true")
		_, text := ask(t, c.server, "GET", "/v1/messages/batches/"+b.ID+"/results", "")
		if strings.Count(string(text), `"result":{"type":"canceled"}}`) != 7 {
			t.Errorf("%s", text)
		}
	})
}

func TestBatchExpiresAndIsArchived(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newBatchClient(t, 0.001)
		c.server.Client.Transport = c.server.Mock.RoundTripper() // idle connections time out in between
		b := c.create(90)
		time.Sleep(24 * time.Hour)
		c.want(c.call("GET", "/"+b.ID, ""), "ended {0 86 0 0 5} ended=true cancel=false results=true")
		time.Sleep(28 * 24 * time.Hour)
		if b = c.call("GET", "/"+b.ID, ""); b.Archived == nil || b.Results != nil {
			t.Errorf("%+v", b)
		}
	})
}

func TestBatchesAreListedNewestFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newBatchClient(t, 1)
		var ids []string
		for range 3 {
			ids = append(ids, c.create(1).ID)
		}
		_, text := ask(t, c.server, "GET", "/v1/messages/batches?limit=2", "")
		var p struct {
			Data    []batchOf
			HasMore bool   `json:"has_more"`
			First   string `json:"first_id"`
			Last    string `json:"last_id"`
		}
		fatalIf(t, json.Unmarshal(text, &p))
		if len(p.Data) != 2 || !p.HasMore || p.First != ids[2] || p.Last != ids[1] {
			t.Errorf("%s", text)
		}
	})
}

func TestBatchesThatAreRefused(t *testing.T) {
	t.Parallel()
	server := mockservertest.Start(t, instantly(model.Config{}))
	const params = `"params":{"model":"m","max_tokens":1,"messages":[{"role":"user","content":"x"}]}`
	for _, row := range []struct{ body, message string }{
		{`{`, "The request body is not valid JSON"},
		{`{"requests":5}`, "requests: Input should be a valid list of requests"},
		{`{}`, "requests: Field required"},
		{`{"requests":[]}`, "requests: List should have at least 1 item after validation, not 0"},
		{`{"requests":[{` + params + `}]}`, "requests.0.custom_id: Field required"},
		{`{"requests":[{"custom_id":"a b",` + params + `}]}`, "requests.0.custom_id: String should match pattern '^[a-zA-Z0-9_-]{1,64}$'"},
		{`{"requests":[{"custom_id":"a",` + params + `},{"custom_id":"a",` + params + `}]}`, "requests.1.custom_id: Custom id 'a' is not unique within the batch"},
		{`{"requests":[{"custom_id":"a"}]}`, "requests.0.params: Field required"},
	} {
		resp, body := ask(t, server, "POST", "/v1/messages/batches", row.body)
		refused(t, resp, body, 400, "invalid_request_error", row.message)
	}
	resp, body := ask(t, server, "PUT", "/v1/messages/batches", "")
	refused(t, resp, body, 405, "invalid_request_error", "Method Not Allowed")
	resp, body = ask(t, server, "GET", "/v1/messages/batches/x/cancel", "")
	refused(t, resp, body, 405, "invalid_request_error", "Method Not Allowed")
	resp, body = ask(t, server, "GET", "/v1/messages/batches/none", "")
	refused(t, resp, body, 404, "not_found_error", "The requested resource could not be found.")
}

// TestMistakesInParametersShowInTheResults: they are looked at only when the
// request is processed.
func TestMistakesInParametersShowInTheResults(t *testing.T) {
	t.Parallel()
	cfg := instantly(model.Config{})
	cfg.Batches.PerSecond = 1e9
	server := mockservertest.Start(t, cfg)
	const rest = `"model":"m","max_tokens":1,"messages":[{"role":"user","content":"x"}]}}`
	_, body := ask(t, server, "POST", "/v1/messages/batches", `{"requests":[
		{"custom_id":"stream","params":{"stream":true,`+rest+`,
		{"custom_id":"fast","params":{"speed":"fast",`+rest+`,
		{"custom_id":"zero","params":{"model":"m","max_tokens":0,"messages":[]}},
		{"custom_id":"number","params":5},
		{"custom_id":"good","params":{`+rest+`]}`)
	var b batchOf
	fatalIf(t, json.Unmarshal(body, &b))
	_, text := ask(t, server, "GET", "/v1/messages/batches/"+b.ID+"/results", "")
	for i, want := range []string{"stream: Streaming is not supported in batches", "speed: Fast mode is not supported in batches", "max_tokens: Input should be greater than or equal to 1", "The request body is not valid JSON: an object is required", `"succeeded"`} {
		if line := strings.Split(string(text), "\n")[i]; !strings.Contains(line, want) {
			t.Errorf("%s: want %s", line, want)
		}
	}
}
