// Command target is the server that the live benchmarks are run against. It
// answers with a fixed body of about 500 bytes and the 13 response headers of an
// API with rate limits, and notes when each request reached its handler, so that
// a generator's timing is judged from outside the generator.
//
//	POST /               answer at once
//	POST /sleep?ms=N     answer after N ms
//	POST /stall          the first request starts a clock; what arrives between
//	                     5 s and 6 s on it is answered at 6 s
//	POST /reset          forget arrivals and the clock of the stall
//	GET  /report?rate=R  JSON: the arrivals against an even schedule of R a second
//
// It listens on loopback only and ends by itself after -life.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// kept is how many arrivals are noted between two resets.
const kept = 1 << 21

// The stall, from the first request to /stall.
const (
	stallFrom = 5 * time.Second
	stallTo   = 6 * time.Second
)

func main() {
	addr := flag.String("addr", "127.0.0.1:28481", "loopback address")
	life := flag.Duration("life", 30*time.Minute, "end after this long")
	flag.Parse()
	host, _, err := net.SplitHostPort(*addr)
	if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
		fmt.Fprintln(os.Stderr, "target: loopback addresses only")
		os.Exit(2)
	}
	time.AfterFunc(*life, func() { os.Exit(0) })
	if err := http.ListenAndServe(*addr, newServer()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// server notes arrivals. Safe for concurrent use.
type server struct {
	epoch    time.Time
	arrivals []int64 // ns since epoch
	count    atomic.Int64
	inFlight atomic.Int64
	peak     atomic.Int64
	stall    atomic.Int64 // ns since epoch of the first request to /stall; 0 before
	body     []byte
	headers  map[string][]string
}

func newServer() http.Handler {
	s := &server{epoch: time.Now(), arrivals: make([]int64, kept), headers: headers()}
	s.body = []byte(`{"id":"msg_bench_00000000000000000","type":"message","role":"assistant","model":"mock-1","content":[{"type":"text","text":"` +
		strings.Repeat("lorem ipsum dolor sit ", 13) + `"}],"stop_reason":"end_turn","usage":{"input_tokens":42,"output_tokens":64}}`)
	for i := range s.arrivals { // the pages are touched now, not in a measured run
		s.arrivals[i] = 1
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/", s.answer)
	mux.HandleFunc("/report", s.report)
	mux.HandleFunc("/reset", s.reset)
	return mux
}

func headers() map[string][]string {
	h := map[string][]string{"Content-Type": {"application/json"}, "Request-Id": {"req_bench_0000000000000000"}}
	for i, name := range []string{"Requests", "Tokens", "Input-Tokens", "Output-Tokens"} {
		limit := 4000 * (i + 1)
		h["Anthropic-Ratelimit-"+name+"-Limit"] = []string{strconv.Itoa(limit)}
		h["Anthropic-Ratelimit-"+name+"-Remaining"] = []string{strconv.Itoa(limit - 1)}
		h["Anthropic-Ratelimit-"+name+"-Reset"] = []string{"2030-01-01T00:00:00Z"}
	}
	return h
}

func (s *server) answer(w http.ResponseWriter, r *http.Request) {
	now := int64(time.Since(s.epoch))
	if i := s.count.Add(1) - 1; i < kept {
		s.arrivals[i] = now
	}
	n := s.inFlight.Add(1)
	defer s.inFlight.Add(-1)
	for p := s.peak.Load(); n > p && !s.peak.CompareAndSwap(p, n); p = s.peak.Load() {
	}
	_, _ = io.Copy(io.Discard, r.Body)
	switch r.URL.Path {
	case "/sleep":
		ms, _ := strconv.Atoi(r.URL.Query().Get("ms"))
		time.Sleep(time.Duration(ms) * time.Millisecond)
	case "/stall":
		s.stall.CompareAndSwap(0, now)
		if at := time.Duration(now - s.stall.Load()); at >= stallFrom && at < stallTo {
			time.Sleep(stallTo - at)
		}
	}
	h := w.Header()
	for name, values := range s.headers {
		h[name] = values
	}
	_, _ = w.Write(s.body)
}

func (s *server) reset(http.ResponseWriter, *http.Request) {
	s.count.Store(0)
	s.peak.Store(0)
	s.stall.Store(0)
}

// report compares the arrivals with an even schedule. lag is how far an arrival
// is from its slot, the schedule being shifted so that the median is 0; volley is
// the share of arrivals less than a tenth of a slot after the one before (50 µs
// at 2,000/s); iod is variance ÷ mean of the counts in 10 ms (0: a metronome,
// 1: Poisson). The first and the last twentieth are left out of these.
func (s *server) report(w http.ResponseWriter, r *http.Request) {
	rate, _ := strconv.ParseFloat(r.URL.Query().Get("rate"), 64)
	a := slices.Clone(s.arrivals[:min(s.count.Load(), kept)])
	slices.Sort(a)
	out := map[string]float64{"n": float64(len(a)), "peak": float64(s.peak.Load())}
	if len(a) > 200 && rate > 0 {
		out["rate"] = float64(len(a)-1) / (float64(a[len(a)-1]-a[0]) / 1e9)
		judge(a[len(a)/20:len(a)-len(a)/20], 1e9/rate, out)
	}
	_ = json.NewEncoder(w).Encode(out)
}

func judge(a []int64, slot float64, out map[string]float64) {
	lag := make([]float64, len(a))
	volley := 0
	counts := make([]float64, int((a[len(a)-1]-a[0])/1e7))
	for i, at := range a {
		lag[i] = float64(at-a[0]) - float64(i)*slot
		if i > 0 && float64(at-a[i-1]) < slot/10 {
			volley++
		}
		if k := int((at - a[0]) / 1e7); k < len(counts) {
			counts[k]++
		}
	}
	slices.Sort(lag)
	middle := lag[len(lag)/2]
	for i := range lag {
		lag[i] = max(lag[i]-middle, middle-lag[i]) / 1e3
	}
	slices.Sort(lag)
	out["lag_p50_us"], out["lag_p99_us"] = lag[len(lag)/2], lag[len(lag)*99/100]
	out["volley"] = float64(volley) / float64(len(a))
	out["iod"] = dispersion(counts)
}

func dispersion(counts []float64) float64 {
	mean, variance := 0.0, 0.0
	for _, c := range counts {
		mean += c / float64(len(counts))
	}
	for _, c := range counts {
		variance += (c - mean) * (c - mean) / float64(len(counts))
	}
	return variance / mean
}
