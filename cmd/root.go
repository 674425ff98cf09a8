package cmd

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
)

// Run runs the program in the given world.
func Run(ctx context.Context, w World) Code {
	root := newRoot(&w)
	root.SetArgs(w.Args)
	root.SetIn(w.Stdin)
	root.SetOut(w.Stdout)
	root.SetErr(w.Stderr)
	err := root.ExecuteContext(ctx)
	var c *coded
	if err != nil && (!errors.As(err, &c) || c.err != nil) {
		fmt.Fprintln(w.Stderr, explain(err))
	}
	return codeOf(err)
}

// explain is an error as the user reads it: mistakes in a file carry their own
// place, everything else is marked as an error.
func explain(err error) string {
	if codeOf(err) == Usage && isMistakes(err) {
		return err.Error()
	}
	return "error: " + err.Error()
}

func newRoot(w *World) *cobra.Command {
	root := &cobra.Command{
		Use:   "ratecliff",
		Short: "Find the edge of a Claude API rate limit before your users do",
		Long: `ratecliff measures how retry strategies and client-side limiters fare against
rate limits: in virtual time against a model of the service, or over real HTTP
against a bundled mock that enforces the same limits.

  ratecliff compare scenarios/burst.yaml     every strategy, side by side
  ratecliff run scenarios/steady.yaml --strategy full-jitter
  ratecliff mock --profile start             the mock, for your own tests

Exit codes: 0 success, 1 a verdict failed, 2 wrong usage or input, 3 stopped by a
safety rule, 4 inconclusive, 5 failure while running, 130 interrupted (partial
results are written).`,
		SilenceUsage:  true,
		SilenceErrors: true,
		Version:       w.Build.Version,
	}
	root.SetVersionTemplate("ratecliff {{.Version}}\n")
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usagef("%w\nRun '%s --help' for the flags", err, c.CommandPath())
	})
	root.AddCommand(
		newCompare(w), newRun(w), newMock(w), newReport(w), newList(w), newShow(w),
		newInit(w), newLint(w), newSchema(w), newVersion(w),
	)
	return root
}
