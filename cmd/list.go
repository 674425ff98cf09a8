package cmd

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"ratecliff/mockserver/model"
	"ratecliff/scenario"
	"ratecliff/scenarios"
)

func newList(w *World) *cobra.Command {
	c := &cobra.Command{
		Use:       "list strategies|profiles|scenarios",
		Short:     "List the bundled strategies, limit profiles or scenarios",
		Args:      oneOf("strategies", "profiles", "scenarios"),
		ValidArgs: []string{"strategies", "profiles", "scenarios"},
		RunE: func(_ *cobra.Command, args []string) error {
			rows, err := listing(args[0])
			if err != nil {
				return failed(err)
			}
			return table(w, rows)
		},
	}
	return c
}

// listing is a table of names and what they are.
func listing(kind string) ([][2]string, error) {
	switch kind {
	case "strategies":
		return listStrategies()
	case "profiles":
		return listProfiles()
	default:
		return listScenarios()
	}
}

func listStrategies() ([][2]string, error) {
	all, err := scenario.Catalog()
	if err != nil {
		return nil, err
	}
	var rows [][2]string
	for i := range all {
		rows = append(rows, [2]string{all[i].Name, all[i].Description})
	}
	return rows, nil
}

func listProfiles() ([][2]string, error) {
	var rows [][2]string
	for _, name := range model.Profiles() {
		p, err := model.LoadProfile(name)
		if err != nil {
			return nil, err
		}
		rows = append(rows, [2]string{name, p.Title + " (" + p.Date + ")"})
	}
	return rows, nil
}

func listScenarios() ([][2]string, error) {
	var rows [][2]string
	for _, name := range scenarioNames() {
		src, err := scenarios.Files.ReadFile(name + ".yaml")
		if err != nil {
			return nil, err
		}
		s, err := scenario.Load(name+".yaml", src, scenario.Options{})
		if err != nil {
			return nil, err
		}
		rows = append(rows, [2]string{name, s.Description})
	}
	return rows, nil
}

func table(w *World, rows [][2]string) error {
	t := tabwriter.NewWriter(w.Stdout, 0, 0, 3, ' ', 0)
	for _, row := range rows {
		fmt.Fprintf(t, "%s\t%s\n", row[0], strings.Join(strings.Fields(row[1]), " "))
	}
	return failed(t.Flush())
}
