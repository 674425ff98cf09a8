package wire

import (
	"strconv"

	"ratecliff/load"
)

// Message is a finished answer.
type Message struct {
	ID           string // "msg_01…"
	Model        string
	StopReason   string // "end_turn", "max_tokens", …
	StopSequence string // "" is written as null
	Usage        load.Tokens
	Tier         string // usage.service_tier; "" is written as "standard"
	Speed        string // usage.speed; "" is not written
	Content      Content
}

// AppendMessage appends the JSON body of an answer that is not streamed. Its
// text has the estimated number of output tokens.
func AppendMessage(dst []byte, m *Message) []byte {
	dst = append(m.appendHead(dst), `,"content":[`...)
	blocks, n := m.Content.blocks(m.Usage.Output)
	for i := range blocks[:n] {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = m.Content.appendBody(dst, &blocks[i])
	}
	dst = append(m.appendStop(append(dst, "],"...)), `,"usage":`...)
	dst = m.appendDetails(m.appendUsage(dst, m.Usage))
	return append(dst, "}}"...)
}

func (m *Message) appendHead(dst []byte) []byte {
	dst = appendString(append(dst, `{"id":`...), m.ID)
	dst = appendString(append(dst, `,"type":"message","role":"assistant","model":`...), m.Model)
	return dst
}

func (m *Message) appendStop(dst []byte) []byte {
	dst = appendString(append(dst, `"stop_reason":`...), m.StopReason)
	dst = append(dst, `,"stop_sequence":`...)
	if m.StopSequence == "" {
		return append(dst, "null"...)
	}
	return appendString(dst, m.StopSequence)
}

// appendUsage writes every cache write as a five-minute one and leaves the
// object open. The order of the fields is the recorded one.
func (m *Message) appendUsage(dst []byte, t load.Tokens) []byte {
	dst = appendInput(dst, t)
	dst = strconv.AppendInt(append(dst, `,"cache_creation":{"ephemeral_5m_input_tokens":`...), t.CacheWrite, 10)
	dst = strconv.AppendInt(append(dst, `,"ephemeral_1h_input_tokens":0},"output_tokens":`...), t.Output, 10)
	dst = append(dst, `,"service_tier":`...)
	if m.Tier == "" {
		dst = append(dst, `"standard"`...)
	} else {
		dst = appendString(dst, m.Tier)
	}
	if m.Speed != "" {
		dst = appendString(append(dst, `,"speed":`...), m.Speed)
	}
	return dst
}

// appendDetails says how much of the output was thinking.
func (m *Message) appendDetails(dst []byte) []byte {
	if m.Content.Thinking <= 0 {
		return dst
	}
	dst = strconv.AppendInt(append(dst, `,"output_tokens_details":{"thinking_tokens":`...), min(m.Content.Thinking, m.Usage.Output), 10)
	return append(dst, '}')
}

// appendCounts writes the four counts and leaves the object open.
func appendCounts(dst []byte, t load.Tokens) []byte {
	return strconv.AppendInt(append(appendInput(dst, t), `,"output_tokens":`...), t.Output, 10)
}

// appendInput writes the three counts of the prompt and leaves the object open.
func appendInput(dst []byte, t load.Tokens) []byte {
	dst = strconv.AppendInt(append(dst, `{"input_tokens":`...), t.Input, 10)
	dst = strconv.AppendInt(append(dst, `,"cache_creation_input_tokens":`...), t.CacheWrite, 10)
	return strconv.AppendInt(append(dst, `,"cache_read_input_tokens":`...), t.CacheRead, 10)
}
