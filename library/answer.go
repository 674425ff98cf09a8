package library

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"ratecliff/load"
)

// errNetwork stands for whatever broke before an answer came.
var errNetwork = errors.New("no response")

// errNoEvidence stands for an attempt that says nothing of the service's health.
var errNoEvidence = errors.New("no evidence")

// evidence is what an attempt says of the service: nil that it is well.
func evidence(r *load.Response) error {
	switch r.Outcome {
	case load.OK:
		return nil
	case load.Throttled, load.Overloaded, load.TimedOut:
		return &failure{*r}
	case load.Failed:
		if r.Status < 400 || r.Status >= 500 {
			return &failure{*r}
		}
	}
	return errNoEvidence
}

// refused says whether the strategy's own gate failed the call: no request was
// made, so no library hears of it.
func refused(r *load.Response) bool { return r.Outcome == load.Shed }

// seconds is the value of retry-after as the service writes it: whole seconds,
// rounded up (wire.AppendRetryAfter). The libraries read neither retry-after-ms
// nor fractions. A date is handed on as the seconds it means, since a library
// would compare it with the wall clock.
func seconds(wait time.Duration) int64 {
	n := int64(wait / time.Second)
	if wait > 0 && wait%time.Second != 0 {
		n++
	}
	return n
}

// response is the failed answer as net/http would have given it, without a
// body, or the error in its place.
func response(r *load.Response) (*http.Response, error) {
	if r.Status == 0 {
		return nil, errNetwork
	}
	header := http.Header{}
	if r.HasRetryAfter {
		header.Set("Retry-After", strconv.FormatInt(seconds(r.RetryAfter), 10))
	}
	return &http.Response{
		StatusCode: r.Status, Status: strconv.Itoa(r.Status) + " " + http.StatusText(r.Status),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: header, Body: http.NoBody,
	}, nil
}
