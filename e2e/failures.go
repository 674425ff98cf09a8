package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"ratecliff/e2e/client"
)

// classes are the names that clients give to errors, by status; a status that is
// not there has the name under 0.
var classes = map[string]map[int]string{
	goV1: {0: "*anthropic.Error"},
	goV2: {0: "*anthropic.Error"},
	typescript: {
		0: "APIError", 400: "BadRequestError", 401: "AuthenticationError", 402: "PaymentRequiredError", 403: "PermissionDeniedError",
		404: "NotFoundError", 408: "RequestTimeoutError", 409: "ConflictError", 413: "ContentTooLargeError", 429: "RateLimitError",
		500: "InternalServerError", 504: "GatewayTimeoutError", 529: "OverloadedError",
	},
	vercel: {0: "AI_APICallError"},
	langchain: {
		0: "APIError", 400: "BadRequestError", 401: "AuthenticationError", 403: "PermissionDeniedError", 404: "NotFoundError",
		409: "ConflictError", 429: "RateLimitError", 500: "InternalServerError", 504: "InternalServerError", 529: "InternalServerError",
	},
}

// mapped judges how a client shows an error: its class, its status, its type,
// its message and the id of its request.
func mapped(name string, status int, kind string, a client.Answer) error {
	if a.Error == nil {
		return errors.New("no error")
	}
	class, ok := classes[name][status]
	if !ok {
		class = classes[name][0]
	}
	var w want
	e := a.Error
	w.that(e.Class == class, "class %s, want %s", e.Class, class)
	w.that(e.Status == status, "status %d, want %d", e.Status, status)
	// The 413 lacks the outer type, without which this provider sees no error of the API.
	w.that(e.Type == kind || name == vercel && status == 413 && e.Type == "", "type %q, want %q", e.Type, kind)
	w.that(e.Message != "", "no message")
	w.that(status == 413 || strings.HasPrefix(e.RequestID, "req_"), "request id %q", e.RequestID)
	if w.err() != nil {
		return fmt.Errorf("%w in %+v", w.err(), *e)
	}
	return nil
}

// mistakes are the checks of errors that a request itself causes.
func mistakes(clients []client.Client, m *mock) []check {
	never := 0
	fails := func(some []client.Client, name string, status int, kind, words string, spoil func(*client.Call)) []check {
		return each(some, m, name, func(ctx context.Context, c client.Client, call client.Call) error {
			call.Op, call.Retries = "message", &never
			spoil(&call)
			a := c.Do(ctx, call)
			if err := mapped(c.Name(), status, kind, a); err != nil {
				return err
			}
			var w want
			w.that(strings.Contains(a.Error.Message, words) || a.Error.Type == "", "message %q, want %q in it", a.Error.Message, words)
			return w.err()
		})
	}
	var out []check
	// The frameworks check this one themselves.
	out = append(out, fails(supporting(clients, "count"), "400 for a negative max_tokens", 400, "invalid_request_error", "max_tokens: ", func(call *client.Call) { call.MaxTokens = -1 })...)
	out = append(out, fails(clients, "401 for an admin key", 401, "authentication_error", "invalid x-api-key", func(call *client.Call) { call.Key = "sk-ant-admin01-none" })...)
	out = append(out, fails(clients, "404 for an unknown model", 404, "not_found_error", "model: claude-never-9", func(call *client.Call) { call.Model = "claude-never-9" })...)
	out = append(out, fails(clients, "413 for 33 MB", 413, "request_too_large", "Request exceeds the maximum size", func(call *client.Call) { call.PromptBytes = 33 << 20 })...)
	return out
}
