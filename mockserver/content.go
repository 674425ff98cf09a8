package mockserver

import (
	"ratecliff/internal/wire"
	"ratecliff/load"
)

// Content says what answers hold beside plain text. Shares are of the requests
// that ask for the thing, drawn by seed and request; absent means 1 for tools
// and thinking, and 0.5 for stop sequences (assumed).
type Content struct {
	// ToolShare is the share of requests with tools, and free to choose, that are
	// answered with a call. A request that forces a call always gets one, and one
	// that ends with a tool's result gets text, so that agents come to an end.
	ToolShare *float64 `yaml:"tool_share,omitempty" json:"tool_share,omitempty"`

	// ThinkingShare is the share of requests with thinking on that are answered
	// with a thinking block.
	ThinkingShare *float64 `yaml:"thinking_share,omitempty" json:"thinking_share,omitempty"`

	// StopShare is the share of complete answers to requests with stop sequences
	// that end at the first of them.
	StopShare *float64 `yaml:"stop_share,omitempty" json:"stop_share,omitempty"`
}

// Validate reports every share that is not between 0 and 1.
func (c Content) Validate() []load.Problem {
	var problems []load.Problem
	for _, s := range []struct {
		path  string
		share *float64
	}{{"tool_share", c.ToolShare}, {"thinking_share", c.ThinkingShare}, {"stop_share", c.StopShare}} {
		if s.share != nil && !(*s.share >= 0 && *s.share <= 1) {
			problems = append(problems, load.Problem{Path: s.path, Message: "must be between 0 and 1"})
		}
	}
	return problems
}

// leadIn is the most tokens of text before a call.
const leadIn = 40

// Purposes of the random streams behind an answer's content.
const forContent load.Purpose = 1<<32 + 2

// identity is what the content of an answer is drawn by: the identity of a
// hinted request, or the number of the request.
func (x *exchange) identity() uint64 {
	if x.hinted {
		return x.req.ID
	}
	return x.serial
}

// lot is one random draw, decided by seed, request and what is drawn.
func (s *Server) lot(x *exchange, what uint64) uint64 {
	var src load.Source
	src.Aim(s.cfg.Seed, forContent, x.identity(), what)
	return src.Uint64()
}

// hit draws with a share; absent is the default.
func (s *Server) hit(x *exchange, what uint64, share *float64, byDefault float64) bool {
	if share != nil {
		byDefault = *share
	}
	return float64(s.lot(x, what)>>11)/(1<<53) < byDefault
}

// What is drawn for a content.
const (
	ofPhase uint64 = iota
	ofTool
	ofCall
	ofThinking
	ofStop
	ofRay
)

// compose decides what the answer will hold, before its length is known.
func (s *Server) compose(x *exchange) {
	d, c := &x.decoded, &x.message.Content
	c.Phase = int(s.lot(x, ofPhase) % 1024)
	if len(d.Tools) == 0 {
		return
	}
	if tool := s.chosen(x); tool != nil {
		c.Tool, c.ToolID = tool.Name, "toolu_01"+x.requestID[len("req_011C"):]+"Rc"
		c.Input = wire.AppendExample(c.Input[:0], tool.Schema, c.Phase)
		x.call = c.CallTokens()
	}
}

// chosen is the tool that the answer calls, or nil.
func (s *Server) chosen(x *exchange) *wire.Tool {
	d := &x.decoded
	switch d.Choice {
	case "none":
		return nil
	case "any", "tool":
	default:
		if d.Answered || !s.hit(x, ofCall, s.cfg.Content.ToolShare, 1) {
			return nil
		}
	}
	n := uint64(0)
	for i := range d.Tools {
		if callable(d, i) {
			n++
		}
	}
	if n == 0 {
		return nil
	}
	skip := s.lot(x, ofTool) % n
	for i := range d.Tools {
		if !callable(d, i) {
			continue
		}
		if skip == 0 {
			return &d.Tools[i]
		}
		skip--
	}
	return nil
}

// callable says whether the answer may call the tool: the client runs it, and
// the request does not force another.
func callable(d *wire.Decoded, i int) bool {
	t := &d.Tools[i]
	return t.Schema != nil && t.Name != "" && (d.Choice != "tool" || d.Forced == t.Name)
}

// conclude fixes the answer's words now that its length is known.
func (s *Server) conclude(x *exchange) {
	m, c, d := &x.message, &x.message.Content, &x.decoded
	m.Model, m.Usage = x.req.Model, x.reply.Response.Usage
	if x.reply.Priority {
		m.Tier = "priority"
	}
	switch {
	case x.reply.Fast:
		m.Speed = "fast"
	case d.Speed != "":
		m.Speed = "standard"
	}
	cut := x.req.MaxTokens > 0 && x.req.Tokens.Output > x.req.MaxTokens
	if cut {
		c.Tool = ""
	}
	thinks := d.Thinking == "enabled" || d.Thinking == "adaptive"
	if thinks && s.hit(x, ofThinking, s.cfg.Content.ThinkingShare, 1) {
		c.Thinking = (m.Usage.Output - c.CallTokens()) / 2
		if d.Budget > 0 {
			c.Thinking = min(c.Thinking, d.Budget)
		}
		if c.Thinking > 0 {
			c.Mark = identity("ErUB", 60, s.cfg.Seed, x.identity()) + "=="
		}
	}
	switch {
	case cut:
		m.StopReason = "max_tokens"
	case c.Tool != "":
		m.StopReason = "tool_use"
	case d.Stop != "" && s.hit(x, ofStop, s.cfg.Content.StopShare, 0.5):
		m.StopReason, m.StopSequence = "stop_sequence", d.Stop
	default:
		m.StopReason = "end_turn"
	}
}
