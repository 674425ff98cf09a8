package retry

import "ratecliff/load"

// kindSet is a set of failure kinds, one bit each.
type kindSet uint16

const (
	throttledBit kindSet = 1 << iota
	overloadedBit
	serverErrorBit
	clientErrorBit
	timeoutBit
	networkBit
	streamBit
	refusedBit

	anyBits     = throttledBit | overloadedBit | serverErrorBit | clientErrorBit | timeoutBit | networkBit | streamBit
	defaultBits = throttledBit | overloadedBit | serverErrorBit | timeoutBit | networkBit
)

func (k kindSet) has(bit kindSet) bool { return k&bit != 0 }

// kindsOf is the set a configuration names; nil is the default set.
func kindsOf(on []Failure) kindSet {
	if on == nil {
		return defaultBits
	}
	var k kindSet
	for _, f := range on {
		k |= bitOf(f)
	}
	return k
}

func bitOf(f Failure) kindSet {
	switch f {
	case Throttled:
		return throttledBit
	case Overloaded:
		return overloadedBit
	case ServerError:
		return serverErrorBit
	case ClientError:
		return clientErrorBit
	case Timeout:
		return timeoutBit
	case Network:
		return networkBit
	case Stream:
		return streamBit
	case Refused:
		return refusedBit
	case Any:
		return anyBits
	}
	return 0
}

// kindOf is the one kind a failed response is of.
func kindOf(r *load.Response) kindSet {
	switch r.Outcome {
	case load.Throttled:
		return throttledBit
	case load.Overloaded:
		return overloadedBit
	case load.TimedOut:
		return timeoutBit
	case load.Shed:
		return refusedBit
	}
	switch {
	case r.Status == 0:
		return networkBit
	case r.Status >= 500:
		return serverErrorBit
	case r.Status >= 400:
		return clientErrorBit
	}
	return streamBit
}
