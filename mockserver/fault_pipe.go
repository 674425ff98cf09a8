package mockserver

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"syscall"
	"time"
)

// errChunk is what net/http says of a malformed chunk.
var errChunk = errors.New("malformed chunked encoding") //nolint:gochecknoglobals // a sentinel

var _ http.Hijacker = (*pipeWriter)(nil)

// Hijack gives away a connection of which only closing and breaking mean
// anything, so that what breaks over a socket breaks here too.
func (w *pipeWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return &brokenPipe{w: w, cause: io.ErrUnexpectedEOF}, nil, nil
}

// brokenPipe is a connection about to be closed before its time.
type brokenPipe struct {
	net.Conn // nil: nothing else is called
	w        *pipeWriter
	cause    error
}

// SetLinger makes closing a reset.
func (c *brokenPipe) SetLinger(int) error {
	c.cause = syscall.ECONNRESET
	return nil
}

// SetWriteDeadline does nothing: nothing is written.
func (c *brokenPipe) SetWriteDeadline(time.Time) error { return nil }

// Write stands for bytes that are not the transfer coding's.
func (c *brokenPipe) Write(b []byte) (int, error) {
	c.cause = errChunk
	return len(b), nil
}

// Close lets the client see the cause: in place of the answer, or in its body.
func (c *brokenPipe) Close() error {
	w := c.w
	w.once.Do(func() {
		w.broken = c.cause
		close(w.ready)
	})
	return w.body.CloseWithError(c.cause)
}
