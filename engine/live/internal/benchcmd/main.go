// Command benchcmd measures the live driver as a load generator: the whole of
// it, engine and metrics included, against any URL on loopback.
//
//	benchcmd -url http://127.0.0.1:8080 -path / -rate 2000 -d 10s   open loop
//	benchcmd -url http://127.0.0.1:8080 -path / -conns 64 -d 5s     closed loop
//
// It prints one line of JSON: what went out and how late, what came back, CPU
// and memory. It is not part of the product.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"runtime/pprof"
	"sort"
	"syscall"
	"time"

	"ratecliff/engine"
	"ratecliff/engine/live"
	"ratecliff/load"
	"ratecliff/metrics"
)

type options struct {
	url, path, pacer, profile string
	rate                      float64
	conns, ceiling            int
	d                         time.Duration
	hints, stream, samples    bool
}

func main() {
	var o options
	flag.StringVar(&o.url, "url", "http://127.0.0.1:28481", "base URL")
	flag.StringVar(&o.path, "path", "", "path, /v1/messages when empty")
	flag.StringVar(&o.pacer, "pacer", "auto", "auto or timer")
	flag.StringVar(&o.profile, "cpuprofile", "", "file")
	flag.Float64Var(&o.rate, "rate", 0, "arrivals a second; 0 is a closed loop")
	flag.IntVar(&o.conns, "conns", 64, "users of the closed loop")
	flag.IntVar(&o.ceiling, "ceiling", 0, "most attempts in flight")
	flag.DurationVar(&o.d, "d", 5*time.Second, "length")
	flag.BoolVar(&o.hints, "hints", false, "send the mock's hint headers")
	flag.BoolVar(&o.stream, "stream", false, "ask for events")
	flag.BoolVar(&o.samples, "samples", true, "keep every sample, for exact quantiles; what is reported comes from the recorder in any case")
	flag.Parse()
	if err := run(&o); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// figures is what is printed.
type figures struct {
	Reported    reported       `json:"reported_response_ms"`
	N           int64          `json:"n"`
	Dropped     int64          `json:"dropped"`
	OK          int64          `json:"ok"`
	RPS         float64        `json:"rps"`
	CPU         float64        `json:"cpu_us_per_request"`
	User        float64        `json:"user_s"`
	System      float64        `json:"system_s"`
	RSS         float64        `json:"max_rss_mib"`
	Peak        int            `json:"peak_in_flight"`
	Late        quantiles      `json:"lateness_us"`
	Response    quantiles      `json:"response_ms"`
	Service     quantiles      `json:"service_ms"`
	Connections live.Exchanges `json:"exchanges"`
	Outcomes    map[string]int64
}

// reported is what the recorder says, as every report would print it.
type reported struct {
	P50 float64 `json:"p50"`
	P95 float64 `json:"p95"`
	P99 float64 `json:"p99"`
}

type quantiles struct {
	P50 float64 `json:"p50"`
	P99 float64 `json:"p99"`
	Max float64 `json:"max"`
}

func run(o *options) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	cfg, samples, err := build(o)
	if err != nil {
		return err
	}
	if o.profile != "" {
		f, err := os.Create(o.profile)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	out, err := live.Run(ctx, cfg)
	if err != nil {
		return err
	}
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return err
	}
	f := samples.figures(&out, &used)
	v := cfg.Recorder.Snapshot(out.End).Values()
	f.Reported = reported{v["response_time_ms.p50"].V, v["response_time_ms.p95"].V, v["response_time_ms.p99"].V}
	return json.NewEncoder(os.Stdout).Encode(f)
}

