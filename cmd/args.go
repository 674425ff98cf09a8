package cmd

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"ratecliff/scenario/yamlx"
)

// oneOf accepts exactly one argument out of a list.
func oneOf(names ...string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) == 1 && slices.Contains(names, args[0]) {
			return nil
		}
		hint := ""
		if len(args) == 1 {
			hint = didYouMean(args[0], names)
		}
		return usagef("%s takes one of: %s%s", c.CommandPath(), strings.Join(names, ", "), hint)
	}
}

func noArgs(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("%s takes no arguments, got %q", c.CommandPath(), args[0])
	}
	return nil
}

// didYouMean ends a message with the known name nearest to what was written.
func didYouMean(written string, known []string) string {
	if near := yamlx.Nearest(written, known); near != "" {
		return "; did you mean " + near + "?"
	}
	return ""
}

// badFlag words what the flag parser found in terms of the command line.
func badFlag(c *cobra.Command, err error) error {
	text := err.Error()
	var unknown *pflag.NotExistError
	var invalid *pflag.InvalidValueError
	switch {
	case errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() == "":
		text += didYouMean(unknown.GetSpecifiedName(), flagNames(c))
	case errors.As(err, &invalid):
		text = fmt.Sprintf("--%s %q: want %s", invalid.GetFlag().Name, invalid.GetValue(), kindOf(invalid.GetFlag()))
	}
	return usagef("%s\nRun '%s --help' for the flags", text, c.CommandPath())
}

// kindOf is what a flag takes, in words.
func kindOf(f *pflag.Flag) string {
	switch f.Value.Type() {
	case "int":
		return "a whole number"
	case "uint64":
		return "a whole number from 0"
	case "float64":
		return "a number"
	case "bool":
		return "true or false"
	}
	return "a " + f.Value.Type()
}

func flagNames(c *cobra.Command) []string {
	var names []string
	c.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	return names
}
