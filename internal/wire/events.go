package wire

import "ratecliff/load"

const (
	openEvent  = "event: "
	dataPrefix = "\ndata: "
	endEvent   = "\n\n"
)

// forPadding is the purpose of the random streams behind the padding.
const forPadding load.Purpose = 1<<32 + 1

// EventWriter writes the events of one streamed message, in order: Start, To
// with growing positions, End. What it writes depends on the message and the
// positions alone. The zero value must be Reset before use.
type EventWriter struct {
	m      *Message
	blocks [3]block
	n, cur int
	at     int64 // tokens told so far
	told   bool  // the current block has had a delta
	chance load.Source
	bits   uint64
}

// Reset begins the stream of m, whose Usage and Content must be final. Equal
// (seed, id) pad alike.
func (w *EventWriter) Reset(m *Message, seed, id uint64) {
	*w = EventWriter{m: m}
	w.blocks, w.n = m.Content.blocks(m.Usage.Output)
	w.chance.Aim(seed, forPadding, id, 0)
}

// Start appends the events that open a stream: message_start, with 1 in place of
// the output still unknown, the start of the first block, and a ping.
func (w *EventWriter) Start(dst []byte) []byte {
	m := w.m
	dst = append(dst, openEvent+"message_start"+dataPrefix+`{"type":"message_start","message":`...)
	dst = append(m.appendHead(dst), `,"content":[],"stop_reason":null,"stop_sequence":null,"usage":`...)
	first := m.Usage
	first.Output = min(1, m.Usage.Output)
	dst = w.end(append(m.appendUsage(dst, first), "}}"...))
	return AppendPing(w.open(dst))
}

// AppendPing appends a ping, which is never padded.
func AppendPing(dst []byte) []byte {
	return append(dst, openEvent+"ping"+dataPrefix+`{"type": "ping"}`+endEvent...)
}

// To appends the content up to a position in the output, in tokens: one delta,
// or more where it reaches into a further block. A block says something at
// least once.
func (w *EventWriter) To(dst []byte, tokens int64) []byte {
	for {
		b := &w.blocks[w.cur]
		if until := min(tokens, b.to); until > w.at || !w.told {
			dst = w.delta(dst, b, max(until, w.at))
		}
		if tokens <= b.to || w.cur == w.n-1 {
			return dst
		}
		dst = w.open(w.next(dst))
	}
}

// End appends what is left of the content, and the events that close a stream:
// content_block_stop, message_delta with the whole usage, message_stop.
func (w *EventWriter) End(dst []byte) []byte {
	for dst = w.To(dst, w.m.Usage.Output); w.cur < w.n-1; { // blocks without a token of their own
		dst = w.open(w.next(dst))
		dst = w.To(dst, w.m.Usage.Output)
	}
	dst = w.stop(dst)
	dst = append(dst, openEvent+"message_delta"+dataPrefix+`{"type":"message_delta","delta":{`...)
	dst = append(w.m.appendStop(dst), `},"usage":`...)
	dst = w.end(append(w.m.appendDetails(appendCounts(dst, w.m.Usage)), '}'))
	return w.end(append(dst, openEvent+"message_stop"+dataPrefix+`{"type":"message_stop"`...))
}

// Count is how many blocks the message has.
func (w *EventWriter) Count() int { return w.n }

func (w *EventWriter) open(dst []byte) []byte {
	dst = append(dst, openEvent+"content_block_start"+dataPrefix+`{"type":"content_block_start","index":`...)
	dst = append(appendIndex(dst, w.cur), `,"content_block":`...)
	return w.end(w.m.Content.appendOpen(dst, w.blocks[w.cur].kind))
}

func (w *EventWriter) next(dst []byte) []byte {
	dst = w.stop(dst)
	w.cur++
	w.told = false
	return dst
}

func (w *EventWriter) stop(dst []byte) []byte {
	if w.blocks[w.cur].kind == thinkingBlock {
		dst = append(w.startDelta(dst), `{"type":"signature_delta","signature":`...)
		dst = w.end(append(appendString(dst, w.m.Content.Mark), '}'))
	}
	dst = append(dst, openEvent+"content_block_stop"+dataPrefix+`{"type":"content_block_stop","index":`...)
	return w.end(appendIndex(dst, w.cur))
}

func (w *EventWriter) startDelta(dst []byte) []byte {
	dst = append(dst, openEvent+"content_block_delta"+dataPrefix+`{"type":"content_block_delta","index":`...)
	return append(appendIndex(dst, w.cur), `,"delta":`...)
}

// delta tells the tokens from where the stream stands up to a position within
// the current block. The first delta of a call is empty, as recorded.
func (w *EventWriter) delta(dst []byte, b *block, until int64) []byte {
	c, first := &w.m.Content, !w.told
	from := w.at
	w.at, w.told = until, true
	switch b.kind {
	case toolBlock:
		if first {
			dst = w.end(append(w.startDelta(dst), `{"type":"input_json_delta","partial_json":""}`...))
		}
		part := c.slice(b, from, until)
		if len(part) == 0 {
			return dst
		}
		dst = append(w.startDelta(dst), `{"type":"input_json_delta","partial_json":`...)
		return w.end(append(appendString(dst, string(part)), '}'))
	case thinkingBlock:
		dst = append(w.startDelta(dst), `{"type":"thinking_delta","thinking":"`...)
	case textBlock:
		dst = append(w.startDelta(dst), `{"type":"text_delta","text":"`...)
	}
	at := c.Phase + int(from*BytesPerToken%int64(len(filler)))
	return w.end(append(appendWords(dst, at, (until-from)*BytesPerToken), `"}`...))
}

// spaces is the longest padding.
const spaces = "                "

// end closes the outer object of an event, after a run of spaces of random
// length that hides the length of the content (claude-api facts, section 4.2).
func (w *EventWriter) end(dst []byte) []byte {
	if w.bits == 0 {
		w.bits = w.chance.Uint64()
	}
	dst = append(dst, spaces[:w.bits&15]...)
	w.bits >>= 4
	return append(dst, "}"+endEvent...)
}

// AppendErrorEvent appends an error event, which ends a stream after its 200.
func AppendErrorEvent(dst []byte, f *Failure) []byte {
	dst = append(dst, openEvent+"error"+dataPrefix...)
	return append(AppendFailure(dst, f), endEvent...)
}
