//go:build !linux

package live

import "time"

func newPacer(start time.Time) pacer { return newTimerPacer(start) }
