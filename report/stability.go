package report

import (
	"fmt"
	"slices"
	"strings"

	"ratecliff/metrics"
)

// Stability says whether strategies keep their order over the settings of server
// and traffic, which nobody knows beforehand. What a client sets itself, the paths
// under strategies, makes entrants of its own instead.
type Stability struct {
	Settings    int       `json:"settings"` // of server and traffic
	Kendall     float64   `json:"kendall"`  // Kendall's W: 0 is no agreement on the order, 1 the same everywhere
	P           float64   `json:"p"`        // chance of so much agreement if the order meant nothing (Friedman, Iman–Davenport)
	Critical    float64   `json:"critical_difference"`
	Pairs       int       `json:"pairs"`   // of entrants
	Swapped     int       `json:"swapped"` // pairs of which either is ahead of the other in some setting, by more than chance
	Entrants    []Entrant `json:"entrants"`
	Sentence    string    `json:"sentence"`
	Explanation string    `json:"explanation"`
}

// Entrant is a strategy, with what it sets itself, over all settings.
type Entrant struct {
	Name     string   `json:"name"`
	MeanRank float64  `json:"mean_rank"`
	Best     int      `json:"best"` // place; 1 is first
	Worst    int      `json:"worst"`
	First    int      `json:"first"`    // settings in which it is first or shares the first place
	Level    bool     `json:"level"`    // its mean rank cannot be told from the best one
	At       Settings `json:"worst_at"` // the setting in which it does worst
	Success  Metric   `json:"success"`  // there
	Attempts Metric   `json:"attempts"` // per success, there

	places []int // by setting
}

// stability judges the order over at least two settings and two entrants, else
// it is nil. Entrants that an interruption left out of a setting do not count.
func stability(cells []Cell) *Stability {
	all := blocks(cells)
	entrants, rows := ranked(all)
	c, err := metrics.Friedman(rows)
	if err != nil {
		return nil
	}
	s := &Stability{Settings: c.Settings, Kendall: round(c.Kendall), P: round(c.P), Critical: round(c.Critical)}
	for j := range entrants {
		entrants[j].MeanRank = round(c.MeanRanks[j])
		entrants[j].summarise(all)
	}
	for i := range entrants {
		for j := range i {
			s.Pairs++
			if swaps(&entrants[i], &entrants[j]) {
				s.Swapped++
			}
		}
	}
	slices.SortStableFunc(entrants, func(a, b Entrant) int {
		switch {
		case a.MeanRank < b.MeanRank:
			return -1
		case a.MeanRank > b.MeanRank:
			return 1
		}
		return strings.Compare(a.Name, b.Name)
	})
	for i := range entrants {
		entrants[i].Level = entrants[i].MeanRank-entrants[0].MeanRank < c.Critical
	}
	s.Entrants = entrants
	s.Sentence, s.Explanation = s.verdict(all), s.explain()
	return s
}

// ranked places every entrant in every block; rows are their ranks.
func ranked(all []block) (entrants []Entrant, rows [][]float64) {
	if len(all) < 2 {
		return nil, nil
	}
	met := map[string]int{}
	for _, b := range all {
		for _, c := range b.cells {
			met[c.Entrant()]++
		}
	}
	at := map[string]int{}
	for _, c := range all[0].cells {
		if name := c.Entrant(); met[name] == len(all) {
			at[name] = len(entrants)
			entrants = append(entrants, Entrant{Name: name, places: make([]int, len(all))})
		}
	}
	for i, b := range all {
		present := slices.DeleteFunc(slices.Clone(b.cells), func(c *Cell) bool { _, ok := at[c.Entrant()]; return !ok })
		places := make([]int, len(entrants))
		for j, place := range placesAmong(present, len(present) == len(b.cells)) {
			e := at[present[j].Entrant()]
			places[e] = place
			entrants[e].places[i] = place
		}
		rows = append(rows, metrics.MidRanks(places))
	}
	return entrants, rows
}

