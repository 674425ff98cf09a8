package live

import (
	"errors"
	"io"
	"net/http"
	"syscall"
	"testing"

	"github.com/jarcoal/httpmock"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		base  string
		reply httpmock.Responder
		want  error
	}{
		{"the API", "http://service.test", reply(405, "application/json", `{"type":"error","error":{"type":"invalid_request_error","message":"Method Not Allowed"}}`), nil},
		{"without a key", "http://service.test", reply(401, "application/json", `{"type":"error","error":{"type":"authentication_error","message":"x-api-key header is required"}}`), nil},
		{"a gateway", "http://service.test", reply(404, "application/json", `{"detail":"Not Found"}`), nil},
		{"HTML", "http://service.test", reply(200, "text/html", "\n<!doctype html>"), ErrNotAPI},
		{"plain text", "http://service.test", reply(200, "text/plain", "hello"), ErrNotAPI},
		{"refused", "http://service.test", broken(syscall.ECONNREFUSED), ErrUnreachable},
		{"closed", "http://service.test", broken(io.EOF), ErrUnreachable},
		{"no URL", "service.test", nil, ErrUnreachable},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			mock := httpmock.NewMockTransport()
			if tt.reply != nil {
				mock.RegisterResponder(http.MethodGet, messagesURL, tt.reply)
			}
			err := Check(t.Context(), Target{BaseURL: tt.base}, mock)
			if !errors.Is(err, tt.want) || (err == nil) != (tt.want == nil) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}
