package mockserver

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"ratecliff/load"
	"ratecliff/mockserver/model"
)

// AdminPrefix begins the paths of the admin endpoints, which answer to loopback
// only:
//
//	GET  /_ratecliff/state             everything that is known of the mock now
//	POST /_ratecliff/reset             all levels, counters of chance and tails to the start
//	GET  /_ratecliff/profile           the configuration of the service
//	PUT  /_ratecliff/profile           change limits: all of the change or none; levels stay
//	GET  /_ratecliff/faults            what goes wrong
//	PUT  /_ratecliff/faults            change that, under the same rule
//	GET  /_ratecliff/clock             the instant of the service
//	POST /_ratecliff/clock             {"advance":"60s"}, {"set":"5m"} or {"next":true} on a stepped clock
//	GET  /_ratecliff/journal?tail=100  the last lines of the journal
//	GET  /_ratecliff/ledger?tail=100   the last lines of the truth ledger
const AdminPrefix = "/_ratecliff/"

// Bounds of the admin endpoints.
const (
	maxAdminBody = 1 << 20 // bytes of a body
	defaultTail  = 100     // lines of a tail that does not say how many
)

// Mount answers one path of its own beside the API, such as /metrics. It must be
// called before the mock serves.
func (s *Server) Mount(path string, h http.Handler) {
	if s.mounted == nil {
		s.mounted = map[string]http.Handler{}
	}
	s.mounted[path] = h
}

// adminError is an error of an admin endpoint.
type adminError struct {
	status   int
	message  string
	problems []load.Problem
}

func (e *adminError) Error() string { return e.message }

func bad(format string, args ...any) error {
	return &adminError{status: http.StatusBadRequest, message: fmt.Sprintf(format, args...)}
}

// control answers what is not the API: admin endpoints and whatever was mounted.
// false means that it is the API's.
func (s *Server) control(w http.ResponseWriter, r *http.Request) bool {
	path := r.URL.Path
	if h, ok := s.mounted[path]; ok {
		h.ServeHTTP(w, r)
		return true
	}
	name, ok := strings.CutPrefix(path, AdminPrefix)
	if !ok {
		return false
	}
	if !local(r) {
		writeAdmin(w, nil, &adminError{status: http.StatusForbidden, message: "admin endpoints answer to loopback only"})
		return true
	}
	answer, err := s.admin(w, r, name)
	writeAdmin(w, answer, err)
	return true
}

// lines is an answer that is NDJSON already.
type lines []byte

// admin answers one admin request.
func (s *Server) admin(w http.ResponseWriter, r *http.Request, name string) (answer any, err error) {
	allow := "GET"
	switch name {
	case "state":
		if r.Method == http.MethodGet {
			return s.state(), nil
		}
	case "journal", "ledger":
		if r.Method == http.MethodGet {
			return s.tailOf(r, name)
		}
	case "reset":
		if allow = "POST"; r.Method == allow {
			err := s.Reset()
			return s.state(), err
		}
	case "clock":
		if allow = "GET, POST"; r.Method == http.MethodGet {
			return s.clockState(), nil
		}
		if r.Method == http.MethodPost {
			return s.moveClock(w, r)
		}
	case "profile", "faults":
		allow = "GET, PUT"
		if r.Method == http.MethodGet || r.Method == http.MethodPut {
			return s.configure(w, r, name)
		}
	default:
		return nil, &adminError{status: http.StatusNotFound, message: "no such admin endpoint: state, reset, profile, faults, clock, journal and ledger exist"}
	}
	w.Header().Set("Allow", allow)
	return nil, &adminError{status: http.StatusMethodNotAllowed, message: "method not allowed: use " + allow}
}

// local says whether a request comes from this machine and was not sent by a
// page in a browser: a name that resolves to loopback does not make it local.
// A request without a network address comes from this process.
func local(r *http.Request) bool {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr == "" || !strings.Contains(r.RemoteAddr, ":")
	}
	if !from.Addr().Unmap().IsLoopback() || r.Header.Get("Origin") != "" {
		return false
	}
	host := r.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && ip.Unmap().IsLoopback()
}

