package cmd

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"ratecliff/report"
	"ratecliff/scenario"
)

func newLint(w *World) *cobra.Command {
	return &cobra.Command{
		Use:   "lint SCENARIO…",
		Short: "Check scenario files: every mistake, with its place",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			var mistakes scenario.Errors
			for _, path := range args {
				err := lint(w, path)
				var found *scenario.Errors
				if errors.As(err, &found) {
					mistakes.Issues = append(mistakes.Issues, found.Issues...)
				} else if err != nil {
					return err
				}
			}
			if len(mistakes.Issues) > 0 {
				return &mistakes
			}
			return nil
		},
		ValidArgsFunction: completeScenarios,
	}
}

// lint loads one file with its grid and its traces, as a run would.
func lint(w *World, path string) error {
	t := traffic{seeds: 1, yes: true, changed: func(string) bool { return false }}
	l, err := t.load(path)
	if err != nil {
		return err
	}
	fmt.Fprintf(w.Stdout, "%s: ok (%d classes, %d strategies, %d settings)\n",
		path, len(l.scenario.Classes), len(l.scenario.Strategies), len(l.variants))
	return nil
}

func newInit(w *World) *cobra.Command {
	return &cobra.Command{
		Use:       "init burst|steady|mixed-priority",
		Short:     "Print a commented scenario to start from",
		Example:   "  ratecliff init burst > mine.yaml",
		Args:      oneOf("burst", "steady", "mixed-priority"),
		ValidArgs: []string{"burst", "steady", "mixed-priority"},
		RunE: func(_ *cobra.Command, args []string) error {
			text, err := scenario.Init(args[0])
			if err != nil {
				return usagef("%w", err)
			}
			_, err = w.Stdout.Write(text)
			return failed(err)
		},
	}
}

func newSchema(w *World) *cobra.Command {
	return &cobra.Command{
		Use:       "schema [scenario|summary]",
		Short:     "Print the JSON Schema of scenario files or of summary.json",
		Args:      cobra.MaximumNArgs(1),
		ValidArgs: []string{"scenario", "summary"},
		RunE: func(c *cobra.Command, args []string) error {
			text := scenario.Schema()
			if len(args) == 1 {
				if err := oneOf("scenario", "summary")(c, args); err != nil {
					return err
				}
				if args[0] == "summary" {
					text = report.SummarySchema()
				}
			}
			_, err := w.Stdout.Write(text)
			return failed(err)
		},
	}
}

func newVersion(w *World) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print what was built",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			fmt.Fprintf(w.Stdout, "ratecliff %s", w.Build.Version)
			if w.Build.Commit != "" {
				fmt.Fprintf(w.Stdout, " (%s)", w.Build.Commit)
			}
			_, err := fmt.Fprintf(w.Stdout, ", %s\n", w.Build.Go)
			return failed(err)
		},
	}
}
