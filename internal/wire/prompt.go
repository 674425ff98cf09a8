package wire

import (
	"strconv"

	"ratecliff/load"
)

// BytesPerToken is the estimator's only constant: four bytes of text are one
// token, a common rule of thumb for English (assumed; no tokenizer is used).
const BytesPerToken = 4

// EstimateTokens is the estimated number of tokens in so many bytes of text,
// rounded up.
func EstimateTokens(bytes int64) int64 { return (bytes + BytesPerToken - 1) / BytesPerToken }

// filler is plain words that need no escape in JSON; its length is a multiple
// of BytesPerToken.
const filler = "the tide comes in and the tide goes out again while the keeper of the light counts each ship that passes the reef at dusk and writes it in the long book of days   "

// The marks that open a synthetic cached segment, one token each.
const (
	readMark  = "[r] "
	writeMark = "[w] "
)

// Request is a Messages API request with a synthetic prompt.
type Request struct {
	Model     string
	MaxTokens int64
	Stream    bool
	Tokens    load.Tokens // Output is not sent
	ID        uint64      // makes the written cache segment new each time
	Prefix    uint64      // names the shared prefix that is read from the cache
}

// AppendRequest appends the JSON body of a request whose text has exactly the
// asked number of estimated tokens per kind.
//
// Cached input is sent the way the API wants it, as text blocks that end in a
// cache_control breakpoint: first the shared prefix (cache read), then a fresh
// segment (cache write), then the plain rest. The real API knows from what it
// has stored which of the two it is; a mock that must decide the same way every
// time cannot. Therefore the text of a segment to be read opens with "[r] " and
// of one to be written with "[w] ", and [DecodeRequest] counts a cached segment
// as read exactly when its first text opens with "[r] ".
//
// A request without any input is sent with one token of text, since the API
// refuses an empty message.
func AppendRequest(dst []byte, r *Request) []byte {
	t := r.Tokens
	if t.Prompt() <= 0 {
		t.Input = 1
	}
	dst = appendString(append(dst, `{"model":`...), r.Model)
	dst = strconv.AppendInt(append(dst, `,"max_tokens":`...), r.MaxTokens, 10)
	if r.Stream {
		dst = append(dst, `,"stream":true`...)
	}
	dst = append(dst, `,"messages":[{"role":"user","content":[`...)
	if t.CacheRead > 0 {
		dst = appendBlock(dst, readMark, r.Prefix, t.CacheRead, true)
	}
	if t.CacheWrite > 0 {
		dst = appendBlock(comma(dst), writeMark, r.ID, t.CacheWrite, true)
	}
	if t.Input > 0 {
		dst = appendBlock(comma(dst), "", 0, t.Input, false)
	}
	return append(dst, "]}]}"...)
}

func comma(dst []byte) []byte {
	if dst[len(dst)-1] == '}' {
		return append(dst, ',')
	}
	return dst
}

func appendBlock(dst []byte, mark string, id uint64, tokens int64, cached bool) []byte {
	dst = append(dst, `{"type":"text","text":"`...)
	end := len(dst) + int(tokens*BytesPerToken)
	dst = append(dst, mark...)
	if cached && end-len(dst) > 16 { // 16 digits and a space
		dst = append(strconv.AppendUint(dst, id, 16), ' ')
	}
	dst = AppendText(dst, end-len(dst))
	if cached {
		return append(dst, `","cache_control":{"type":"ephemeral"}}`...)
	}
	return append(dst, `"}`...)
}

// AppendText appends n bytes of plain words that need no escape in JSON.
func AppendText(dst []byte, n int) []byte {
	for n > len(filler) {
		dst = append(dst, filler...)
		n -= len(filler)
	}
	return append(dst, filler[:max(n, 0)]...)
}