func writeAdmin(w http.ResponseWriter, answer any, err error) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	if text, ok := answer.(lines); ok && err == nil {
		h.Set("Content-Type", "application/x-ndjson")
		_, _ = w.Write(text) // whoever asked may be gone
		return
	}
	status := http.StatusOK
	if err != nil {
		status, answer = describeError(err)
	}
	body, err := json.Marshal(answer)
	if err != nil { // an infinite number in a configuration, which validation refuses
		status, body = http.StatusInternalServerError, []byte(`{"error":{"message":"the answer cannot be written as JSON"}}`)
	}
	h.Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n')) // whoever asked may be gone
}

// adminFailure is the body of an error.
type adminFailure struct {
	Error struct {
		Message  string         `json:"message"`
		Problems []adminProblem `json:"problems,omitempty"`
	} `json:"error"`
}

type adminProblem struct {
	Path    string `json:"path"`
	Message string `json:"message"`
}

func describeError(err error) (status int, body adminFailure) {
	status = http.StatusBadRequest
	body.Error.Message = err.Error()
	var problems []load.Problem
	if e := (*adminError)(nil); errors.As(err, &e) {
		status, problems = e.status, e.problems
	}
	if e := (*model.ConfigError)(nil); errors.As(err, &e) {
		problems = e.Problems
	}
	for _, p := range problems {
		body.Error.Problems = append(body.Error.Problems, adminProblem{p.Path, p.Message})
	}
	return status, body
}

// tailOf is the end of the journal or the ledger.
func (s *Server) tailOf(r *http.Request, name string) (any, error) {
	n := defaultTail
	if text := r.URL.Query().Get("tail"); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil || n < 0 {
			return nil, bad("tail=%s: give a number of lines", journalText(text))
		}
	}
	var out bytes.Buffer
	err := s.writeTail(&out, n, name == "ledger")
	return lines(out.Bytes()), err
}

func journalText(s string) string { return strconv.QuoteToASCII(s[:min(len(s), 64)]) }

// adminClock is where a clock stands.
type adminClock struct {
	Clock   Clock     `json:"clock"`
	Now     string    `json:"now"` // of the service, since the start
	NowNS   int64     `json:"now_ns"`
	Date    time.Time `json:"date"`    // of the service
	Waiting int       `json:"waiting"` // answers that wait for their instant; counted on a stepped clock only
}

func (s *Server) clockState() adminClock {
	now := s.instant()
	c := adminClock{Clock: s.cfg.Clock, Now: now.String(), NowNS: int64(now), Date: s.base.Wall(now).UTC()}
	if s.steps != nil {
		c.Waiting = s.steps.waiting()
	}
	return c
}

// clockMove is the body of POST clock: exactly one of the three.
type clockMove struct {
	Advance string `json:"advance"`
	Set     string `json:"set"`
	Next    bool   `json:"next"`
}

func (s *Server) moveClock(w http.ResponseWriter, r *http.Request) (any, error) {
	if s.steps == nil {
		return nil, &adminError{status: http.StatusConflict, message: "the clock runs by itself: start the mock with a stepped clock"}
	}
	var move clockMove
	if err := readJSON(w, r, &move); err != nil {
		return nil, err
	}
	if (move.Advance != "") == (move.Set != "") == !move.Next || move.Next && move.Advance+move.Set != "" {
		return nil, bad(`give exactly one of {"advance":"60s"}, {"set":"5m"} and {"next":true}`)
	}
	if move.Next {
		s.steps.skip()
		return s.clockState(), nil
	}
	d, err := time.ParseDuration(move.Advance + move.Set)
	switch {
	case err != nil || d < 0:
		return nil, bad("%s is not a duration from 0 such as 60s", journalText(move.Advance+move.Set))
	case d > maxInstant:
		return nil, bad("%v is too far: a mock runs for at most %v", d, maxInstant)
	case move.Set != "" && !s.steps.set(d):
		return nil, &adminError{status: http.StatusConflict, message: fmt.Sprintf("it is %v: time does not go back", s.steps.instant())}
	case move.Advance != "":
		s.steps.advance(d)
	}
	return s.clockState(), nil
}

// maxInstant bounds one move of the clock: a year.
const maxInstant = 366 * 24 * time.Hour

// readJSON reads a body that is one JSON object without unknown fields.
func readJSON(w http.ResponseWriter, r *http.Request, into any) error {
	dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxAdminBody))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return bad("the body: %v", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return bad("the body: more than one JSON object")
	}
	return nil
}
