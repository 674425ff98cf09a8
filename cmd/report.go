package cmd

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"ratecliff/report"
	"ratecliff/report/folder"
)

func newReport(w *World) *cobra.Command {
	var formats []string
	c := &cobra.Command{
		Use:   "report DIR",
		Short: "Render a run folder again, without running",
		Long: `Report renders the results in a run folder again: the tables on standard output
and the files of the chosen formats in the folder. Nothing is run.`,
		Example: "  ratecliff report ratecliff-out/burst-20261122-161702 --format text,html,md",
		Args: func(c *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("%s takes one run folder, got %d\nRun '%s --help' for an example", c.CommandPath(), len(args), c.CommandPath())
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if err := checkFormats(formats); err != nil {
				return err
			}
			return rerender(w, args[0], formats)
		},
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveFilterDirs
		},
	}
	c.Flags().StringSliceVar(&formats, "format", []string{"text", "html"}, "`formats` to write: text, json, csv, md, junit, html; the first one but html also goes to standard output")
	return c
}

// rerender reads a run folder and writes the formats into it.
func rerender(w *World, dir string, formats []string) error {
	doc, err := report.ReadFolder(os.DirFS(dir))
	if errors.Is(err, os.ErrNotExist) {
		return usagef("%s is no run folder, or its run did not get as far as results: there is no %s", dir, folder.SummaryFile)
	}
	if err != nil {
		return usagef("%s: %w", dir, err)
	}
	f, err := folder.Open(dir)
	if err != nil {
		return usagef("%s: %w", dir, err)
	}
	err = render(f, doc, formats)
	if told := show(w, doc, formats, dir); err == nil {
		err = told
	}
	if err != nil {
		return failed(fmt.Errorf("%s: %w", dir, err))
	}
	return nil
}
