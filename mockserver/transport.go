package mockserver

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"sync"
)

// RoundTripper returns a transport that calls the mock without a socket,
// whatever host the request names. Streams arrive as they are played; closing a
// body is hanging up. Safe for concurrent use.
func (s *Server) RoundTripper() http.RoundTripper { return direct{s} }

type direct struct{ handler http.Handler }

var _ http.RoundTripper = direct{}

// RoundTrip runs the handler in a goroutine that ends when the answer is
// complete, its body is closed, or the request's context ends.
func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancel(r.Context())
	in := r.Clone(ctx)
	if in.Body == nil {
		in.Body = http.NoBody
	}
	reader, writer := io.Pipe()
	w := &pipeWriter{header: http.Header{}, body: writer, ready: make(chan struct{})}
	stop := context.AfterFunc(ctx, func() { _ = writer.CloseWithError(ctx.Err()) })
	go func() {
		defer cancel()
		defer stop()
		d.handler.ServeHTTP(w, in)
		_ = in.Body.Close()
		w.WriteHeader(http.StatusOK)
		_ = writer.CloseWithError(ctx.Err()) // nil is a normal end
	}()
	select {
	case <-w.ready:
		if w.broken != nil {
			return nil, w.broken
		}
		return w.response(r, &hangUp{PipeReader: reader, cancel: cancel}), nil
	case <-ctx.Done():
		if r.Context().Err() == nil { // the handler was faster than we
			<-w.ready
			if w.broken != nil {
				return nil, w.broken
			}
			return w.response(r, &hangUp{PipeReader: reader, cancel: cancel}), nil
		}
		return nil, r.Context().Err()
	}
}

// hangUp is a body whose closing ends the handler.
type hangUp struct {
	*io.PipeReader
	cancel context.CancelFunc
}

// Close hangs up.
func (b *hangUp) Close() error {
	b.cancel()
	return b.PipeReader.Close()
}

// pipeWriter is the handler's side of a direct exchange.
type pipeWriter struct {
	header http.Header
	sent   http.Header
	status int
	body   *io.PipeWriter
	ready  chan struct{}
	once   sync.Once
	broken error // what takes the place of an answer
}

var _ http.Flusher = (*pipeWriter)(nil)

// Header is the header to be sent.
func (w *pipeWriter) Header() http.Header { return w.header }

// WriteHeader lets the client have the answer's head.
func (w *pipeWriter) WriteHeader(status int) {
	w.once.Do(func() {
		w.status, w.sent = status, w.header.Clone()
		close(w.ready)
	})
}

// Write hands over part of the body and waits until it was read.
func (w *pipeWriter) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(b)
}

// Flush does nothing: a write has already arrived.
func (w *pipeWriter) Flush() { w.WriteHeader(http.StatusOK) }

func (w *pipeWriter) response(r *http.Request, body io.ReadCloser) *http.Response {
	length := int64(-1)
	if n, err := strconv.ParseInt(w.sent.Get("Content-Length"), 10, 64); err == nil {
		length = n
	}
	return &http.Response{
		Status: strconv.Itoa(w.status) + " " + http.StatusText(w.status), StatusCode: w.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.sent, Body: body, ContentLength: length, Request: r,
	}
}
