package cmd

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"ratecliff/mockserver/model"
	"ratecliff/scenario"
	"ratecliff/scenarios"
)

func newShow(w *World) *cobra.Command {
	return &cobra.Command{
		Use:   "show strategy|profile|scenario NAME",
		Short: "Print a bundled strategy, limit profile or scenario in full",
		Long: `Show prints a bundled strategy, limit profile or scenario with its parameters
and its source, in the form in which files of your own are written.`,
		Example: `  ratecliff show strategy sdk-python
  ratecliff show profile start`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) != 2 {
				return usagef("%s takes a kind and a name, such as 'show strategy full-jitter'", c.CommandPath())
			}
			return oneOf("strategy", "profile", "scenario")(c, args[:1])
		},
		RunE: func(_ *cobra.Command, args []string) error {
			text, err := shown(args[0], args[1])
			if err != nil {
				return err
			}
			_, err = fmt.Fprint(w.Stdout, text)
			return failed(err)
		},
	}
}

func shown(kind, name string) (string, error) {
	switch kind {
	case "strategy":
		s, err := scenario.CatalogStrategy(name)
		if err != nil {
			return "", usagef("%w", err)
		}
		return s.Text, nil
	case "profile":
		p, err := model.LoadProfile(name)
		if err != nil {
			return "", usagef("%w", err)
		}
		text, err := json.MarshalIndent(p, "", "  ")
		return string(text) + "\n", failed(err)
	default:
		src, err := scenarios.Files.ReadFile(name + ".yaml")
		if err != nil {
			return "", noScenario(name)
		}
		return string(src), nil
	}
}
