package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"ratecliff/mockserver"
	"ratecliff/mockserver/model"
	"ratecliff/mockserver/model/fault"
	"ratecliff/mockserver/prom"
	"ratecliff/scenario"
)

// mockKey is what clients of the mock may use as an API key: any other works too.
const mockKey = "mock-key"

func newMock(w *World) *cobra.Command {
	var m mock
	c := &cobra.Command{
		Use:   "mock",
		Short: "Serve the Messages API with its rate limits, on loopback",
		Long: `Mock answers the Messages API, streaming and not, and enforces the limits of a
profile as the API documents them. Any API key is accepted; none is stored.

The ready file appears once the mock listens and holds lines for a shell:
ANTHROPIC_BASE_URL=… and ANTHROPIC_API_KEY=….

The journal gets one JSON object a line for every exchange: who asked, what was
decided by which limit, the levels before and after, and which earlier attempt it
repeats; never a prompt, never a key. The ledger gets the exact state of every
bucket that a decision met.

On a stepped clock time stands still until POST /_ratecliff/clock moves it. More
under /_ratecliff/: state, reset, profile, faults, journal and ledger. Counters
for Prometheus stand under /metrics.`,
		Example: `  ratecliff mock --profile start --listen 127.0.0.1:8429
  ratecliff mock --profile tier-1 --listen 127.0.0.1:0 --ready-file .mock.env --compress 20
  ratecliff mock --faults overload --headers 2024
  ratecliff mock --set rpm=6 --set burst=1 --clock stepped --journal exchanges.jsonl`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error { return m.serve(c.Context(), w) },
	}
	f := c.Flags()
	f.StringVar(&m.profile, "profile", "start", "limit profile: a `name` (see 'list profiles') or a JSON file")
	f.StringArrayVar(&m.set, "set", nil, "set one value of the server: `path=value`, such as burst=10 (repeatable)")
	f.StringVar(&m.faults, "faults", "", "what goes wrong: a `suite` ("+strings.Join(fault.Suites(), ", ")+") or a JSON file")
	f.StringVar(&m.headers, "headers", "", "limit headers of answers: `profile` current, 2024, no-requests, no-input, bare-429, over-80 or none")
	f.StringVar(&m.listen, "listen", "127.0.0.1:8429", "loopback `address`; port 0 takes a free one")
	f.StringVar(&m.ready, "ready-file", "", "`file` to write once the mock listens")
	f.StringVar(&m.clock, "clock", string(mockserver.WallClock), "wall, or stepped: time moves only when it is told to")
	f.Float64Var(&m.compress, "compress", 1, "divide every duration by `N`: minutes of limit pass in seconds")
	f.Uint64Var(&m.seed, "seed", 1, "seed of latencies, output lengths and faults")
	f.StringVar(&m.journal, "journal", "", "`file` for the journal, written anew; - is standard output")
	f.StringVar(&m.ledger, "ledger", "", "`file` for the truth ledger, written anew; - is standard output")
	f.BoolVar(&m.quiet, "quiet", false, "say nothing on standard error")
	return c
}

// mock is the mock command's flags.
type mock struct {
	profile, listen, ready string
	clock, journal, ledger string
	faults, headers        string
	compress               float64
	seed                   uint64
	set                    []string
	quiet                  bool
}

// mockTail is how many lines of journal and ledger the admin endpoints can show.
const mockTail = 1000

func (m *mock) serve(ctx context.Context, w *World) error {
	cfg, err := m.config()
	if err != nil {
		return err
	}
	host, _, err := net.SplitHostPort(m.listen)
	if err != nil {
		return usagef("--listen %s: give an address such as 127.0.0.1:8429", m.listen)
	}
	if !loopback(host) {
		return refusedf("--listen %s is not on loopback: the mock has no protection against strangers", m.listen)
	}
	evidence, err := m.open(w, &cfg)
	if err != nil {
		return err
	}
	srv, err := mockserver.New(cfg)
	if err != nil {
		return errors.Join(usagef("%w", err), evidence.close())
	}
	srv.Mount("/metrics", prom.Handler(srv))
	return failed(errors.Join(m.run(ctx, w, srv), evidence.close()))
}

// run serves until ctx ends.
func (m *mock) run(ctx context.Context, w *World, srv *mockserver.Server) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", m.listen)
	if err != nil {
		return err
	}
	base := "http://" + listener.Addr().String()
	if err := m.writeReady(base); err != nil {
		return errors.Join(err, listener.Close())
	}
	if !m.quiet {
		fmt.Fprintf(w.Stderr, "mock     %s   %s\nstop     Ctrl-C\n", base, m.describe())
	}
	err = srv.Serve(ctx, listener)
	if m.ready != "" {
		err = errors.Join(err, os.Remove(m.ready))
	}
	if st := srv.Stats(); st.JournalDropped+st.LedgerDropped > 0 { // said even when quiet: the files are not whole
		fmt.Fprintf(w.Stderr, "lost     %d lines of the journal, %d of the ledger: the files were too slow\n", st.JournalDropped, st.LedgerDropped)
	}
	return err
}

