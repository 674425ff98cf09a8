package fault

import (
	"bytes"
	"encoding/json"
	"strings"

	"ratecliff/load"
)

// overloaded is the unregistered HTTP status of an overloaded service.
const overloaded = 529

// documented lists error types and texts by status (claude-api facts, section 3).
var documented = []struct {
	status        int
	typ, sentence string
}{
	{400, "invalid_request_error", "Invalid request"},
	{401, "authentication_error", "invalid x-api-key"},
	{402, "billing_error", "There is an issue with your billing or payment information"},
	{403, "permission_error", "Your API key does not have permission to use the specified resource"},
	{404, "not_found_error", "The requested resource could not be found."},
	{409, "conflict_error", "The request conflicts with the current state of the resource"},
	{413, "request_too_large", "Request exceeds the maximum size"},
	{429, "rate_limit_error", "Rate limited"},
	{500, "api_error", "Internal server error"},
	{504, "timeout_error", "Request timed out"},
	{overloaded, "overloaded_error", "Overloaded"},
}

// StatusCode is the status of the error, with the default filled in.
func (e *Effect) StatusCode() int {
	if e.Status != 0 {
		return e.Status
	}
	typ := e.ErrorType()
	for _, d := range documented {
		if d.typ == typ {
			return d.status
		}
	}
	return 500
}

// ErrorType is error.type, with the default filled in.
func (e *Effect) ErrorType() string {
	switch {
	case e.Type != "":
		return e.Type
	case e.Kind == StreamError && e.Status == 0:
		return "overloaded_error"
	}
	for _, d := range documented {
		if d.status == e.Status {
			return d.typ
		}
	}
	if e.Status >= 500 {
		return "api_error"
	}
	return "invalid_request_error"
}

// Sentence is error.message, with the default filled in; "" where a refusal's
// text has to name the limit of Dimension.
func (e *Effect) Sentence() string {
	if e.Message != "" {
		return e.Message
	}
	typ := e.ErrorType()
	if typ == "rate_limit_error" && e.Dimension() != load.NoDimension {
		return ""
	}
	for _, d := range documented {
		if d.typ == typ {
			return d.sentence
		}
	}
	return "Internal server error"
}

// Dimension is the limit that a 429 names: by Limit, else by its code.
func (e *Effect) Dimension() (d load.Dimension) {
	if e.Limit != "" && d.UnmarshalText([]byte(e.Limit)) == nil {
		return d
	}
	switch e.ErrorCode {
	case "enforced_spend_limit_reached", "contract_spend_limit_reached":
		return load.Spend
	case "ramp_limit_exceeded":
		return load.Acceleration
	}
	return load.NoDimension
}

func (e *Effect) overload() bool {
	status := e.StatusCode()
	return status == overloaded || status == 500 && e.Sentence() == "Overloaded"
}

// Response is what a client makes of the error: everything but limits and
// usage. inStream says that it came as an event after a 200. The rules are those
// of the wire's decoding; the mock's tests hold the two together.
func (e *Effect) Response(inStream bool) load.Response {
	r := load.Response{Status: e.StatusCode(), ErrorType: e.ErrorType(), ErrorCode: e.ErrorCode}
	message := e.Sentence()
	if inStream {
		r.Status = 200
	} else if e.Body != "" || r.Status == 204 || r.Status == 304 {
		r.ErrorType, r.ErrorCode, message = readBody(e.Body)
	}
	r.Outcome = outcome(r.Status, r.ErrorType, message)
	if r.Outcome == load.Throttled {
		r.Dimension = e.Dimension()
	}
	r.Advice = e.advice(r.Status)
	if r.Status >= 300 {
		r.RetryAfter, r.HasRetryAfter = e.Wait()
		_, dated := e.Date()
		_, ms := e.Milliseconds() // which is read first
		r.DateForm = dated && !ms
	}
	return r
}

// outcome classifies an error: the status decides; after a 200, in a stream, the
// type does.
func outcome(status int, typ, message string) load.Outcome {
	switch {
	case status == 429, status == 200 && typ == "rate_limit_error":
		return load.Throttled
	case status == overloaded, status == 500 && message == "Overloaded", status == 200 && typ == "overloaded_error":
		return load.Overloaded
	}
	return load.Failed
}

// Types of a body that is not the API's, as clients of this project name them.
const (
	bodyEmpty     = "body/empty"
	bodyHTML      = "body/html"
	bodyMalformed = "body/malformed"
)

// envelope is an error as the API words it.
type envelope struct {
	Error *struct {
		Type    string `json:"type"`
		Message string `json:"message"`
		Details struct {
			Code string `json:"error_code"`
		} `json:"details"`
	} `json:"error"`
	Usage *struct{} `json:"usage"`
}

func readBody(body string) (typ, code, message string) {
	text := bytes.TrimSpace([]byte(body))
	var e envelope
	switch {
	case len(text) == 0:
		return bodyEmpty, "", ""
	case json.Unmarshal(text, &e) == nil && e.Error != nil:
		return e.Error.Type, e.Error.Details.Code, e.Error.Message
	case text[0] == '<':
		return bodyHTML, "", ""
	}
	return bodyMalformed, "", ""
}

// shouldRetry is the header of a server's word on retrying.
const shouldRetry = "x-should-retry"

// advice is the x-should-retry among the headers, else that of a 429: recorded
// refusals, bare ones too, carry true.
func (e *Effect) advice(status int) load.Advice {
	for _, h := range e.Headers {
		if !strings.EqualFold(h.Name, shouldRetry) {
			continue
		}
		switch strings.TrimSpace(h.Value) {
		case "true":
			return load.DoRetry
		case "false":
			return load.DoNotRetry
		}
		return load.NoAdvice
	}
	if status == 429 {
		return load.DoRetry
	}
	return load.NoAdvice
}