// placesAmong are the places of some cells of a block, which they hold already
// when they are all of it.
func placesAmong(cells []*Cell, all bool) []int {
	if !all {
		return placesOf(cells)
	}
	out := make([]int, len(cells))
	for i, c := range cells {
		out[i] = c.Rank
	}
	return out
}

// summarise finds the best and the worst place and the setting of the worst: the
// one with the lowest success, then the most attempts, then the longest wait.
func (e *Entrant) summarise(all []block) {
	e.Best, e.Worst = slices.Min(e.places), slices.Max(e.places)
	var worst *Cell
	for i, b := range all {
		if e.places[i] == 1 {
			e.First++
		}
		for _, c := range b.cells {
			if c.Entrant() == e.Name && (worst == nil || ahead(worst, c)) {
				worst, e.At = c, b.world
			}
		}
	}
	e.Success, e.Attempts = worst.Metric("success_ratio"), worst.Metric("attempts_per_success")
}

func swaps(a, b *Entrant) bool {
	won, lost := false, false
	for i := range a.places {
		won = won || a.places[i] < b.places[i]
		lost = lost || a.places[i] > b.places[i]
	}
	return won && lost
}

// verdict is the finding in one sentence.
func (s *Stability) verdict(all []block) string {
	top := &s.Entrants[0]
	switch {
	case s.level():
		return fmt.Sprintf("There is no ranking: in each of the %d settings all %d strategies share the first place.", s.Settings, len(s.Entrants))
	case s.Swapped == 0:
		return fmt.Sprintf("The ranking is stable: no two of the %d strategies swap places in any of the %d settings.", len(s.Entrants), s.Settings)
	case top.First == s.Settings:
		return fmt.Sprintf("The first place is stable, the rest is not: %s is first or shares it in each of the %d settings, and below it %d of %d pairs swap places.",
			top.Name, s.Settings, s.Swapped, s.Pairs)
	}
	behind, leaders := []int{}, map[string]int{}
	for i := range all {
		if top.places[i] == 1 {
			continue
		}
		behind = append(behind, i)
		for j := range s.Entrants {
			if s.Entrants[j].places[i] == 1 {
				leaders[s.Entrants[j].Name]++
			}
		}
	}
	most := ""
	for _, e := range s.Entrants {
		if most == "" || leaders[e.Name] > leaders[most] {
			most = e.Name
		}
	}
	return fmt.Sprintf("The ranking flips: %s has the best mean rank, but is not first in %d of %d settings%s; %s is most often first there.",
		top.Name, len(behind), s.Settings, where(all, behind), most)
}

// level reports whether nobody is told from anybody in any setting.
func (s *Stability) level() bool {
	return !slices.ContainsFunc(s.Entrants, func(e Entrant) bool { return e.Worst > 1 })
}

// where says what the chosen blocks have in common and others have not: all of
// their values of a path, when these are fewer than the path has.
func where(all []block, chosen []int) string {
	var parts []string
	for k, set := range all[0].world {
		var here, every []string
		for i, b := range all {
			v := b.world[k].Value
			if !slices.Contains(every, v) {
				every = append(every, v)
			}
			if slices.Contains(chosen, i) && !slices.Contains(here, v) {
				here = append(here, v)
			}
		}
		if len(here) < len(every) {
			parts = append(parts, set.Path+"="+strings.Join(here, " or "))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return ", all with " + strings.Join(parts, " and ")
}

// explain says how far mean ranks can be trusted.
func (s *Stability) explain() string {
	level := 0
	for _, e := range s.Entrants {
		if e.Level {
			level++
		}
	}
	text := fmt.Sprintf("Agreement between settings: Kendall's W %s", digits(s.Kendall))
	switch {
	case s.P > 0.05:
		return text + ", no more than chance (Friedman), so mean ranks say nothing."
	case s.P < 0.001:
		text += ", p < 0.001 (Friedman)."
	default:
		text += ", p = " + digits(s.P) + " (Friedman)."
	}
	text += " Mean ranks less than " + digits(s.Critical) + " apart cannot be told apart (Nemenyi, 5 %)"
	if level > 1 {
		text += fmt.Sprintf(": %d strategies share the top.", level)
	} else {
		text += "."
	}
	return text
}
