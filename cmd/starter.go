package cmd

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"ratecliff/report"
	"ratecliff/scenario"
)

func newInit(w *World) *cobra.Command {
	return &cobra.Command{
		Use:       "init " + strings.Join(scenario.Templates(), "|"),
		Short:     "Print a commented scenario to start from",
		Example:   "  ratecliff init burst > mine.yaml",
		Args:      oneOf(scenario.Templates()...),
		ValidArgs: scenario.Templates(),
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
		Use:   "schema [scenario|summary]",
		Short: "Print the JSON Schema of scenario files or of summary.json",
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			return oneOf("scenario", "summary")(c, args)
		},
		ValidArgs: []string{"scenario", "summary"},
		RunE: func(_ *cobra.Command, args []string) error {
			text := scenario.Schema()
			if len(args) == 1 && args[0] == "summary" {
				text = report.SummarySchema()
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
		Args:  noArgs,
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
