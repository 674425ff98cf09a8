// Command ratecliff finds the edge of a Claude API rate limit before its users do.
package main

import (
	"os"

	"ratecliff/cmd"
)

func main() { os.Exit(cmd.Main()) }
