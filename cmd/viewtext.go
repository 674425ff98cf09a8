package cmd

import (
	"fmt"
	"strings"
	"time"

	"ratecliff/compare"
	"ratecliff/load"
)

// cut shortens a line to one column less than a terminal has, which then never
// wraps it.
func cut(line string, columns int) string {
	if columns <= 1 {
		columns = 80
	}
	if runes := []rune(line); len(runes) >= columns {
		return string(runes[:columns-2]) + "…"
	}
	return line
}

// rows is a table of the runs under way. Names stand last: they are what can
// be cut.
func rows(running []compare.Status) []string {
	out := []string{fmt.Sprintf("%6s %7s %6s %7s %6s %7s %6s  %s", "at", "arrived", "ok", "refused", "flying", "waiting", "asleep", "run")}
	for i := range running {
		s := &running[i]
		out = append(out, fmt.Sprintf("%6v %7d %6d %7d %6d %7d %6d  %s, seed %d", s.Elapsed.Round(time.Second),
			s.Arrived, s.Succeeded, refused(s), s.InFlight, s.Waiting, s.Sleeping, short(s.Run), s.Run.Seed))
	}
	return out
}

// short is a run's label with only the last part of each setting's path.
func short(r compare.Run) string {
	label := r.Strategy.Name
	for _, s := range r.Settings() {
		label += " " + s.Path[strings.LastIndexByte(s.Path, '.')+1:] + "=" + s.Value
	}
	return label
}

// detail is all that is known of one run.
func detail(s *compare.Status) []string {
	return []string{
		fmt.Sprintf("  %s, seed %d, at %v", s.Run.Label(), s.Run.Seed, s.Elapsed.Round(time.Second)),
		fmt.Sprintf("  arrived %-8d ok %-8d refused %d (rpm %d, itpm %d, otpm %d)", s.Arrived, s.Succeeded, refused(s),
			s.Refused[load.RPM], s.Refused[load.ITPM], s.Refused[load.OTPM]),
		fmt.Sprintf("  in flight %-6d waiting %-6d asleep %-6d", s.InFlight, s.Waiting, s.Sleeping),
		"  remaining " + remaining(&s.Remaining),
	}
}

// sum adds up the runs under way.
func sum(running []compare.Status) string {
	var arrived, ok, no int64
	var flying, waiting, asleep int
	for i := range running {
		s := &running[i]
		arrived, ok, no = arrived+s.Arrived, ok+s.Succeeded, no+refused(s)
		flying, waiting, asleep = flying+s.InFlight, waiting+s.Waiting, asleep+s.Sleeping
	}
	return fmt.Sprintf("%d arrived, %d ok, %d refused, %d in flight, %d waiting, %d asleep", arrived, ok, no, flying, waiting, asleep)
}

func refused(s *compare.Status) int64 {
	n := int64(0)
	for _, k := range s.Refused {
		n += k
	}
	return n
}

// remaining is what the service last said is left.
func remaining(l *load.LimitStatuses) string {
	var parts []string
	for _, d := range []load.Dimension{load.RPM, load.ITPM, load.OTPM} {
		if s := l.At(d); s.Known {
			parts = append(parts, fmt.Sprintf("%v %d of %d", d, s.Remaining, s.Limit))
		}
	}
	if parts == nil {
		return "not said yet"
	}
	return strings.Join(parts, ", ")
}

// bar is a short progress bar.
func bar(done, total int) string {
	const width = 10
	full := width * done / max(total, 1)
	return "[" + strings.Repeat("#", full) + strings.Repeat(".", width-full) + "]"
}
