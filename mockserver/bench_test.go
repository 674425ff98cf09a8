package mockserver_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"testing"

	"ratecliff/mockserver"
	"ratecliff/mockserver/mockservertest"
	"ratecliff/mockserver/model"
)

// discard is a ResponseWriter that keeps nothing.
type discard struct{ header http.Header }

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(b []byte) (int, error) { return len(b), nil }
func (d *discard) WriteHeader(int)             {}
func (d *discard) Flush()                      {}

// body is a request body that can be read again.
type body struct{ *bytes.Reader }

func (body) Close() error { return nil }

func benchmarkHandler(b *testing.B, cfg mockserver.Config, stream bool) {
	mock, err := mockserver.New(cfg)
	if err != nil {
		b.Fatal(err)
	}
	text := []byte(good)
	if stream {
		text = append([]byte(`{"stream":true,`), good[1:]...)
	}
	in := body{bytes.NewReader(text)}
	r, err := http.NewRequest(http.MethodPost, "http://mock/v1/messages", in)
	if err != nil {
		b.Fatal(err)
	}
	r.ContentLength = int64(len(text))
	r.Header = http.Header{"X-Api-Key": {"k"}, "Anthropic-Version": {"2023-06-01"}, "Content-Type": {"application/json"}}
	w := &discard{header: http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		in.Reset(text)
		clear(w.header)
		mock.ServeHTTP(w, r)
	}
}

func BenchmarkMessage(b *testing.B) {
	benchmarkHandler(b, instantly(model.Config{RPM: 100_000_000, ITPM: 100_000_000, OTPM: 100_000_000}), false)
}

func BenchmarkStream(b *testing.B) {
	benchmarkHandler(b, instantly(model.Config{RPM: 100_000_000, ITPM: 100_000_000, OTPM: 100_000_000}), true)
}

func BenchmarkRefusal(b *testing.B) {
	benchmarkHandler(b, instantly(model.Config{RPM: 1, Burst: 1}), false)
}

// BenchmarkLoopback is the whole way over TCP, client included.
func BenchmarkLoopback(b *testing.B) {
	c := newClient(mockservertest.Start(b, instantly(model.Config{})), 1)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			r, err := c.request(context.Background(), &call{request: tokens(10, 0)})
			if err != nil {
				b.Fatal(err)
			}
			resp, err := c.server.Client.Do(r)
			if err != nil {
				b.Fatal(err)
			}
			_, _ = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
		}
	})
}
