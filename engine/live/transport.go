package live

import (
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Buffer sizes of a connection. A request with a small body fits into one
// write, the headers of a response into one read; larger ones pass through.
const (
	writeBuffer = 2 << 10
	readBuffer  = 4 << 10
)

// NewTransport returns a transport for so many attempts at once: it keeps as
// many idle connections, so that a steady load never opens one twice; it does
// not ask for compression, so that first bytes and sizes are those of the wire;
// it speaks HTTP/1.1, as the service's official Python and TypeScript clients
// do by default. Waiting is bounded by each attempt's context, not here. It takes
// proxies from the environment as every Go client does.
func NewTransport(maxInFlight int) *http.Transport {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	dialer := &net.Dialer{Timeout: 30 * time.Second, KeepAlive: 30 * time.Second}
	return &http.Transport{
		Proxy: http.ProxyFromEnvironment, DialContext: dialer.DialContext,
		MaxIdleConnsPerHost: maxInFlight, IdleConnTimeout: 90 * time.Second,
		TLSHandshakeTimeout: 10 * time.Second, DisableCompression: true,
		WriteBufferSize: writeBuffer, ReadBufferSize: readBuffer, Protocols: protocols,
		MaxResponseHeaderBytes: maxErrorBody,
	}
}

// fixedProxy asks the environment once which proxy the target takes, instead of
// before every request.
func fixedProxy(t *Target) func(*http.Request) (*url.URL, error) {
	u, err := t.url()
	if err != nil {
		return http.ProxyFromEnvironment
	}
	proxy, err := http.ProxyFromEnvironment(&http.Request{URL: u})
	if proxy == nil && err == nil {
		return nil
	}
	return func(*http.Request) (*url.URL, error) { return proxy, err }
}

// isMalformed recognises the transport's complaints about an answer that is not
// HTTP; net/http has no exported type for most of them.
func isMalformed(err error) bool {
	text := err.Error()
	return strings.Contains(text, "malformed") || strings.Contains(text, "net/http: HTTP/1.x transport connection broken") ||
		strings.Contains(text, "exceeded") && strings.Contains(text, "bytes")
}
