package cmd

import (
	"os"

	"golang.org/x/term"
)

// redraws says whether a stream is a terminal on which a block can be redrawn.
func redraws(f *os.File, env func(string) string) bool {
	return term.IsTerminal(int(f.Fd())) && env("CI") == "" && env("TERM") != "dumb"
}

// colours says whether a stream is a terminal that may get ANSI colours; see
// https://no-color.org.
func colours(f *os.File, env func(string) string) bool {
	return term.IsTerminal(int(f.Fd())) && env("NO_COLOR") == "" && env("TERM") != "dumb"
}

// columnsOf is the width of a terminal, asked anew since it may change; 0 is
// unknown.
func columnsOf(f *os.File) int {
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return width
}
