package cmd

import "github.com/spf13/cobra"

func newCompare(w *World) *cobra.Command {
	var t traffic
	c := &cobra.Command{
		Use:   "compare SCENARIO",
		Short: "Compare strategies and settings on the traffic of a scenario",
		Long: `Compare plays every strategy of a scenario under every combination of its
matrix, with several seeds, and shows them side by side. Strategies meet
identical arrivals. SCENARIO is a file, or the name of a bundled scenario.

In virtual time (the default) an hour passes in milliseconds and equal input
gives equal output. --clock wall plays the same over real HTTP on loopback.`,
		Example: `  ratecliff compare scenarios/burst.yaml
  ratecliff compare scenarios/burst.yaml --matrix server.burst=1,10,50
  ratecliff compare scenarios/burst.yaml --strategies 'sdk-*' --clock wall`,
		Args: oneScenario,
		RunE: func(c *cobra.Command, args []string) error {
			s := &session{traffic: &t, w: w, verb: "compare", path: args[0]}
			return s.play(c.Context())
		},
		ValidArgsFunction: completeScenarios,
	}
	t.bind(c)
	completeTraffic(c)
	return c
}

func newRun(w *World) *cobra.Command {
	var t traffic
	c := &cobra.Command{
		Use:   "run SCENARIO --strategy NAME",
		Short: "Run one strategy on the traffic of a scenario",
		Long: `Run plays one strategy of a scenario against one target: the bundled mock in
virtual time or over HTTP, or any Anthropic-shaped base URL on loopback.`,
		Example: `  ratecliff run scenarios/steady.yaml --strategy full-jitter
  ratecliff run scenarios/steady.yaml --strategy full-jitter --target http://127.0.0.1:8429`,
		Args: oneScenario,
		RunE: func(c *cobra.Command, args []string) error {
			s := &session{traffic: &t, w: w, verb: "run", path: args[0]}
			return s.play(c.Context())
		},
		ValidArgsFunction: completeScenarios,
	}
	t.bind(c)
	completeTraffic(c)
	return c
}

func oneScenario(c *cobra.Command, args []string) error {
	if len(args) != 1 {
		return usagef("%s takes one scenario, got %d\nRun '%s --help' for an example", c.CommandPath(), len(args), c.CommandPath())
	}
	return nil
}
