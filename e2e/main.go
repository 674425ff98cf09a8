// Command e2e has real clients of the Claude API judge the mock, and measures
// what they make of refusals. See run.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"time"

	"ratecliff/e2e/client"
	"ratecliff/e2e/client/sdk1"
	"ratecliff/e2e/client/sdk2"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var s settings
	flag.StringVar(&s.binary, "mock", "bin/ratecliff", "the `binary` whose mock is judged")
	flag.StringVar(&s.page, "page", "../docs/clients.md", "`file` with what is measured")
	flag.BoolVar(&s.write, "write", false, "write the page instead of comparing it with what is measured")
	flag.BoolVar(&s.quick, "quick", false, "leave out what is measured, which takes three minutes")
	flag.Parse()
	t := tally{out: os.Stdout}
	if err := s.run(ctx, &t); err != nil {
		t.note("run", err)
	}
	fmt.Printf("%d passed, %d failed\n", t.passed, t.failed)
	if t.failed > 0 {
		os.Exit(1)
	}
}

// settings are the flags.
type settings struct {
	binary, page string
	write, quick bool
}

func (s *settings) run(ctx context.Context, t *tally) error {
	dir, err := os.MkdirTemp("", "ratecliff-e2e-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	clients, end, err := open(ctx)
	defer end()
	if err != nil {
		return err
	}
	done := make(chan error, 1)
	go func() { done <- s.measure(ctx, clients) }()
	err = s.judge(ctx, t, clients, dir)
	t.note("the page of measured behaviour", <-done)
	return err
}

// measure renews or checks the page.
func (s *settings) measure(ctx context.Context, clients []client.Client) error {
	if s.quick {
		return nil
	}
	m, err := measure(ctx, clients)
	if err != nil {
		return err
	}
	return settle(s.page, page(m, clients, time.Now().UTC()), s.write)
}

// judge starts one mock for each kind of check.
func (s *settings) judge(ctx context.Context, t *tally, clients []client.Client, dir string) error {
	profile := filepath.Join(dir, "tiny.json")
	if err := writeProfile(profile, clients); err != nil {
		return err
	}
	faults := filepath.Join(dir, "faults.json")
	if err := writeFaults(faults, clients); err != nil {
		return err
	}
	journal := filepath.Join(dir, "journal.ndjson")
	var errs []error
	for _, stage := range []struct {
		name   string
		checks func([]client.Client, *mock) []check
		args   []string
	}{
		{"answers", answers, []string{"--profile", "start", "--compress", "50"}},
		{"mistakes", mistakes, []string{"--profile", "start"}},
		{"limits", limited, []string{"--profile", profile}},
		{"recovery", recovering, []string{"--profile", profile, "--compress", "60", "--journal", journal}},
		{"faults", faulty, []string{"--profile", profile, "--faults", faults}},
	} {
		m, err := startMock(ctx, s.binary, dir, stage.name, stage.args...)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		t.run(ctx, stage.checks(clients, m))
		t.note("the mock for "+stage.name+" ends in good order", m.stop())
	}
	t.run(ctx, evident(clients, journal))
	return errors.Join(errs...)
}

// open starts every client; end ends them.
func open(ctx context.Context) (clients []client.Client, end func(), err error) {
	var nodes []*client.Node
	end = func() {
		for _, n := range nodes {
			_ = n.Close() // a process that is gone is as good
		}
	}
	clients = append(clients, sdk1.SDK{Pin: pin("github.com/anthropics/anthropic-sdk-go")}, sdk2.SDK{Pin: pin("github.com/anthropics/anthropic-sdk-go/v2")})
	for _, script := range []string{"typescript", "vercel", "langchain"} {
		n, err := client.StartNode(ctx, filepath.Join("clients", script+".mjs"))
		if err != nil {
			return nil, end, err
		}
		nodes = append(nodes, n)
		clients = append(clients, n)
	}
	return clients, end, nil
}

// pin is the version of a module in this program.
func pin(path string) string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			if m.Path == path {
				return m.Version
			}
		}
	}
	return "unknown"
}
