package load

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Rate is a number of events per second. The zero value is no events at all.
type Rate float64

// perSecond is the length of a rate's unit in seconds, 0 for an unknown one.
func perSecond(unit string) float64 {
	switch unit {
	case "s", "sec", "second":
		return 1
	case "min", "minute":
		return 60
	case "h", "hour":
		return 3600
	case "d", "day":
		return 86400
	}
	return 0
}

// UnmarshalText reads "40/s", "48/min", "100/h" or "2000/d"; a bare number is
// per second. Spaces around number and unit are ignored. It does not judge the
// number beyond its syntax: zero, negative and infinite rates are left to
// validation.
func (r *Rate) UnmarshalText(text []byte) error {
	number, unit, slash := strings.Cut(string(text), "/")
	per := 1.0
	if slash {
		if per = perSecond(strings.TrimSpace(unit)); per == 0 {
			return fmt.Errorf("rate %q: the unit after / must be s, min, h or d", text)
		}
	}
	v, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if err != nil {
		return fmt.Errorf("rate %q: want a number and a unit, such as 40/s or 48/min", text)
	}
	*r = Rate(v / per)
	return nil
}

// MarshalText writes the rate per second, such as "0.8/s", so that reading it
// gives the same value again.
func (r Rate) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// String is the rate per second, such as "0.8/s".
func (r Rate) String() string {
	return strconv.FormatFloat(float64(r), 'g', -1, 64) + "/s"
}

// Per is the mean number of events in d.
func (r Rate) Per(d time.Duration) float64 { return float64(r) * d.Seconds() }
