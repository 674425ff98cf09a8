package cmd

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"ratecliff/metrics"
	"ratecliff/report"
)

// traffic are the flags of every command that runs traffic.
type traffic struct {
	strategies []string
	strategy   string
	seeds      int
	auto       bool // a pilot chooses the seeds
	detect     string
	delta      float64 // the difference to be seen, 0 to 1
	seed       uint64
	clock      string
	target     string
	profile    string
	set        []string
	matrix     []string
	compress   float64
	out        string
	formats    []string
	results    bool
	quiet      bool
	yes        bool

	changed func(name string) bool
}

// Defaults where the clock decides.
const (
	virtualSeeds    = 20
	wallSeeds       = 1
	defaultCompress = 20
)

// The values of --target that are no address.
const (
	targetMock = "mock"
	targetLive = "live"
)

// formats that --format takes, and the file each one writes.
var formatFiles = map[string]string{
	"text": "summary.txt", "json": "summary.json", "csv": "summary.csv",
	"md": "summary.md", "junit": "junit.xml", "html": "report.html",
}

func (t *traffic) bind(c *cobra.Command) {
	f := c.Flags()
	f.StringSliceVar(&t.strategies, "strategies", nil, "strategies to run instead of the scenario's: `names`, lists and globs such as sdk-*")
	f.StringVar(&t.strategy, "strategy", "", "the one strategy to run, by `name`")
	f.Var(seedCount{t}, "seeds", fmt.Sprintf("runs per cell, with seed, seed+1, …: `count`, or auto to have a pilot of %d choose (default %d in virtual time, %d on the wall clock)",
		metrics.PilotSeeds, virtualSeeds, wallSeeds))
	f.StringVar(&t.detect, "detect", "", "with --seeds auto, the `difference` to the baseline that is to be seen, as a share of the optimum (default 1%)")
	f.Uint64Var(&t.seed, "seed", 0, "first seed (default: the scenario's)")
	f.StringVar(&t.clock, "clock", "", "virtual or wall (default: virtual, wall with a target outside)")
	f.StringVar(&t.target, "target", targetMock, "mock, a base `URL` on loopback, or live")
	f.StringVar(&t.profile, "profile", "", "limit profile instead of the scenario's: a `name` or a JSON file")
	f.StringArrayVar(&t.set, "set", nil, "set one value of the scenario: `path=value`, such as server.burst=10 (repeatable)")
	f.StringArrayVar(&t.matrix, "matrix", nil, "sweep a value: `path=v1,v2`, such as server.burst=1,10,50 (repeatable)")
	f.Float64Var(&t.compress, "compress", 0, fmt.Sprintf("divide every duration by `N` on the wall clock against the mock (default %d)", defaultCompress))
	f.StringVar(&t.out, "out", "", "run folder (default ratecliff-out/SCENARIO-TIME)")
	f.StringSliceVar(&t.formats, "format", []string{"text", "json", "html"}, "`formats` to write: text, json, csv, md, junit, html; the first one but html also goes to standard output")
	f.BoolVar(&t.results, "results", false, "keep every result in results.jsonl.zst and the latencies of each second in intervals.hlog (always kept on the wall clock)")
	f.BoolVar(&t.quiet, "quiet", false, "no progress on standard error")
	f.BoolVar(&t.yes, "yes", false, "go ahead without being asked, as with a very large grid")
	t.changed = f.Changed
}

// settle checks the flags against each other and fills in what depends on them.
func (t *traffic) settle() error {
	if err := t.settleClock(); err != nil {
		return err
	}
	if t.seeds == 0 && !t.changed("seeds") {
		t.seeds = virtualSeeds
		if t.wall() {
			t.seeds = wallSeeds
		}
	}
	if err := t.settleDetect(); err != nil {
		return err
	}
	if t.seeds < 1 {
		return usagef("--seeds %d: at least one run per cell is needed", t.seeds)
	}
	if t.strategy != "" && len(t.strategies) > 0 {
		return usagef("--strategy and --strategies say the same thing: give one of them")
	}
	if t.changed("strategy") && t.strategy == "" || t.changed("strategies") && len(t.strategies) == 0 {
		return usagef("no strategy is named: leave the flag out to run the scenario's own, or see 'ratecliff list strategies'")
	}
	return checkFormats(t.formats)
}

func checkFormats(formats []string) error {
	for _, name := range formats {
		if _, ok := formatFiles[name]; !ok {
			return usagef("--format %s: choose from text, json, csv, md, junit, html", name)
		}
	}
	if len(formats) == 0 {
		return usagef("--format needs at least one of text, json, csv, md, junit, html")
	}
	return nil
}

func (t *traffic) settleClock() error {
	if t.clock == "" {
		t.clock = string(report.Virtual)
		if t.outside() {
			t.clock = string(report.Wall)
		}
	}
	switch {
	case t.clock != string(report.Virtual) && t.clock != string(report.Wall):
		return usagef("--clock %s: choose virtual or wall", t.clock)
	case t.outside() && !t.wall():
		return usagef("--clock virtual cannot reach --target %s: virtual time has no network", t.target)
	case t.changed("compress") && (t.outside() || !t.wall()):
		return usagef("--compress works on the wall clock against the mock only: it divides every duration on both sides")
	case t.changed("compress") && !(t.compress >= 1 && t.compress <= 1e4):
		return usagef("--compress %v: a number from 1 to 10,000", t.compress)
	case t.outside() && t.changed("profile"):
		return usagef("--profile describes the mock; --target %s has limits of its own", t.target)
	}
	if t.compress == 0 {
		t.compress = 1
		if t.wall() && !t.outside() {
			t.compress = defaultCompress
		}
	}
	return t.refuseServerChanges()
}

// refuseServerChanges rejects settings of a server that is not ours.
func (t *traffic) refuseServerChanges() error {
	if !t.outside() {
		return nil
	}
	for _, s := range slices.Concat(t.set, t.matrix) {
		if path, _, _ := strings.Cut(s, "="); ofServer(strings.TrimSpace(path)) {
			return usagef("%s: the limits of --target %s cannot be set from here", s, t.target)
		}
	}
	return nil
}

func (t *traffic) outside() bool { return t.target != targetMock }

func (t *traffic) wall() bool { return t.clock == string(report.Wall) }

// chosen is what --strategy and --strategies ask for.
func (t *traffic) chosen() []string {
	if t.strategy != "" {
		return []string{t.strategy}
	}
	return t.strategies
}
