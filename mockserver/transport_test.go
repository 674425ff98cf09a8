package mockserver_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"ratecliff/load"
	"ratecliff/mockserver"
	"ratecliff/mockserver/mockservertest"
	"ratecliff/mockserver/model"
)

// direct is a client without any connection.
func direct(t *testing.T, cfg mockserver.Config) *client {
	mock, err := mockserver.New(cfg)
	fatalIf(t, err)
	return newClient(&mockservertest.Server{URL: "http://mock.invalid", Client: &http.Client{Transport: mock.RoundTripper()}, Mock: mock}, 1)
}

func TestRoundTripper(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := direct(t, mockserver.Config{Model: model.Config{RPM: 1, Burst: 2, Latency: latency(2, 10, 1)}, TrustHints: true, WriteEvery: time.Second})
		q := call{hint: true, request: tokens(10, 20)}
		a := c.do(context.Background(), &q)
		if a.err != nil || a.response.Outcome != load.OK || a.response.Usage != q.request.Tokens || a.done != 4*time.Second {
			t.Errorf("plain: %+v", a)
		}
		q.request.Stream = true
		a = c.do(context.Background(), &q)
		if a.err != nil || a.response.Outcome != load.OK || len(a.events) != 8 || a.events[3] != (seen{6 * time.Second, "content_block_delta"}) || a.done != 8*time.Second {
			t.Errorf("stream: %+v", a)
		}
		if a = c.do(context.Background(), &q); a.response.Status != 429 || a.done != 9*time.Second {
			t.Errorf("refusal: %+v", a)
		}
	})
}

func TestRoundTripperHangUp(t *testing.T) {
	t.Parallel()
	for _, stream := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			c := direct(t, mockserver.Config{Model: model.Config{Concurrency: 1, Latency: latency(10, 10, 0)}, TrustHints: true})
			q := call{hint: true, request: tokens(10, 20)}
			q.request.Stream = stream
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			defer cancel()
			if a := c.do(ctx, &q); !errors.Is(a.err, context.DeadlineExceeded) || a.done != time.Second {
				t.Errorf("stream %v: %v at %v", stream, a.err, a.done)
			}
			synctest.Wait()
			if a := c.do(context.Background(), &q); a.response.Outcome != load.OK {
				t.Errorf("stream %v: the place was not given back: %+v", stream, a.response)
			}
		})
	}
}
