package client

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"time"
)

// Node is a client in a Node process; see the folder clients.
type Node struct {
	name, version string
	cmd           *exec.Cmd
	in            io.WriteCloser

	mu      sync.Mutex // guards what follows and writes to in
	waiting map[string]chan Answer
	serial  int
}

// StartNode starts a client's script. End it with Close.
func StartNode(ctx context.Context, script string) (*Node, error) {
	cmd := exec.CommandContext(ctx, "node", "--no-warnings", script)
	cmd.Stderr = os.Stderr
	cmd.WaitDelay = time.Second
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 16<<20)
	var hello struct{ Client, Version string }
	if !lines.Scan() {
		return nil, errors.Join(fmt.Errorf("%s ended at once", script), cmd.Wait())
	}
	if err := json.Unmarshal(lines.Bytes(), &hello); err != nil {
		return nil, fmt.Errorf("%s: %w", script, err)
	}
	n := &Node{name: hello.Client, version: hello.Version, cmd: cmd, in: in, waiting: map[string]chan Answer{}}
	go n.read(lines)
	return n, nil
}

// read hands each answer to its caller.
func (n *Node) read(lines *bufio.Scanner) {
	for lines.Scan() {
		var a Answer
		if err := json.Unmarshal(lines.Bytes(), &a); err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v in %.200s\n", n.name, err, lines.Bytes())
			continue
		}
		n.mu.Lock()
		back, ok := n.waiting[a.ID]
		delete(n.waiting, a.ID)
		n.mu.Unlock()
		if ok {
			back <- a
		}
	}
}

// Name is the name of the package.
func (n *Node) Name() string { return n.name }

// Version is the version that the package states of itself.
func (n *Node) Version() string { return n.version }

// Do carries out a call. The context ends the wait for it, not the call.
func (n *Node) Do(ctx context.Context, call Call) Answer {
	back := make(chan Answer, 1)
	n.mu.Lock()
	n.serial++
	call.ID = fmt.Sprint(n.serial)
	n.waiting[call.ID] = back
	err := json.NewEncoder(n.in).Encode(call)
	n.mu.Unlock()
	if err != nil {
		return Answer{Error: &Error{Class: "driver", Message: err.Error()}}
	}
	select {
	case a := <-back:
		return a
	case <-ctx.Done():
		return Answer{Error: &Error{Class: "driver", Message: ctx.Err().Error()}}
	}
}

// Close ends the process.
func (n *Node) Close() error {
	if err := errors.Join(n.in.Close(), n.cmd.Process.Kill()); err != nil {
		return err
	}
	_ = n.cmd.Wait() // it was killed, which is all that this would say
	return nil
}
