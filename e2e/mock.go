package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// mock is a running `ratecliff mock`.
type mock struct {
	base, key string
	cmd       *exec.Cmd
	said      *os.File
}

// startMock starts the binary on a free port and waits for its ready file.
// Everything it says goes to name.log in dir.
func startMock(ctx context.Context, binary, dir, name string, args ...string) (*mock, error) {
	said, err := os.Create(filepath.Join(dir, name+".log"))
	if err != nil {
		return nil, err
	}
	ready := filepath.Join(dir, name+".env")
	args = append([]string{"mock", "--listen", "127.0.0.1:0", "--ready-file", ready}, args...)
	m := &mock{cmd: exec.CommandContext(ctx, binary, args...), said: said}
	m.cmd.Stdout, m.cmd.Stderr = said, said
	if err := m.cmd.Start(); err != nil {
		return nil, err
	}
	for range 400 {
		if env, err := os.ReadFile(ready); err == nil {
			m.read(string(env))
			return m, nil
		}
		time.Sleep(25 * time.Millisecond)
	}
	text, _ := os.ReadFile(said.Name())
	return nil, errors.Join(fmt.Errorf("%s did not become ready: %s", name, text), m.stop())
}

func (m *mock) read(env string) {
	for line := range strings.Lines(env) {
		switch name, value, _ := strings.Cut(strings.TrimSpace(line), "="); name {
		case "ANTHROPIC_BASE_URL":
			m.base = value
		case "ANTHROPIC_API_KEY":
			m.key = value
		}
	}
}

// stop interrupts the mock, which must then end in good order.
func (m *mock) stop() error {
	defer m.said.Close()
	if err := m.cmd.Process.Signal(syscall.SIGINT); err != nil {
		return err
	}
	slow := time.AfterFunc(15*time.Second, func() { _ = m.cmd.Process.Kill() })
	defer slow.Stop()
	if err := m.cmd.Wait(); err != nil && m.cmd.ProcessState.ExitCode() != 130 {
		return fmt.Errorf("the mock ended with %w", err)
	}
	return nil
}
