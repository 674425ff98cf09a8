package main

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	"ratecliff/e2e/client"
)

// page writes what was measured as a page of documentation.
func page(m *measured, clients []client.Client, date time.Time) string {
	var b strings.Builder
	b.WriteString("# What clients make of refusals\n\n")
	fmt.Fprintf(&b, "Measured on %s by `e2e/run -write`; do not edit. ", date.Format(time.DateOnly))
	b.WriteString(`Every client ran with its own
defaults against a scripted server on loopback; waits are from the first answer
to the second request, one sample each.

## Clients

| client | version | anthropic-version | key sent as | retry count header, first two tries |
| --- | --- | --- | --- | --- |
`)
	for i, c := range clients {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", c.Name(), c.Version(), m.Calls[i][0], m.Calls[i][1], m.Counts[i])
	}
	b.WriteString(`
## When they come back

A first answer refuses, with a 429 unless stated; the second is a message. "Waits
as told" is up to 0.1 s early (a date has whole seconds: 1.1 s) and less than 1 s
late; "at once" is within 0.15 s; anything else is the client's own idea.

`)
	grid := make([]string, 0, len(m.Forms))
	for _, f := range forms() {
		grid = append(grid, f.Name)
	}
	rows(&b, "first answer", clients, grid, m.Forms)
	b.WriteString(`
## When they give up

Every try is answered in the same way, without retry-after. Tries are counted by
the server; what follows is what the caller gets.

`)
	grid = grid[:0]
	for _, e := range ends() {
		grid = append(grid, e.Name)
	}
	rows(&b, "every answer", clients, grid, m.Ends)
	return b.String()
}

func rows(b *strings.Builder, corner string, clients []client.Client, names []string, cells [][]string) {
	fmt.Fprintf(b, "| %s |", corner)
	for _, c := range clients {
		fmt.Fprintf(b, " %s |", c.Name())
	}
	b.WriteString("\n|" + strings.Repeat(" --- |", len(clients)+1) + "\n")
	for i, name := range names {
		fmt.Fprintf(b, "| %s |", name)
		for _, cell := range cells[i] {
			fmt.Fprintf(b, " %s |", cell)
		}
		b.WriteString("\n")
	}
}

var (
	duration = regexp.MustCompile(`\(([0-9.]+) s\)`)
	dated    = regexp.MustCompile(`Measured on [0-9-]+ by`)
)

// substance is a line without what may differ between two runs: the date and
// the measured durations.
func substance(line string) (words string, durations []float64) {
	for _, found := range duration.FindAllStringSubmatch(line, -1) {
		v, err := strconv.ParseFloat(found[1], 64)
		if err != nil {
			v = math.NaN()
		}
		durations = append(durations, v)
	}
	return dated.ReplaceAllString(duration.ReplaceAllString(line, "(t)"), ""), durations
}

// same says whether two durations of one cell agree: jitter of a backoff is up
// to a half in the clients at hand.
func same(a, b float64) bool { return math.Abs(a-b) <= 0.3+0.6*max(a, b) }

// differences between the committed page and the one of this run.
func differences(committed, fresh string) []string {
	old, now := strings.Split(committed, "\n"), strings.Split(fresh, "\n")
	if len(old) != len(now) {
		return []string{fmt.Sprintf("%d lines are committed, this run has %d", len(old), len(now))}
	}
	var out []string
	for i := range old {
		words, times := substance(old[i])
		words2, times2 := substance(now[i])
		agree := words == words2 && len(times) == len(times2)
		for j := 0; agree && j < len(times); j++ {
			agree = same(times[j], times2[j])
		}
		if !agree {
			out = append(out, "- "+old[i]+"\n+ "+now[i])
		}
	}
	return out
}

// settle writes the page, or compares it with the committed one.
func settle(path, fresh string, write bool) error {
	if write {
		return os.WriteFile(path, []byte(fresh), 0o644)
	}
	committed, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is missing: make it with e2e/run -write", path)
	}
	if err != nil {
		return err
	}
	if diff := differences(string(committed), fresh); len(diff) > 0 {
		return fmt.Errorf("%s is out of date, renew it with e2e/run -write:\n%s", path, strings.Join(diff, "\n"))
	}
	return nil
}
