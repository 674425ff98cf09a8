package load

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Rate is a number of events per second. The zero value is no events at all.
type Rate float64

var rateUnits = map[string]float64{
	"s": 1, "sec": 1, "second": 1,
	"min": 60, "minute": 60,
	"h": 3600, "hour": 3600,
	"d": 86400, "day": 86400,
}

// UnmarshalText reads "40/s", "48/min", "100/h" or "2000/d"; a bare number is
// per second. Spaces around number and unit are ignored. It does not judge the
// number beyond its syntax: zero, negative and infinite rates are left to
// validation.
func (r *Rate) UnmarshalText(text []byte) error {
	number, unit, slash := strings.Cut(string(text), "/")
	per := 1.0
	if slash {
		var known bool
		if per, known = rateUnits[strings.TrimSpace(unit)]; !known {
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

func (r Rate) finite() bool { return !math.IsNaN(float64(r)) && !math.IsInf(float64(r), 0) }
