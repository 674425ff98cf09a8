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
		Args:  cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			for _, name := range formats {
				if formatFiles[name] == "" {
					return usagef("--format %s: choose from text, json, csv, md, junit, html", name)
				}
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
		return usagef("%s is no run folder: %w", dir, err)
	}
	if err != nil {
		return usagef("%s: %w", dir, err)
	}
	f, err := folder.Open(dir)
	if err != nil {
		return usagef("%s: %w", dir, err)
	}
	for _, name := range formats {
		if name == "text" || name == "json" {
			continue // text is printed, and summary.json is what was read
		}
		if err := f.Write(formatFiles[name], writing(name, doc)); err != nil {
			return failed(fmt.Errorf("%s: %w", dir, err))
		}
	}
	return failed(show(w, doc, formats, dir))
}