func (m *mock) describe() string {
	text := fmt.Sprintf("profile %s, compress %v, seed %d", m.profile, m.compress, m.seed)
	if m.clock == string(mockserver.SteppedClock) {
		text += ", clock stepped"
	}
	return text
}

// config is the mock of the flags.
func (m *mock) config() (mockserver.Config, error) {
	cfg := mockserver.Config{Seed: m.seed, Compress: m.compress, Clock: mockserver.Clock(m.clock), Tail: mockTail}
	if !(m.compress >= 1 && m.compress <= 1e4) {
		return cfg, usagef("--compress %v: a number from 1 to 10,000", m.compress)
	}
	switch cfg.Clock {
	case mockserver.WallClock:
	case mockserver.SteppedClock:
		if m.compress != 1 {
			return cfg, usagef("--compress %v has no meaning with --clock stepped, which moves as fast as it is told", m.compress)
		}
	default:
		return cfg, usagef("--clock %s: choose wall or stepped", m.clock)
	}
	p, err := namedProfile(m.profile)
	if err != nil {
		return cfg, err
	}
	base := model.Config{Profile: m.profile}
	if !slices.Contains(model.Profiles(), m.profile) { // a file
		base = model.Config{Pools: p.Pools, CountTokens: p.CountTokens, Batches: p.Batches}
	}
	base.Headers = model.HeaderProfile(m.headers)
	if problems := (model.Config{Headers: base.Headers}).Validate(); len(problems) > 0 {
		return cfg, usagef("--headers %s: %s", m.headers, problems[0].Message)
	}
	if base.Faults, err = namedFaults(m.faults); err != nil {
		return cfg, err
	}
	cfg.Model, err = scenario.Server(base, m.set)
	return cfg, err
}

// files are the open files of a mock's evidence.
type files []*os.File

// open opens the files of the evidence.
func (m *mock) open(w *World, cfg *mockserver.Config) (opened files, err error) {
	if m.journal == m.ledger && m.journal != "" {
		return nil, usagef("--journal and --ledger name the same file: their lines differ in kind")
	}
	for _, want := range []struct {
		flag, path string
		into       *io.Writer
	}{{"journal", m.journal, &cfg.Journal}, {"ledger", m.ledger, &cfg.Ledger}} {
		switch want.path {
		case "":
		case "-":
			*want.into = w.Stdout
		default:
			f, err := os.Create(want.path)
			if err != nil {
				return nil, failed(errors.Join(fmt.Errorf("--%s: %w", want.flag, err), opened.close()))
			}
			opened, *want.into = append(opened, f), f
		}
	}
	return opened, nil
}

// close closes all files.
func (f files) close() error {
	var all error
	for _, file := range f {
		all = errors.Join(all, file.Close())
	}
	return all
}

// namedFaults is an embedded suite or one of the user's own files.
func namedFaults(name string) (fault.Config, error) {
	if filepath.Ext(name) != ".json" {
		if name != "" {
			if _, err := fault.LoadSuite(name); err != nil {
				return fault.Config{}, usagef("--faults: %w", err)
			}
		}
		return fault.Config{Suite: name}, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return fault.Config{}, usagef("--faults: %w", err)
	}
	defer f.Close()
	cfg, err := fault.DecodeConfig(f)
	if err != nil {
		return cfg, usagef("--faults %s: %w", name, err)
	}
	return cfg, nil
}

// namedProfile is an embedded profile or one of the user's own files.
func namedProfile(name string) (model.Profile, error) {
	if filepath.Ext(name) != ".json" {
		p, err := model.LoadProfile(name)
		if err != nil {
			return p, usagef("--profile: %w", err)
		}
		return p, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return model.Profile{}, usagef("--profile: %w", err)
	}
	defer f.Close()
	p, err := model.DecodeProfile(f)
	if err != nil {
		return p, usagef("--profile %s: %w", name, err)
	}
	return p, nil
}

// writeReady writes the ready file under another name first, so that whoever
// waits for it never reads half of it.
func (m *mock) writeReady(base string) error {
	if m.ready == "" {
		return nil
	}
	text := fmt.Sprintf("ANTHROPIC_BASE_URL=%s\nANTHROPIC_API_KEY=%s\n", base, mockKey)
	temp := m.ready + ".tmp"
	if err := os.WriteFile(temp, []byte(text), 0o600); err != nil {
		return fmt.Errorf("--ready-file: %w", err)
	}
	if err := os.Rename(temp, m.ready); err != nil {
		return fmt.Errorf("--ready-file: %w", err)
	}
	return nil
}
