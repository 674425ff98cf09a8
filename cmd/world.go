// Package cmd is the command line: it parses flags, calls the packages that do
// the work, renders what they return, and maps how it ended to an exit code.
package cmd

import (
	"context"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"
)

// World is everything a command takes from the outside, so that tests can give
// it another.
type World struct {
	Args     []string // without the program's name
	Stdin    io.Reader
	Stdout   io.Writer
	Stderr   io.Writer
	Env      func(string) string
	Now      func() time.Time
	Terminal bool          // standard error is a terminal that can redraw
	Colour   bool          // standard output is a terminal that may get colours
	Columns  func() int    // width of the terminal that is standard error; 0 is unknown
	Patience time.Duration // wall time a target may take to answer a first question; 0 means 10 s
	Build    Build
}

// Build says what was built.
type Build struct {
	Version string
	Commit  string
	Go      string
}

// Main runs the program in the real world and returns its exit code. The first
// interrupt ends a run in good order; the second one exits at once.
func Main() int {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	interrupts := make(chan os.Signal, 2)
	signal.Notify(interrupts, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-interrupts
		cancel()
		<-interrupts
		os.Exit(int(Interrupted))
	}()
	return int(Run(ctx, World{
		Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		Env: os.Getenv, Now: time.Now, Build: build(),
		Terminal: redraws(os.Stderr, os.Getenv), Colour: colours(os.Stdout, os.Getenv),
		Columns: func() int { return columnsOf(os.Stderr) },
	}))
}

// build reads what the toolchain wrote into the binary.
func build() Build {
	b := Build{Version: "devel"}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	b.Go = info.GoVersion
	if v := info.Main.Version; v != "" && v != "(devel)" {
		b.Version = v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			b.Commit = s.Value
		}
		if s.Key == "vcs.modified" && s.Value == "true" {
			b.Commit += "+changes"
		}
	}
	return b
}
