package cmd

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// Run runs the program in the given world.
func Run(ctx context.Context, w World) Code {
	root := newRoot(&w)
	root.SetArgs(append([]string{}, w.Args...)) // cobra takes nil for the arguments of the process
	root.SetIn(w.Stdin)
	root.SetOut(w.Stdout)
	root.SetErr(w.Stderr)
	err := root.ExecuteContext(ctx)
	var c *coded
	if err != nil && (!errors.As(err, &c) || c.err != nil) {
		fmt.Fprintln(w.Stderr, explain(err))
		annotate(&w, err)
	}
	return codeOf(err)
}

// explain is an error as the user reads it: mistakes in a file carry their own
// place, everything else is marked as an error.
func explain(err error) string {
	code, text := codeOf(err), strings.TrimRight(err.Error(), "\n")
	if code == Interrupted || code == Usage && placed(err) {
		return text
	}
	return "error: " + text
}

// unknown says that there is no such command, and which one may be meant.
func unknown(root *cobra.Command, name string) error {
	var known []string
	for _, c := range root.Commands() {
		known = append(known, c.Name())
	}
	return usagef("unknown command %q%s\nRun '%s --help' for the commands", name, didYouMean(name, known), root.Name())
}

func newHelp(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Print the help of a command",
		RunE: func(_ *cobra.Command, args []string) error {
			c, rest, err := root.Find(args)
			if err != nil || len(rest) > 0 && c == root {
				return unknown(root, args[0])
			}
			c.InitDefaultHelpFlag()
			return c.Help()
		},
	}
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
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknown(c, args[0])
			}
			return nil
		},
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.SetVersionTemplate("ratecliff {{.Version}}\n")
	root.SetFlagErrorFunc(badFlag)
	root.SetUsageTemplate(strings.ReplaceAll(root.UsageTemplate(), "Flags.FlagUsages", "Flags.FlagUsagesWrapped 80"))
	root.AddCommand(
		newCompare(w), newRun(w), newMock(w), newReport(w), newList(w), newShow(w),
		newInit(w), newLint(w), newSchema(w), newVersion(w),
	)
	root.SetHelpCommand(newHelp(root))
	return root
}
