package live

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"ratecliff/internal/wire"
)

// Ways in which a target can turn out unfit before a run.
var (
	ErrUnreachable = errors.New("target cannot be reached")
	ErrNotAPI      = errors.New("target does not speak the Messages API")
)

// Check asks the target a harmless question before a run: a GET of its messages
// path without a key, which costs nothing and which the API answers with an
// error in JSON. It returns nil when the answer looks like that, or an error that
// wraps ErrUnreachable or ErrNotAPI and says what was found instead. A nil
// transport means a new one.
func Check(ctx context.Context, t Target, rt http.RoundTripper) error {
	u, err := t.url()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	if rt == nil {
		own := NewTransport(1)
		defer own.CloseIdleConnections()
		rt = own
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	req.Header["User-Agent"] = []string{userAgent}
	resp, err := rt.RoundTrip(req)
	if err != nil {
		return fmt.Errorf("%w: %s at %s (%w)", ErrUnreachable, reason(networkError(err)), u.Host, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxErrorBody))
	if err != nil {
		return fmt.Errorf("%w: reading from %s: %w", ErrUnreachable, u.Host, err)
	}
	return judge(u.Redacted(), resp, body)
}

// judge says whether an answer to Check is the API's.
func judge(where string, resp *http.Response, body []byte) error {
	if _, ok := wire.DecodeFailure(body); ok {
		return nil
	}
	text := bytes.TrimSpace(body)
	switch {
	case len(text) > 0 && text[0] == '<':
		return fmt.Errorf("%w: %s answers %d with a page of HTML; is the base URL that of an API?", ErrNotAPI, where, resp.StatusCode)
	case len(text) > 0 && text[0] == '{':
		return nil
	case resp.StatusCode == http.StatusMethodNotAllowed:
		return nil
	}
	return fmt.Errorf("%w: %s answers %d without JSON", ErrNotAPI, where, resp.StatusCode)
}

// reason is an error type in words.
func reason(errorType string) string {
	switch errorType {
	case NetworkRefused:
		return "nobody listens"
	case NetworkDNS:
		return "no address is known for the host"
	case NetworkTLS:
		return "TLS cannot be agreed"
	case NetworkTimeout, ClientDeadline, ClientStopped:
		return "no answer in time"
	case NetworkReset, NetworkClosed:
		return "the connection was closed"
	case NetworkProtocol:
		return "the answer is not HTTP"
	}
	return "the network fails"
}
