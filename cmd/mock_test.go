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
