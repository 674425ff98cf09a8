package load

import (
	"fmt"
	"slices"
	"time"
)

// Dimension names one kind of limit. The zero value is no limit at all.
type Dimension uint8

// The dimensions a server can refuse in.
const (
	NoDimension  Dimension = iota
	RPM                    // requests per minute
	ITPM                   // input tokens per minute
	OTPM                   // output tokens per minute
	Concurrency            // requests in flight
	Acceleration           // growth of usage
	Spend                  // money per month
	DimensionCount
)

var dimensionNames = [DimensionCount]string{"none", "rpm", "itpm", "otpm", "concurrency", "acceleration", "spend"}

// String is the dimension's name in files and reports, such as "itpm".
func (d Dimension) String() string {
	if d >= DimensionCount {
		return "unknown"
	}
	return dimensionNames[d]
}

// MarshalText writes the name of the dimension.
func (d Dimension) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads the name of a dimension.
func (d *Dimension) UnmarshalText(text []byte) error {
	i := slices.Index(dimensionNames[:], string(text))
	if i < 0 {
		return fmt.Errorf("unknown dimension %q", text)
	}
	*d = Dimension(i)
	return nil
}

// LimitStatus is what a server says about one limit: right or wrong, rounded as
// the server rounds. The zero value says nothing (Known is false).
type LimitStatus struct {
	Known     bool
	Limit     int64         // per minute
	Remaining int64         // units left now
	Reset     time.Duration // instant since run start at which the bucket is full again; may lie in the past
}

// LimitStatuses holds the per-minute limits one response spoke of, indexed by
// RPM, ITPM and OTPM (use [LimitStatuses.At]).
type LimitStatuses [3]LimitStatus

// At is the status of dimension d, which must be RPM, ITPM or OTPM.
func (s *LimitStatuses) At(d Dimension) *LimitStatus { return &s[d-RPM] }
