package cmd

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"ratecliff/compare"
	"ratecliff/metrics"
	"ratecliff/report"
)

// autoSeeds is the value of --seeds that has a pilot choose.
const autoSeeds = "auto"

// defaultDetect is the difference that --seeds auto is to see: 1 % of the optimum.
const defaultDetect = 0.01

// seedCount is the value of --seeds: a number, or auto.
type seedCount struct{ t *traffic }

func (c seedCount) String() string {
	switch {
	case c.t == nil || c.t.seeds == 0 && !c.t.auto:
		return ""
	case c.t.auto:
		return autoSeeds
	}
	return strconv.Itoa(c.t.seeds)
}

func (c seedCount) Set(text string) error {
	if c.t.auto = text == autoSeeds; c.t.auto {
		c.t.seeds = metrics.MostSeeds // as many as there may be, until the pilot has chosen
		return nil
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return fmt.Errorf("a whole number, or %s", autoSeeds)
	}
	c.t.seeds = n
	return nil
}

func (seedCount) Type() string { return "number of runs, or auto" }

// settleDetect reads --detect.
func (t *traffic) settleDetect() error {
	t.delta = defaultDetect
	switch {
	case t.auto && t.wall():
		return usagef("--seeds auto needs virtual time: on the wall clock give a number")
	case !t.changed("detect"):
		return nil
	case !t.auto:
		return usagef("--detect goes with --seeds auto: it says which difference the seeds are to show")
	}
	text, percent := strings.CutSuffix(strings.TrimSpace(t.detect), "%")
	v, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if percent {
		v /= 100
	}
	if err != nil || !(v > 0 && v < 1) {
		return usagef("--detect %s: a share above 0 %% and below 100 %%, such as 1%%", t.detect)
	}
	t.delta = v
	return nil
}

// pilot plays ten seeds and has them choose how many it takes. When it is
// interrupted its result is what there is.
func (s *session) pilot(ctx context.Context, g compare.Grid) (*compare.Result, error) {
	g.Seeds, g.OnResult, g.Intervals = metrics.PilotSeeds, nil, false
	r, err := compare.Virtual(ctx, &g)
	if err != nil || r.Interrupted {
		s.seeds = metrics.PilotSeeds
		return r, err
	}
	s.power = report.PowerOf(r.Cells, baseline(s.loaded.scenario), s.delta)
	s.seeds = s.power.Seeds
	s.note("%s", s.power.Text())
	return nil, nil
}
