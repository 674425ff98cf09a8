package prom_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"ratecliff/load"
	"ratecliff/mockserver"
	"ratecliff/mockserver/mockservertest"
	"ratecliff/mockserver/model"
	"ratecliff/mockserver/prom"
)

func ask(t *testing.T, mock *mockserver.Server, method, path, body string) (int, string) {
	t.Helper()
	r, err := http.NewRequest(method, "http://mock"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = http.Header{"X-Api-Key": {"k"}, "Anthropic-Version": {"2023-06-01"}}
	resp, err := mock.RoundTripper().RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	instant := model.Latency{TTFT: load.FixedDist(0), TokensPerSecond: load.FixedDist(1e6), Refusal: load.FixedDist(0)}
	s := mockservertest.StartStepped(t, mockserver.Config{
		Model: model.Config{RPM: 60, Burst: 2, ITPM: 1000, Latency: instant}, Output: load.FixedDist(0),
	})
	s.Mock.Mount("/metrics", prom.Handler(s.Mock))
	const message = `{"model":"claude-x","max_tokens":5,"messages":[{"role":"user","content":"hello there"}]}`
	for range 3 {
		ask(t, s.Mock, http.MethodPost, "/v1/messages", message)
	}
	ask(t, s.Mock, http.MethodPost, "/v1/messages", "{")
	status, text := ask(t, s.Mock, http.MethodGet, "/metrics", "")
	if status != http.StatusOK {
		t.Fatalf("status %d: %s", status, text)
	}
	for _, want := range []string{
		`ratecliff_mock_requests_total{decision="admitted",dimension="",endpoint="messages",status="200"} 2`,
		`ratecliff_mock_requests_total{decision="refused",dimension="rpm",endpoint="messages",status="429"} 1`,
		`ratecliff_mock_requests_total{decision="rejected",dimension="",endpoint="messages",status="400"} 1`,
		`ratecliff_mock_bucket_level{dimension="rpm",key="0",owner="",pool="all",scope="organization"} 0`,
		`ratecliff_mock_duration_seconds_count 2`,
		`ratecliff_mock_duration_seconds_bucket{le="0.05"} 2`,
		`ratecliff_mock_evidence_lines_total{kind="journal"} 4`,
		`ratecliff_mock_evidence_dropped_total{kind="ledger"} 0`,
		`ratecliff_mock_open_exchanges 0`,
		`ratecliff_mock_clock_seconds 0`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
	s.Step(1e9)
	if _, text = ask(t, s.Mock, http.MethodGet, "/metrics", ""); !strings.Contains(text, "ratecliff_mock_clock_seconds 1\n") {
		t.Errorf("after a step:\n%s", text)
	}
	if strings.Contains(text, "claude-x") {
		t.Error("a name that a client chose has become a label")
	}
}
