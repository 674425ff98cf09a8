package cmd

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"ratecliff/mockserver"
	"ratecliff/mockserver/model"
)

// mockKey is what clients of the mock may use as an API key: any other works too.
const mockKey = "mock-key"

func newMock(w *World) *cobra.Command {
	var m mock
	c := &cobra.Command{
		Use:   "mock",
		Short: "Serve the Messages API with its rate limits, on loopback",
		Long: `Mock answers POST /v1/messages, streaming and not, and enforces the limits of a
profile as the API documents them. Any API key is accepted; none is stored.

The ready file appears once the mock listens and holds lines for a shell:
ANTHROPIC_BASE_URL=… and ANTHROPIC_API_KEY=….`,
		Example: `  ratecliff mock --profile start --listen 127.0.0.1:8429
  ratecliff mock --profile tier-1 --listen 127.0.0.1:0 --ready-file .mock.env --compress 20`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error { return m.serve(c.Context(), w) },
	}
	f := c.Flags()
	f.StringVar(&m.profile, "profile", "start", "limit profile: a `name` (see 'list profiles') or a JSON file")
	f.StringVar(&m.listen, "listen", "127.0.0.1:8429", "loopback `address`; port 0 takes a free one")
	f.StringVar(&m.ready, "ready-file", "", "`file` to write once the mock listens")
	f.Float64Var(&m.compress, "compress", 1, "divide every duration by `N`: minutes of limit pass in seconds")
	f.Uint64Var(&m.seed, "seed", 1, "seed of latencies and output lengths")
	return c
}

// mock is the mock command's flags.
type mock struct {
	profile, listen, ready string
	compress               float64
	seed                   uint64
}

func (m *mock) serve(ctx context.Context, w *World) error {
	srv, err := m.server()
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
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", m.listen)
	if err != nil {
		return failed(err)
	}
	base := "http://" + listener.Addr().String()
	if err := m.writeReady(base); err != nil {
		return failed(errors.Join(err, listener.Close()))
	}
	fmt.Fprintf(w.Stderr, "mock     %s   profile %s, compress %v, seed %d\nstop     Ctrl-C\n", base, m.profile, m.compress, m.seed)
	err = srv.Serve(ctx, listener)
	if m.ready != "" {
		err = errors.Join(err, os.Remove(m.ready))
	}
	return failed(err)
}

// server builds the mock of the flags.
func (m *mock) server() (*mockserver.Server, error) {
	if !(m.compress >= 1 && m.compress <= 1e4) {
		return nil, usagef("--compress %v: a number from 1 to 10,000", m.compress)
	}
	cfg := mockserver.Config{Seed: m.seed, Compress: m.compress}
	p, err := namedProfile(m.profile)
	if err != nil {
		return nil, err
	}
	cfg.Model = model.Config{Pools: p.Pools}
	srv, err := mockserver.New(cfg)
	if err != nil {
		return nil, usagef("%w", err)
	}
	return srv, nil
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
