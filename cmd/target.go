package cmd

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"time"

	"ratecliff/engine/live"
)

// base checks where traffic would go. Only loopback addresses are let through:
// without a spend cap nothing protects the bill of whoever owns the key.
func (t *traffic) base() (string, error) {
	if !t.outside() {
		return "", nil
	}
	if t.target == targetLive {
		return "", refusedf("--target live is refused: there is no spend cap yet to protect your bill. Use the mock, or a base URL on loopback")
	}
	u, err := url.Parse(t.target)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "", usagef("--target %q: give mock, live, or a base URL such as http://127.0.0.1:8429", t.target)
	}
	if u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", usagef("--target: a base URL has no user, query or fragment")
	}
	if !loopback(u.Hostname()) {
		return "", refusedf("--target %s is not on loopback and is refused: there is no spend cap yet to protect your bill", u.Host)
	}
	return u.String(), nil
}

// defaultPatience is how long a target may take to answer a first question.
const defaultPatience = 10 * time.Second

// reach asks the target something harmless, so that a wrong address shows
// before anything is written or sent.
func reach(ctx context.Context, base string, patience time.Duration) error {
	if base == "" {
		return nil
	}
	if patience <= 0 {
		patience = defaultPatience
	}
	asking, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err := live.Check(asking, live.Target{BaseURL: base}, nil)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return &coded{Interrupted, errors.New("interrupted before anything was sent")}
	case errors.Is(asking.Err(), context.DeadlineExceeded):
		return failed(fmt.Errorf("%w: %s accepts connections and did not answer within %v", live.ErrUnreachable, base, patience))
	}
	return failed(err)
}

// loopback says whether a host is this machine, by its name or address alone.
func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}
