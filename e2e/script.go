package main

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"time"
)

// script is a server that answers what it is told to and remembers when and how
// it was asked. The first element of a path names the plot to play.
type script struct {
	base string
	http *http.Server

	mu    sync.Mutex
	plots map[string]*plot
}

// plot is what one call of a client meets.
type plot struct {
	steps    []step                 // the last one repeats
	upstream *httputil.ReverseProxy // answers instead of the steps, when there is one
	attempts []attempt
}

// step is one answer. A zero Status is 200 with a message.
type step struct {
	Status int
	Header http.Header
	Type   string // of the error
	Body   string // instead of the error's or the message's
	SSE    string // a stream instead
	Raw    string // bytes on the connection instead of an answer; then it is closed
	Reset  bool   // the connection is reset, after the Raw if there is any
	// Told computes headers when the answer is sent.
	Told func(now time.Time, h http.Header)
}

// attempt is one request as it arrived; Answered is when its answer was written.
type attempt struct {
	At, Answered time.Time
	Header       http.Header
}

func startScript() (*script, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &script{base: "http://" + l.Addr().String(), plots: map[string]*plot{}}
	s.http = &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = s.http.Serve(l) }() // ends with Close
	return s, nil
}

// add registers a plot and returns its base URL.
func (s *script) add(name string, steps ...step) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.plots[name] = &plot{steps: steps}
	return s.base + "/" + name
}

// forward registers a plot that only passes on and watches.
func (s *script) forward(name, base string) (string, error) {
	target, err := url.Parse(base)
	if err != nil {
		return "", err
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.FlushInterval = -1
	s.mu.Lock()
	defer s.mu.Unlock()
	s.plots[name] = &plot{upstream: proxy}
	return s.base + "/" + name, nil
}

// attempts are those of a plot up to now.
func (s *script) attempts(name string) []attempt {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]attempt(nil), s.plots[name].attempts...)
}

func (s *script) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	s.mu.Lock()
	p := s.plots[name]
	if p == nil {
		s.mu.Unlock()
		http.NotFound(w, r)
		return
	}
	n := len(p.attempts)
	p.attempts = append(p.attempts, attempt{At: time.Now(), Header: r.Header.Clone()})
	s.mu.Unlock()
	if p.upstream != nil {
		http.StripPrefix("/"+name, p.upstream).ServeHTTP(w, r)
	} else {
		p.steps[min(n, len(p.steps)-1)].play(w, fmt.Sprintf("req_%s_%d", name, n+1))
	}
	s.mu.Lock()
	p.attempts[n].Answered = time.Now()
	s.mu.Unlock()
}

func (st *step) play(w http.ResponseWriter, id string) {
	if st.Raw != "" || st.Reset {
		hangUp(w, st.Raw, st.Reset)
		return
	}
	h := w.Header()
	for name, values := range st.Header {
		h[http.CanonicalHeaderKey(name)] = values
	}
	h.Set("request-id", id)
	if st.Told != nil {
		st.Told(time.Now(), h)
	}
	body := st.Body
	switch {
	case st.SSE != "":
		h.Set("Content-Type", "text/event-stream; charset=utf-8")
		body = st.SSE
	case body == "" && st.Status == 0:
		body = message
	case body == "":
		body = fmt.Sprintf(`{"type":"error","error":{"type":%q,"message":"scripted"},"request_id":%q}`, st.Type, id)
	}
	if h.Get("Content-Type") == "" {
		h.Set("Content-Type", "application/json")
	}
	w.WriteHeader(max(st.Status, http.StatusOK)) // 0 is 200
	_, _ = w.Write([]byte(body))
}

// hangUp closes the connection after some bytes, in good order or with a reset.
func hangUp(w http.ResponseWriter, bytes string, reset bool) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	if bytes != "" {
		_, _ = conn.Write([]byte(bytes))
		time.Sleep(100 * time.Millisecond) // a reset discards what the peer has not read yet
	}
	if tcp, ok := conn.(*net.TCPConn); ok && reset {
		_ = tcp.SetLinger(0) // the close below is what counts
	}
	_ = conn.Close()
}

const message = `{"id":"msg_01Scripted","type":"message","role":"assistant","model":"claude-sonnet-5",` +
	`"content":[{"type":"text","text":"Hello."}],"stop_reason":"end_turn","stop_sequence":null,` +
	`"usage":{"input_tokens":9,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":3}}`

// The pieces of a scripted stream, in order.
var pieces = []string{
	`{"type":"message_start","message":{"id":"msg_01Scripted","type":"message","role":"assistant","model":"claude-sonnet-5","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":9,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":1}}}`,
	`{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}`,
	`{"type": "ping"}`,
	`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hel"}}`,
	`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"lo."}}`,
	`{"type":"content_block_stop","index":0}`,
	`{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":3}}`,
	`{"type":"message_stop"}`,
}

const overloadedEvent = `{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}`

// events frames data as a stream of events.
func events(data ...string) string {
	var b strings.Builder
	for _, d := range data {
		_, rest, _ := strings.Cut(d, `"type":`)
		name, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(rest), `"`), `"`)
		fmt.Fprintf(&b, "event: %s\ndata: %s\n\n", name, d)
	}
	return b.String()
}

func (s *script) close() error { return s.http.Close() }
