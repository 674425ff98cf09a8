package live

import (
	"bytes"
	"io"
	"net/http"
	"strconv"

	"ratecliff/internal/wire"
	"ratecliff/load"
)

// largeBody is the size from which a request body's buffer is not kept between
// attempts, so that idle workers stay small.
const largeBody = 16 << 10

// request is one worker's request, built once and sent again and again with
// another body. It may be reused only after the transport is done with it.
type request struct {
	http *http.Request
	text []byte // the body
	body bytes.Reader
	hint [4][]string // the values of the hint headers, changed in place
	scr  []byte
}

// hintHeaders in the order of request.hint.
var hintHeaders = [...]string{wire.HeaderHintTokens, wire.HeaderHintID, wire.HeaderHintAttempt, wire.HeaderHintKey}

// newRequest returns a request without a body.
func newRequest(c *client) *request {
	h := make(http.Header, len(c.header)+len(hintHeaders)+1)
	for name, values := range c.header {
		h[name] = values
	}
	r := &request{}
	if c.hints {
		for i, name := range hintHeaders {
			r.hint[i] = []string{""}
			h[name] = r.hint[i]
		}
	}
	r.http = &http.Request{
		Method: http.MethodPost, URL: c.url, Host: c.url.Host,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: h,
		// The transport sends the head of a request ahead of its body unless it knows
		// the body to be in memory; it recognises just this wrapping.
		Body: io.NopCloser(&r.body),
	}
	r.http.GetBody = func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(r.text)), nil
	}
	return r
}

// fill writes the request of a job.
func (r *request) fill(c *client, j *job) {
	tokens := j.tokens
	if c.hints {
		tokens = load.Tokens{}
		r.scr = wire.AppendTokensHint(r.scr[:0], j.tokens)
		r.hint[0][0] = string(r.scr)
		r.hint[1][0] = strconv.FormatUint(j.id, 10)
		r.hint[2][0] = strconv.Itoa(j.attempt)
		r.hint[3][0] = c.keyName(j.target.Key)
	}
	r.text = wire.AppendRequest(r.text[:0], &wire.Request{
		Model: j.target.Model, MaxTokens: j.maxTokens, Stream: j.stream,
		Tokens: tokens, ID: j.id<<8 | uint64(j.attempt&0xff),
	})
	if key := c.key(j.target.Key); key != nil {
		r.http.Header[wire.HeaderAPIKey] = key
	} else {
		delete(r.http.Header, wire.HeaderAPIKey)
	}
	r.body.Reset(r.text)
	r.http.ContentLength = int64(len(r.text))
}

// trim lets go of a large body.
func (r *request) trim() {
	if cap(r.text) > largeBody {
		r.text = nil
		r.body.Reset(nil)
	}
}
