package live

import (
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"ratecliff/load"
)

// TestOverSockets runs the real transport and the platform's own pacer, which
// no bubble can hold; what it says about time is nothing.
func TestOverSockets(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(answerOK))
	defer srv.Close()
	processes := map[string]load.Process{
		"closed loop": {Kind: load.ClosedLoop, Users: 16},
		"open loop":   {Kind: load.Constant, Rate: 2000},
	}
	for name, p := range processes {
		s := newSession(t, class(p), second/4, plain)
		s.Target.BaseURL, s.Pacer = srv.URL, PacerAuto
		s.run(t.Context(), t)
		if s.out.Arrived == 0 || s.out.Results[load.OK] != s.out.Arrived || int64(len(s.results)) != s.out.Arrived {
			t.Errorf("%s: outcome %+v, want nothing but successes", name, s.out)
		}
		if s.out.Exchange.Reused == 0 || s.out.Exchange.Opened == 0 {
			t.Errorf("%s: exchanges %+v, want connections opened and reused", name, s.out.Exchange)
		}
	}
}

// TestRealFailures: errors as the operating system words them.
func TestRealFailures(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := "http://" + l.Addr().String()
	_ = l.Close()
	plainHTTP := httptest.NewServer(http.HandlerFunc(answerOK))
	defer plainHTTP.Close()
	untrusted := httptest.NewTLSServer(http.HandlerFunc(answerOK))
	untrusted.Config.ErrorLog = log.New(io.Discard, "", 0)
	defer untrusted.Close()
	hangsUp := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		c, _, _ := http.NewResponseController(w).Hijack()
		_ = c.Close()
	}))
	defer hangsUp.Close()
	tests := []struct{ name, url, want string }{
		{"refused", nobody, NetworkRefused},
		{"no TLS there", "https" + plainHTTP.URL[len("http"):], NetworkTLS},
		{"no trust", untrusted.URL, NetworkTLS},
		{"hangs up", hangsUp.URL, NetworkClosed},
	}
	for _, tt := range tests {
		s := newSession(t, burst(1), second, plain)
		s.Target.BaseURL = tt.url
		s.run(t.Context(), t)
		if got := s.results[0].Last.Response; got.ErrorType != tt.want || got.Outcome != load.Failed {
			t.Errorf("%s: got %+v, want %s", tt.name, got, tt.want)
		}
	}
}
