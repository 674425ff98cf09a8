package cmd_test

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"ratecliff/cmd"
)

// screen is what a terminal of the width shows of the lines that were written,
// as far as the view's codes go. It fails where a line would wrap.
func screen(t *testing.T, written string, width int) []string {
	t.Helper()
	lines, at := []string{""}, 0
	for _, part := range regexp.MustCompile("\x1b\\[[0-9]*[AJK]|\r|\n|[^\x1b\r\n]+").FindAllString(written, -1) {
		switch {
		case part == "\n":
			if at++; at == len(lines) {
				lines = append(lines, "")
			}
		case part == "\r" || strings.HasSuffix(part, "K") && part[0] == 0x1b:
		case part[0] == 0x1b && strings.HasSuffix(part, "J"):
			lines = append(lines[:at], "")
		case part[0] == 0x1b:
			up := 0
			for _, d := range part[2 : len(part)-1] {
				up = up*10 + int(d-'0')
			}
			if at -= up; at < 0 {
				t.Fatal("the block went up beyond where it began")
			}
		default:
			if utf8.RuneCountInString(part) >= width {
				t.Fatalf("a line of %d columns on a terminal of %d: %s", utf8.RuneCountInString(part), width, part)
			}
			lines[at] = part
		}
	}
	return lines
}

// TestProgressOnATerminal: lines fit, and nothing of them is left at the end.
func TestProgressOnATerminal(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		width int
		args  []string
		want  []string
	}{
		{"grid", 80, []string{"--seeds", "3"}, []string{"[", " of 300 runs done, ", " elapsed, about ", " left"}},
		{"narrow", 30, []string{"--seeds", "3"}, []string{"[", "…"}},
		{"unknown width", 0, []string{"--seeds", "1"}, []string{"runs done"}},
		{"wall", 80, []string{"--clock", "wall", "--compress", "500", "--matrix", "server.burst=1,2,5"}, []string{" under way", "arrived", "full-jitter burst=5"}},
		{"one run", 80, []string{"--clock", "wall", "--compress", "500", "--matrix", "server.burst=1", "--strategies", "full-jitter"}, []string{"in flight", "remaining "}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			args := append([]string{"compare", file(t, "wide.yaml", wide(t)), "--out", filepath.Join(t.TempDir(), "run")}, c.args...)
			w, out, errs := world(args...)
			w.Terminal, w.Now, w.Columns = true, ticking(), func() int { return c.width }
			e := runIn(t.Context(), w, out, errs)
			for _, want := range c.want {
				if !strings.Contains(e.err, want) {
					t.Errorf("no %q in %.2000s", want, e.err)
				}
			}
			if c.width == 0 {
				c.width = 80
			}
			if left := strings.Join(screen(t, e.err, c.width), ""); left != "" {
				t.Errorf("left on the screen: %q", left)
			}
		})
	}
}

func TestProgressInALog(t *testing.T) {
	t.Parallel()
	w, out, errs := world("compare", file(t, "wide.yaml", wide(t)), "--seeds", "1", "--out", filepath.Join(t.TempDir(), "run"))
	w.Now = ticking()
	e := runIn(t.Context(), w, out, errs)
	if !regexp.MustCompile(`(?m)^\d+ of 100 runs done, \d+m?\d*s elapsed, about \d+m?\d*s left$`).MatchString(e.err) || strings.Contains(e.err, "\x1b") {
		t.Errorf("standard error has %.500q", e.err)
	}
	w, out, errs = world("compare", file(t, "wide.yaml", wide(t)), "--seeds", "1", "--quiet", "--out", filepath.Join(t.TempDir(), "run"))
	w.Now = ticking()
	if e := runIn(t.Context(), w, out, errs); e.err != "" || e.code == cmd.Failure {
		t.Errorf("--quiet: exit %d, standard error has %.500q", e.code, e.err)
	}
}
