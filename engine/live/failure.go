package live

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"syscall"

	"ratecliff/internal/wire"
	"ratecliff/load"
)

// Error types of attempts that the service did not answer, used as
// load.Response.ErrorType. No type of the API contains a slash.
const (
	NetworkRefused  = "network/refused"         // nobody listens
	NetworkReset    = "network/reset"           // the connection broke
	NetworkClosed   = "network/closed"          // the connection ended before the answer did
	NetworkDNS      = "network/dns"             // the host's name has no address
	NetworkTLS      = "network/tls"             // no trust, or no TLS at all
	NetworkTimeout  = "network/timeout"         // the network gave up
	NetworkHeaders  = "network/header_timeout"  // no response headers in time
	NetworkIdle     = "network/idle_timeout"    // a body stood still
	NetworkProtocol = "network/malformed"       // the answer is not HTTP
	NetworkOther    = "network/other"           // anything else
	ClientDeadline  = "client/deadline"         // the arrival's deadline passed
	ClientStopped   = "client/stopped"          // cancelled when the grace was over
	ClientCancelled = "client/cancelled"        // another copy of the call had succeeded
	ClientBacklog   = "client/backlog_full"     // never sent: too many were held back
	ClientExpired   = "client/backlog_deadline" // never sent: the deadline passed while held back
)

// fail settles the outcome of an attempt that ended in an error.
func (x *exchange) fail(a *load.Attempt, err error) {
	r := &a.Response
	if cause := context.Cause(x.watch.ctx); cause != nil {
		err = cause
	}
	r.Outcome, r.ErrorType = load.Failed, networkError(err)
	switch r.ErrorType {
	case NetworkTimeout, NetworkHeaders, NetworkIdle, ClientDeadline:
		r.Outcome = load.TimedOut
	case ClientStopped:
		r.Outcome = load.Unfinished
	case ClientCancelled:
		r.Outcome = load.Cancelled
	}
}

// networkError names what went wrong.
func networkError(err error) string {
	switch {
	case errors.Is(err, errDeadline):
		return ClientDeadline
	case errors.Is(err, errHeader):
		return NetworkHeaders
	case errors.Is(err, errIdle):
		return NetworkIdle
	case errors.Is(err, errCancelled):
		return ClientCancelled
	case errors.Is(err, errStopped), errors.Is(err, context.Canceled):
		return ClientStopped
	case errors.Is(err, wire.ErrEventTooLarge):
		return wire.BrokenEvent
	case errors.Is(err, syscall.ECONNREFUSED):
		return NetworkRefused
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, net.ErrClosed):
		return NetworkReset
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return NetworkClosed
	}
	return networkErrorByType(err)
}

func networkErrorByType(err error) string {
	var dns *net.DNSError
	var record tls.RecordHeaderError
	var alert tls.AlertError
	var cert *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	var timeout net.Error
	switch {
	case errors.As(err, &dns):
		return NetworkDNS
	case errors.As(err, &record), errors.As(err, &alert), errors.As(err, &cert), errors.As(err, &authority), errors.As(err, &host):
		return NetworkTLS
	case errors.As(err, &timeout) && timeout.Timeout():
		return NetworkTimeout
	case isMalformed(err):
		return NetworkProtocol
	}
	return NetworkOther
}
