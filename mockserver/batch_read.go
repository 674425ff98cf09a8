package mockserver

import (
	"encoding/json"
	"net/http"
	"strconv"

	"ratecliff/internal/wire"
	"ratecliff/load"
	"ratecliff/mockserver/model"
)

// batchBody is the body of a new batch.
type batchBody struct {
	Requests []batchEntry `json:"requests"`
}

type batchEntry struct {
	CustomID *string         `json:"custom_id"`
	Params   json.RawMessage `json:"params"`
}

// readBatch reads a new batch. Parameters of its requests are looked at only
// when they are processed: mistakes in them show in the results.
func (s *Server) readBatch(x *exchange, h http.Header) (*batch, *wire.Failure) {
	var body batchBody
	if err := json.Unmarshal(x.body, &body); err != nil {
		if !json.Valid(x.body) {
			return nil, invalid("The request body is not valid JSON")
		}
		return nil, invalid("requests: Input should be a valid list of requests")
	}
	if failure := body.check(); failure != nil {
		return nil, failure
	}
	serial := s.batches.next()
	b := &batch{
		id:  identity("msgbatch_01", 22, s.cfg.Seed, forBatches+serial),
		gap: s.cfg.Batches.gap(), canceled: load.Never, items: make([]batchItem, len(body.Requests)),
	}
	c := composer{s: s, h: h, output: s.cfg.Output, chance: load.NewChance()}
	for i := range body.Requests {
		e := &body.Requests[i]
		b.items[i] = c.item(e, serial<<20+uint64(i))
	}
	return b, nil
}

// forBatches keeps the ids of batches and their answers apart from those of
// requests.
const forBatches = 1 << 62

func (b *batchBody) check() *wire.Failure {
	switch {
	case b.Requests == nil:
		return invalid("requests: Field required")
	case len(b.Requests) == 0:
		return invalid("requests: List should have at least 1 item after validation, not 0")
	case len(b.Requests) > maxBatch:
		return invalid("requests: List should have at most 100000 items after validation, not " + strconv.Itoa(len(b.Requests)))
	}
	seen := make(map[string]bool, len(b.Requests))
	for i := range b.Requests {
		e := &b.Requests[i]
		at := "requests." + strconv.Itoa(i)
		switch {
		case e.CustomID == nil:
			return invalid(at + ".custom_id: Field required")
		case !wire.CustomIDOK(*e.CustomID):
			return invalid(at + ".custom_id: String should match pattern '^[a-zA-Z0-9_-]{1,64}$'")
		case seen[*e.CustomID]:
			return invalid(at + ".custom_id: Custom id '" + *e.CustomID + "' is not unique within the batch")
		case e.Params == nil:
			return invalid(at + ".params: Field required")
		}
		seen[*e.CustomID] = true
	}
	return nil
}

// composer makes the answers of a batch.
type composer struct {
	s      *Server
	h      http.Header
	output load.Dist
	chance *load.Chance
	x      exchange
}

// item answers one request of a batch; id is its identity for random draws.
func (c *composer) item(e *batchEntry, id uint64) batchItem {
	x := &c.x
	x.begin(c.s.cfg.Seed, forBatches+id)
	if failure := c.check(e.Params); failure != nil {
		failure.RequestID = x.requestID
		return batchItem{customID: *e.CustomID, failure: failure}
	}
	d := &x.decoded
	x.req = model.Request{Model: d.Model, Tokens: d.Prompt.Tokens(), MaxTokens: d.MaxTokens}
	c.s.compose(x)
	rng := c.chance.Aim(c.s.cfg.Seed, load.ForLengths, forBatches+id, 0)
	out := max(0, int64(c.output.Sample(rng)))
	if x.call > 0 {
		out = x.call + min(out, leadIn)
	}
	x.req.Tokens.Output = out
	x.reply.Response.Usage = x.req.Tokens
	x.reply.Response.Usage.Output = min(out, d.MaxTokens)
	c.s.conclude(x)
	x.message.Tier = "batch"
	item := batchItem{customID: *e.CustomID, message: x.message}
	item.message.Content.Input = append([]byte(nil), x.message.Content.Input...)
	return item
}

// check says why a request of a batch cannot be answered.
func (c *composer) check(params []byte) *wire.Failure {
	d := &c.x.decoded
	if failure := wire.DecodeRequest(params, d); failure != nil {
		return failure
	}
	switch {
	case d.Stream:
		return invalid("stream: Streaming is not supported in batches")
	case d.Speed != "":
		return invalid("speed: Fast mode is not supported in batches")
	}
	if failure := c.s.checkBody(c.h, d); failure != nil {
		return failure
	}
	if _, ok := model.PoolOf(c.s.offer.Load().pools, d.Model); !ok {
		return notFound("model: " + d.Model)
	}
	return nil
}
