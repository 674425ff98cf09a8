package wire

import "ratecliff/load"

// EventKind is what an event of a message stream means to a client.
type EventKind uint8

// Event kinds. Unknown events are Other: the API promises to add more.
const (
	OtherEvent   EventKind = iota
	StartEvent             // message_start
	ContentEvent           // content_block_delta: the first one is the first token
	DeltaEvent             // message_delta: usage so far
	PingEvent              // ping: alive, not progress
	StopEvent              // message_stop: complete
	ErrorEvent             // error after a 200
)

// Stream follows the events of one streamed message. The zero value is ready.
type Stream struct {
	Pings    int // pings seen
	Contents int // content deltas seen
	usage    load.Tokens
	stopped  bool
	failed   bool
	broken   bool
	failure  load.Response
}

// Observe takes in one event. Counts of a later event replace those of an
// earlier one, kind by kind: they are cumulative, and message_start carries
// only a placeholder for the output.
func (s *Stream) Observe(ev Event) EventKind {
	var e envelope
	decoded := false
	name := ev.Name
	if string(name) == "message" { // a proxy dropped the names
		decoded = e.decode(ev.Data)
		name = e.kind
	}
	kind := kindOf(name)
	switch kind {
	case ContentEvent:
		s.Contents++
		return kind
	case PingEvent:
		s.Pings++
		return kind
	case StopEvent:
		s.stopped = true
		return kind
	case OtherEvent:
		return kind
	case StartEvent, DeltaEvent, ErrorEvent: // read below
	}
	if !decoded && !e.decode(ev.Data) {
		s.broken = true
		return kind
	}
	if kind == ErrorEvent {
		s.fail(&e)
	} else {
		e.usage.onto(&s.usage)
	}
	return kind
}

func (s *Stream) fail(e *envelope) {
	if s.failed {
		return
	}
	s.failed = true
	s.failure.Status = 200
	failed(&s.failure, e)
	if !e.hasError {
		s.failure.ErrorType = BrokenEvent
	}
}

func kindOf(name []byte) EventKind {
	switch string(name) {
	case "message_start":
		return StartEvent
	case "content_block_delta":
		return ContentEvent
	case "message_delta":
		return DeltaEvent
	case "ping":
		return PingEvent
	case "message_stop":
		return StopEvent
	case "error":
		return ErrorEvent
	}
	return OtherEvent
}

// Complete reports whether message_stop or an error has come: nothing that
// follows changes the outcome.
func (s *Stream) Complete() bool { return s.stopped || s.failed }

// Usage is what the stream has billed so far.
func (s *Stream) Usage() load.Tokens { return s.usage }

// Finish settles the outcome of r, whose headers were read, once the stream has
// ended for whatever reason. A stream that ends without message_stop is Failed.
func (s *Stream) Finish(r *load.Response) {
	r.Usage = s.usage
	switch {
	case s.failed:
		r.Outcome, r.ErrorType = s.failure.Outcome, s.failure.ErrorType
		r.ErrorCode, r.Dimension = s.failure.ErrorCode, s.failure.Dimension
	case s.broken:
		r.Outcome, r.ErrorType = load.Failed, BrokenEvent
	case !s.stopped:
		r.Outcome, r.ErrorType = load.Failed, BrokenTruncated
	default:
		r.Outcome = load.OK
	}
}
