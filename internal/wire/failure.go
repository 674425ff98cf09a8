package wire

import "strconv"

// Failure is an error as the API words it: an envelope with its HTTP status.
type Failure struct {
	Status    int // HTTP status; 0 in an event of a stream
	Type      string
	Message   string
	Code      string // error.details.error_code, "" when absent
	RequestID string // "" is written as null
}

// Error is the type and the message, such as
// "400 invalid_request_error: max_tokens: Field required".
func (f *Failure) Error() string { return strconv.Itoa(f.Status) + " " + f.Type + ": " + f.Message }

// AppendFailure appends the error envelope. A request that is too large comes
// from the edge of the network and has neither the outer type nor a request id
// (claude-api facts, section 3).
func AppendFailure(dst []byte, f *Failure) []byte {
	if f.Type == RequestTooLarge {
		dst = appendString(append(dst, `{"error":{"type":`...), f.Type)
		dst = appendString(append(dst, `,"message":`...), f.Message)
		return append(dst, "}}"...)
	}
	dst = appendString(append(dst, `{"type":"error","error":{"type":`...), f.Type)
	dst = appendString(append(dst, `,"message":`...), f.Message)
	if f.Code != "" {
		dst = appendString(append(dst, `,"details":{"error_code":`...), f.Code)
		dst = append(dst, '}')
	}
	dst = append(dst, `},"request_id":`...)
	if f.RequestID == "" {
		return append(dst, "null}"...)
	}
	return append(appendString(dst, f.RequestID), '}')
}

// DecodeFailure reads an error envelope, with or without its outer type. The
// status is not in the body and left 0. It is false for anything else, such as
// a page of HTML.
func DecodeFailure(body []byte) (f Failure, ok bool) {
	var e envelope
	if !e.decode(body) || !e.hasError {
		return Failure{}, false
	}
	return Failure{
		Type: intern(e.errType), Message: string(e.errMessage),
		Code: intern(e.errCode), RequestID: intern(e.requestID),
	}, true
}