func build(o *options) (live.Config, *samples, error) {
	class := load.Class{Name: "bench", Model: "mock-1", MaxTokens: 64, Stream: o.stream}
	class.Input = load.Dist{Kind: "fixed", Value: 30}
	class.Output = load.Dist{Kind: "fixed", Value: 64}
	class.Arrivals = load.Process{Kind: load.ClosedLoop, Users: o.conns}
	if o.rate > 0 {
		class.Arrivals = load.Process{Kind: load.Constant, Rate: load.Rate(o.rate)}
	}
	plan := load.Plan{Seed: 1, Duration: o.d, Classes: []load.Class{class}}
	stream, err := plan.Stream(nil)
	if err != nil {
		return live.Config{}, nil, err
	}
	s := &samples{}
	n := int(o.rate*o.d.Seconds()) + 1
	if o.rate == 0 {
		n = 1 << 19
	}
	if !o.samples {
		n = 0
	}
	s.late, s.response, s.service = make([]float64, 0, n), make([]float64, 0, n), make([]float64, 0, n)
	cfg := live.Config{
		Engine: engine.New(engine.Config{Stack: stack}), Stream: stream,
		Recorder:    metrics.NewRecorder(metrics.Config{Classes: []string{"bench"}, Duration: o.d}),
		Target:      live.Target{BaseURL: o.url, Path: o.path, Keys: []live.Secret{"bench"}, Hints: o.hints},
		MaxInFlight: o.ceiling, OnResult: s.add,
	}
	if o.pacer == "timer" {
		cfg.Pacer = live.PacerTimer
	}
	return cfg, s, nil
}

// samples keeps every value: exact, and cheap enough for runs of seconds.
type samples struct{ late, response, service []float64 }

func (s *samples) add(r *load.Result) {
	if r.Attempts == 0 || len(s.late) == cap(s.late) {
		return
	}
	s.late = append(s.late, float64(r.Last.Started-r.Arrival.Due)/1e3)
	s.response = append(s.response, float64(r.Last.Done-r.Arrival.Due)/1e6)
	s.service = append(s.service, float64(r.Last.Done-r.Last.Started)/1e6)
}

func (s *samples) figures(out *live.Outcome, ru *syscall.Rusage) figures {
	user, system := time.Duration(ru.Utime.Nano()).Seconds(), time.Duration(ru.Stime.Nano()).Seconds()
	f := figures{
		N: out.Arrived, Dropped: out.Dropped, OK: out.Results[load.OK], RPS: float64(out.Arrived) / out.End.Seconds(),
		CPU: (user + system) * 1e6 / float64(max(out.Arrived, 1)), User: user, System: system,
		RSS: float64(ru.Maxrss) / 1024, Peak: out.Peak.InFlight, Connections: out.Exchange,
		Late: spread(s.late), Response: spread(s.response), Service: spread(s.service), Outcomes: map[string]int64{},
	}
	for o, n := range out.Results {
		if n > 0 {
			f.Outcomes[load.Outcome(o).String()] = n
		}
	}
	return f
}

func spread(v []float64) quantiles {
	if len(v) == 0 {
		return quantiles{}
	}
	sort.Float64s(v)
	at := func(q float64) float64 { return v[min(int(q*float64(len(v))), len(v)-1)] }
	return quantiles{at(.5), at(.99), v[len(v)-1]}
}

// stack is the plainest strategy: first come, first served, no retry.
func stack(int) engine.Stack { return engine.Stack{Queue: &line{}, Route: direct{}} }

type line struct{ calls []*load.Call }

func (q *line) Push(_ time.Duration, c *load.Call) *load.Call {
	q.calls = append(q.calls, c)
	return nil
}

func (q *line) Peek(time.Duration) *load.Call {
	if len(q.calls) == 0 {
		return nil
	}
	return q.calls[0]
}

func (q *line) Remove(c *load.Call) {
	for i := range q.calls {
		if q.calls[i] == c {
			q.calls = append(q.calls[:i], q.calls[i+1:]...)
			return
		}
	}
}

type direct struct{}

func (direct) Pick(_ time.Duration, c *load.Call, _ *rand.Rand) (load.Target, load.Permit) {
	return load.Target{Model: c.Model}, load.Permit{}
}

func (direct) Observe(time.Duration, *load.Call, *load.Attempt) {}
