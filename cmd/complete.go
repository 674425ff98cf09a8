package cmd

import (
	"strings"

	"github.com/spf13/cobra"

	"ratecliff/mockserver/model"
)

// completeScenarios offers scenario files and the bundled scenarios.
func completeScenarios(_ *cobra.Command, _ []string, prefix string) ([]string, cobra.ShellCompDirective) {
	rows, err := listScenarios()
	if err != nil || strings.ContainsAny(prefix, `/\.`) {
		return []string{"yaml", "yml"}, cobra.ShellCompDirectiveFilterFileExt
	}
	var names []string
	for _, row := range rows {
		if strings.HasPrefix(row[0], prefix) {
			names = append(names, row[0])
		}
	}
	return names, cobra.ShellCompDirectiveDefault
}

// completeTraffic offers the values of the traffic flags. It asks nothing of
// the network.
func completeTraffic(c *cobra.Command) {
	fixed := map[string][]string{
		"clock": {"virtual", "wall"}, "target": {targetMock, targetLive},
		"format": {"text", "json", "csv", "md", "junit", "html"}, "profile": model.Profiles(),
	}
	for flag, values := range fixed {
		_ = c.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)) // fails only for an unknown flag
	}
	for _, flag := range []string{"strategy", "strategies"} {
		_ = c.RegisterFlagCompletionFunc(flag, completeStrategies)
	}
}

func completeStrategies(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	rows, err := listStrategies()
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	var names []string
	for _, row := range rows {
		names = append(names, row[0]+"\t"+row[1])
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}
