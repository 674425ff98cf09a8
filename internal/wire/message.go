package wire

import (
	"strconv"

	"ratecliff/load"
)

// Message is a finished answer.
type Message struct {
	ID         string // "msg_01…"
	Model      string
	StopReason string // "end_turn", "max_tokens", …
	Usage      load.Tokens
}

// AppendMessage appends the JSON body of an answer that is not streamed. Its
// text has the estimated number of output tokens.
func AppendMessage(dst []byte, m *Message) []byte {
	dst = m.appendHead(dst)
	dst = append(dst, `,"content":[{"type":"text","text":"`...)
	dst = AppendText(dst, int(m.Usage.Output*BytesPerToken))
	dst = appendString(append(dst, `"}],"stop_reason":`...), m.StopReason)
	dst = append(dst, `,"stop_sequence":null,"usage":`...)
	return append(appendUsage(dst, m.Usage), '}')
}

func (m *Message) appendHead(dst []byte) []byte {
	dst = appendString(append(dst, `{"id":`...), m.ID)
	dst = appendString(append(dst, `,"type":"message","role":"assistant","model":`...), m.Model)
	return dst
}

// appendUsage writes every cache write as a five-minute one.
func appendUsage(dst []byte, t load.Tokens) []byte {
	dst = appendCounts(dst, t)
	dst = strconv.AppendInt(append(dst, `,"cache_creation":{"ephemeral_5m_input_tokens":`...), t.CacheWrite, 10)
	return append(dst, `,"ephemeral_1h_input_tokens":0},"service_tier":"standard"}`...)
}

// appendCounts writes the four counts and leaves the object open.
func appendCounts(dst []byte, t load.Tokens) []byte {
	dst = strconv.AppendInt(append(dst, `{"input_tokens":`...), t.Input, 10)
	dst = strconv.AppendInt(append(dst, `,"cache_creation_input_tokens":`...), t.CacheWrite, 10)
	dst = strconv.AppendInt(append(dst, `,"cache_read_input_tokens":`...), t.CacheRead, 10)
	return strconv.AppendInt(append(dst, `,"output_tokens":`...), t.Output, 10)
}

const (
	openEvent  = "event: "
	dataPrefix = "\ndata: "
	endEvent   = "\n\n"
)

// AppendStart appends the events that open a stream: message_start, with 1 in
// place of the output still unknown, content_block_start and ping.
func (m *Message) AppendStart(dst []byte) []byte {
	dst = append(dst, openEvent+"message_start"+dataPrefix+`{"type":"message_start","message":`...)
	dst = append(m.appendHead(dst), `,"content":[],"stop_reason":null,"stop_sequence":null,"usage":`...)
	first := m.Usage
	first.Output = min(1, m.Usage.Output)
	dst = append(appendUsage(dst, first), "}}"+endEvent...)
	return append(dst, openEvent+"content_block_start"+dataPrefix+
		`{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}`+endEvent+
		openEvent+"ping"+dataPrefix+`{"type": "ping"}`+endEvent...)
}

// AppendDelta appends one content_block_delta with text of so many estimated
// tokens.
func AppendDelta(dst []byte, tokens int64) []byte {
	dst = append(dst, openEvent+"content_block_delta"+dataPrefix+
		`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"`...)
	return append(AppendText(dst, int(tokens*BytesPerToken)), `"}}`+endEvent...)
}

// AppendEnd appends the events that close a stream: content_block_stop,
// message_delta with the whole usage, message_stop.
func (m *Message) AppendEnd(dst []byte) []byte {
	dst = append(dst, openEvent+"content_block_stop"+dataPrefix+`{"type":"content_block_stop","index":0}`+endEvent+
		openEvent+"message_delta"+dataPrefix+`{"type":"message_delta","delta":{"stop_reason":`...)
	dst = append(appendString(dst, m.StopReason), `,"stop_sequence":null},"usage":`...)
	dst = append(appendCounts(dst, m.Usage), "}}"+endEvent...)
	return append(dst, openEvent+"message_stop"+dataPrefix+`{"type":"message_stop"}`+endEvent...)
}

// AppendErrorEvent appends an error event, which ends a stream after its 200.
func AppendErrorEvent(dst []byte, f *Failure) []byte {
	dst = append(dst, openEvent+"error"+dataPrefix...)
	return append(AppendFailure(dst, f), endEvent...)
}
