package report

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Band is where an outage decides, for one strategy: between the load from which
// it recovers and the one that it survives while nothing strikes, it is
// metastable. Sources: Bronson and others, Metastable Failures in Distributed
// Systems (HotOS 2021); Huang and others, Metastable Failures in the Wild (OSDI
// 2022).
type Band struct {
	Strategy string   `json:"strategy"`           // with what it sets itself
	Settings Settings `json:"settings,omitempty"` // of server and traffic, load and outage left out
	Path     string   `json:"path"`               // of the load that was swept
	Loads    int      `json:"loads"`              // how many
	Recovers string   `json:"recovers,omitempty"` // the highest load up to which it recovers, as written; empty for none
	Survives string   `json:"survives,omitempty"` // the highest load up to which it keeps up without an outage; empty for none
	Sustains *Metric  `json:"sustains,omitempty"` // attempts per arrival while it is down, at the lowest load of the band; nil without a band
	Sentence string   `json:"sentence"`
}

// Metastable says whether there is a band at all.
func (b *Band) Metastable() bool { return b.Sustains != nil }

// keepsUp is from which share of successes among the arrivals on a strategy is
// said to keep up: 1 but for chance at the edges of a minute.
const keepsUp = 0.9

// Bands judges every strategy over the loads of a sweep: a path that ends in
// arrivals.rate, arrivals.mean or arrivals.users. It recovers from a load if the
// median run recovered from its outages, and survives it if the median run kept up
// ([keeps_up_ratio]): before the outage or, where a path under server.faults has
// a value without one, in that cell. Without an outage that was judged, or with a
// single load, there are none.
//
// [keeps_up_ratio]: https://pkg.go.dev/ratecliff/metrics
func Bands(cells []Cell) []Band {
	var order []string
	sweeps := map[string]*sweep{}
	for i := range cells {
		c := &cells[i]
		at := slices.IndexFunc(c.Settings, func(s Setting) bool { return ofLoad(s.Path) })
		if at < 0 {
			continue
		}
		load, ok := rate(c.Settings[at].Value)
		if !ok {
			continue
		}
		world := slices.DeleteFunc(slices.Clone(c.Settings.World()), func(s Setting) bool {
			return s.Path == c.Settings[at].Path || strings.HasPrefix(s.Path, "server.faults")
		})
		key := c.Entrant() + "\x00" + world.String()
		if sweeps[key] == nil {
			order = append(order, key)
			sweeps[key] = &sweep{band: Band{Strategy: c.Entrant(), Settings: world, Path: c.Settings[at].Path}}
		}
		sweeps[key].add(load, c.Settings[at].Value, c)
	}
	var out []Band
	for _, key := range order {
		if b, ok := sweeps[key].judge(); ok {
			out = append(out, b)
		}
	}
	return out
}

// ofLoad says whether a path of the matrix sets how much is offered.
func ofLoad(path string) bool {
	if !strings.HasPrefix(path, "classes.") {
		return false
	}
	for _, name := range []string{".arrivals.rate", ".arrivals.mean", ".arrivals.users"} {
		if strings.HasSuffix(path, name) {
			return true
		}
	}
	return false
}

// rate is a load as scenario files write it, per second; a bare number is as it
// is.
func rate(text string) (float64, bool) {
	number, unit, _ := strings.Cut(strings.ReplaceAll(text, "_", ""), "/")
	v, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	per, known := map[string]float64{"": 1, "s": 1, "min": 60, "h": 3600, "d": 86400}[strings.TrimSpace(unit)]
	return v / max(per, 1), err == nil && known
}

// sweep is one strategy over the loads.
type sweep struct {
	band  Band
	steps []step
}

// step is one load, with an outage and, where it was played, without.
type step struct {
	load          float64
	text          string
	struck, spare *Cell
}

func (w *sweep) add(load float64, text string, c *Cell) {
	at := slices.IndexFunc(w.steps, func(s step) bool { return s.load == load })
	if at < 0 {
		at = len(w.steps)
		w.steps = append(w.steps, step{load: load, text: text})
	}
	if strings.Contains(c.Metric("recovered_ratio").Withheld, "no outage") {
		w.steps[at].spare = c
	} else if w.steps[at].struck == nil {
		w.steps[at].struck = c
	}
}

// judge finds the edges of the band; false when there is nothing to judge.
func (w *sweep) judge() (Band, bool) {
	b := w.band
	w.steps = slices.DeleteFunc(w.steps, func(s step) bool { return s.struck == nil })
	slices.SortFunc(w.steps, func(x, y step) int { return cmp.Compare(x.load, y.load) })
	survived, recovered, judged := 0, 0, false
	for i := range w.steps {
		judged = judged || w.steps[i].struck.Metric("recovered_ratio").Known()
		if survived == i && w.steps[i].survives() {
			survived++
			if recovered == i && w.steps[i].recovers() {
				recovered++
			}
		}
	}
	if b.Loads = len(w.steps); b.Loads < 2 || !judged {
		return Band{}, false
	}
	if recovered > 0 {
		b.Recovers = w.steps[recovered-1].text
	}
	if survived > 0 {
		b.Survives = w.steps[survived-1].text
	}
	if recovered < survived {
		m := w.steps[recovered].struck.Metric("recovery_amplification")
		b.Sustains = &m
	}
	b.Sentence = b.sentence()
	return b, true
}

func (s *step) survives() bool {
	c := s.struck
	if s.spare != nil {
		c = s.spare
	}
	m := c.Metric("keeps_up_ratio")
	return m.Known() && m.Value >= keepsUp
}

func (s *step) recovers() bool {
	m := s.struck.Metric("recovered_ratio")
	return m.Known() && m.Value >= 1
}

// sentence is the finding in words.
func (b *Band) sentence() string {
	switch {
	case b.Survives == "":
		return b.Strategy + " keeps up at none of the loads."
	case !b.Metastable():
		return b.Strategy + " comes back from the outage at every load that it keeps up with, up to " + b.Survives + "."
	}
	text := fmt.Sprintf("%s keeps up with %s until the outage and never comes back", b.Strategy, b.Survives)
	if b.Recovers != "" {
		text += "; it does from " + b.Recovers
	}
	if b.Sustains.Known() {
		text += ". While it is down, " + Format("recovery_amplification", b.Sustains.Value) + " attempts go out per arrival"
	}
	return text + "."
}
