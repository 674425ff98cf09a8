package scenario

import (
	"fmt"
	"time"

	"ratecliff/load"
	"ratecliff/mockserver/model"
)

// burstFits refuses a burst of which a part can never be admitted, however well
// it is spread: in a time t a bucket admits at most what it holds and rate·t.
// Keys with buckets of their own and fallback models have more than one bucket,
// and are not judged.
func (c *checker) burstFits(s *Scenario, class *Class, pool *model.PoolLimits) {
	a := &class.Arrivals
	if a.Kind != load.Burst || pool.RPM == 0 || s.Server.KeysShareBucket != nil && !*s.Server.KeysShareBucket {
		return
	}
	for i := range s.Strategies {
		if len(s.Strategies[i].Route.Fallback.Models) > 0 {
			return
		}
	}
	end := s.Duration + s.Drain
	most := float64(pool.Burst.Requests) + float64(pool.RPM)*(end-a.At).Minutes()
	if float64(a.N) <= most {
		return
	}
	c.add("classes."+class.Name+".arrivals.n", fmt.Sprintf(
		"is %d at once, but until the run ends after %v (duration and drain) the server admits at most %.0f: the rest could never be admitted",
		a.N, end.Round(time.Millisecond), most), "lower n, lengthen drain, or say  oversize: true  for the class")
}
