package cmd

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"ratecliff/scenario"
)

func newLint(w *World) *cobra.Command {
	return &cobra.Command{
		Use:   "lint SCENARIO…",
		Short: "Check scenario files: every mistake, with its place",
		Example: `  ratecliff lint mine.yaml
  ratecliff lint scenarios/*.yaml`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef("%s takes one or more scenarios, got 0\nRun '%s --help' for an example", c.CommandPath(), c.CommandPath())
			}
			return nil
		},
		RunE:              func(_ *cobra.Command, args []string) error { return lintAll(w, args) },
		ValidArgsFunction: completeScenarios,
	}
}

// lintAll checks every file before it gives up on one.
func lintAll(w *World, paths []string) error {
	var mistakes scenario.Errors
	var others []error
	for _, path := range paths {
		err := lint(w, path)
		var found *scenario.Errors
		switch {
		case errors.As(err, &found):
			mistakes.Issues = append(mistakes.Issues, found.Issues...)
		case err != nil:
			others = append(others, err)
		}
	}
	if len(mistakes.Issues) > 0 && len(others) == 0 {
		return &mistakes
	}
	if len(mistakes.Issues) > 0 {
		others = append([]error{&mistakes}, others...)
	}
	return errors.Join(others...)
}

// lint loads one file with its grid and its traces, as a run would.
func lint(w *World, path string) error {
	t := traffic{seeds: 1, yes: true, changed: func(string) bool { return false }}
	l, err := t.load(path)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w.Stdout, "%s: ok (%s, %s, %s)\n", path, count(len(l.scenario.Classes), "class", "classes"),
		count(len(l.scenario.Strategies), "strategy", "strategies"), count(len(l.variants), "setting", "settings"))
	return failed(err)
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
