package main

import (
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"ratecliff/mockserver"
	"ratecliff/mockserver/journal"
	"ratecliff/mockserver/mockservertest"
	"ratecliff/mockserver/model"
	"ratecliff/mockserver/model/fault"
	"ratecliff/mockserver/prom"
	"ratecliff/scenario"
)

// adminExample is a command line that asks an admin endpoint of the mock.
var adminExample = regexp.MustCompile(`^curl( -X \w+)? "?(?:\$ANTHROPIC_BASE_URL|http://127.0.0.1:8429)(/_ratecliff/[^\s"]+)"?(?: -d '(.*)')?$`)

// TestAdminExamples plays the requests to admin endpoints that the documentation
// shows, page by page and in their order, against a mock with a stepped clock.
func TestAdminExamples(t *testing.T) {
	t.Parallel()
	seen := 0
	for _, page := range pages(t) {
		mock := mockservertest.Direct(t, mockserver.Config{Model: model.Config{Profile: "start"}, Clock: mockserver.SteppedClock})
		for _, block := range fenced(text(t, page), "sh") {
			for line := range strings.Lines(block) {
				m := adminExample.FindStringSubmatch(strings.TrimSpace(line))
				if m == nil {
					continue
				}
				seen++
				if status := send(t, mock, strings.TrimPrefix(m[1], " -X "), m[2], m[3]); status != http.StatusOK {
					t.Errorf("%s: %s is answered with %d", page, m[0], status)
				}
			}
		}
	}
	if seen < 10 {
		t.Errorf("the documentation shows %d admin requests, want at least 10", seen)
	}
}

// send asks as curl does: with a body it is a POST unless said otherwise.
func send(t *testing.T, mock *mockservertest.Server, method, path, body string) (status int) {
	t.Helper()
	if method == "" && body != "" {
		method = http.MethodPost
	}
	req, err := http.NewRequestWithContext(t.Context(), method, mock.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := mock.Client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close() // nothing more is wanted of it
	return resp.StatusCode
}

// TestRuleFilesInDocs reads every file of fault rules.
func TestRuleFilesInDocs(t *testing.T) {
	t.Parallel()
	files := fenced(text(t, "docs/mock.md"), "json")
	if len(files) == 0 {
		t.Error("docs/mock.md shows no rules")
	}
	for _, file := range files {
		if _, err := fault.DecodeConfig(strings.NewReader(file)); err != nil {
			t.Errorf("%v in\n%s", err, file)
		}
	}
}

// TestMockPage looks for every field of journal and ledger, every metric, suite,
// header profile, kind of effect and limit setting.
func TestMockPage(t *testing.T) {
	t.Parallel()
	body := text(t, "docs/mock.md")
	words := fault.Suites()
	for _, v := range []any{journal.Exchange{}, journal.Entry{}, journal.Balance{}} {
		words = append(words, fields(v)...)
	}
	for _, p := range model.HeaderProfiles() {
		words = append(words, string(p))
	}
	var schema node
	if err := json.Unmarshal(scenario.Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	words = append(words, schema.Defs["fault.Effect"].Properties["kind"].Enum...)
	for _, setting := range fields(model.Config{}) {
		if setting != "profile" && setting != "headers" && setting != "faults" && setting != "window_phase" { // flags, or of another algorithm
			words = append(words, setting)
		}
	}
	for _, w := range append(words, metricNames(t)...) {
		if !strings.Contains(body, "`"+w+"`") {
			t.Errorf("docs/mock.md has no %s", w)
		}
	}
}

// metricNames are the names of the mock's metrics, without their common prefix.
func metricNames(t *testing.T) []string {
	t.Helper()
	mock := mockservertest.Direct(t, mockserver.Config{Model: model.Config{Profile: "start"}})
	mock.Mock.Mount("/metrics", prom.Handler(mock.Mock))
	resp, err := mock.Client.Get(mock.URL + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var page strings.Builder
	if _, err := io.Copy(&page, resp.Body); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, m := range regexp.MustCompile(`(?m)^# TYPE ratecliff_mock_(\w+) `).FindAllStringSubmatch(page.String(), -1) {
		names = append(names, m[1])
	}
	if len(names) < 10 {
		t.Fatalf("found the metrics %q", names)
	}
	return names
}
