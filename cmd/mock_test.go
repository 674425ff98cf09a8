package cmd_test

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ratecliff/cmd"
)

// TestMock: the ready file appears when the mock listens, clients get answers,
// and an interrupt ends it in good order.
func TestMock(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ready := filepath.Join(t.TempDir(), "mock.env")
	w, _, _ := world("mock", "--listen", "127.0.0.1:0", "--ready-file", ready, "--compress", "100")
	said, stderr := io.Pipe()
	w.Stderr = stderr
	code := make(chan cmd.Code, 1)
	go func() { code <- cmd.Run(ctx, w); _ = stderr.Close() }()
	line, err := bufio.NewReader(said).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	go func() { _, _ = io.Copy(io.Discard, said) }()
	base := strings.Fields(line)[1]
	env, err := os.ReadFile(ready)
	if err != nil {
		t.Fatal(err)
	}
	if want := "ANTHROPIC_BASE_URL=" + base + "\nANTHROPIC_API_KEY=mock-key\n"; string(env) != want {
		t.Errorf("the ready file has %q, want %q", env, want)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/v1/messages", strings.NewReader(
		`{"model":"claude-sonnet-5","max_tokens":5,"messages":[{"role":"user","content":"hello"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header = http.Header{"X-Api-Key": {"mock-key"}, "Anthropic-Version": {"2023-06-01"}, "Content-Type": {"application/json"}}
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	resp, err := transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK || resp.Header.Get("anthropic-ratelimit-requests-limit") == "" {
		t.Errorf("answer %d, %v, %s", resp.StatusCode, resp.Header, body)
	}
	cancel()
	if got := <-code; got != cmd.Success {
		t.Errorf("exit %d, want 0", got)
	}
	if _, err := os.Stat(ready); err == nil {
		t.Error("the ready file is still there")
	}
}

func TestMockThatCannotListen(t *testing.T) {
	t.Parallel()
	taken := listen(t).Addr().String()
	e := run(t, "mock", "--listen", taken)
	e.want(t, cmd.Failure)
	if !strings.Contains(e.err, "address already in use") {
		t.Errorf("got %s", e.err)
	}
	e = run(t, "mock", "--listen", "127.0.0.1:0", "--ready-file", filepath.Join(t.TempDir(), "no", "such", "file"))
	e.want(t, cmd.Failure)
	if !strings.HasPrefix(e.err, "error: --ready-file: ") {
		t.Errorf("got %s", e.err)
	}
}

// TestMockLeavesEvidence: settings, faults and the stepped clock take effect, and
// an interrupt leaves whole files.
func TestMockLeavesEvidence(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	dir := t.TempDir()
	ready, exchanges, truth := filepath.Join(dir, "mock.env"), filepath.Join(dir, "j.jsonl"), filepath.Join(dir, "l.jsonl")
	w, _, stderr := world("mock", "--listen", "127.0.0.1:0", "--ready-file", ready, "--clock", "stepped", "--quiet", "--seed", "3",
		"--set", "rpm=6", "--set", "server.burst=1", "--set", "latency.refusal=0s", "--headers", "2024", "--journal", exchanges, "--ledger", truth)
	code := make(chan cmd.Code, 1)
	go func() { code <- cmd.Run(ctx, w) }()
	var base string
	for base == "" {
		if env, err := os.ReadFile(ready); err == nil {
			base, _, _ = strings.Cut(strings.TrimPrefix(string(env), "ANTHROPIC_BASE_URL="), "\n")
		}
	}
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	ask := func(method, path, body string) (*http.Response, string) {
		t.Helper()
		req, err := http.NewRequestWithContext(ctx, method, base+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header = http.Header{"X-Api-Key": {"sk-mine"}, "Anthropic-Version": {"2023-06-01"}}
		resp, err := transport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp, string(text)
	}
	const message = `{"model":"claude-sonnet-5","max_tokens":5,"messages":[{"role":"user","content":"hello"}]}`
	if _, text := ask("PUT", "/_ratecliff/profile", `{"rpm":60,"burst":1,"latency":{"ttft":"0s","refusal":"0s","tokens_per_second":"1000000"}}`); !strings.Contains(text, `"rpm":60`) {
		t.Fatalf("%s", text)
	}
	first := make(chan int, 1)
	go func() {
		resp, _ := ask("POST", "/v1/messages", message)
		first <- resp.StatusCode
	}()
	for !strings.Contains(func() string { _, text := ask("GET", "/_ratecliff/clock", ""); return text }(), `"waiting":1`) {
	}
	ask("POST", "/_ratecliff/clock", `{"advance":"100ms"}`)
	if status := <-first; status != http.StatusOK {
		t.Errorf("status %d", status)
	}
	if resp, _ := ask("POST", "/v1/messages", message); resp.StatusCode != http.StatusTooManyRequests || resp.Header.Get("Retry-After") != "" {
		t.Errorf("status %d, %v", resp.StatusCode, resp.Header)
	}
	if _, text := ask("GET", "/metrics", ""); !strings.Contains(text, `decision="refused",dimension="rpm",endpoint="messages",status="429"} 1`) {
		t.Errorf("metrics:\n%s", text)
	}
	cancel()
	if got := <-code; got != cmd.Success {
		t.Errorf("exit %d, want 0", got)
	}
	for path, lines := range map[string]int{exchanges: 2, truth: 4} {
		text, err := os.ReadFile(path)
		if err != nil || strings.Count(string(text), "\n") != lines || strings.Contains(string(text), "sk-mine") {
			t.Errorf("%s: %v, %s", path, err, text)
		}
	}
	if stderr.Len() > 0 {
		t.Errorf("a quiet mock says %q", stderr.String())
	}
}
