// Package scenarios holds the example scenarios: realistic situations, each with
// the numbers it is built on and what it expects to see.
//
// They are embedded so that an installed binary can list, print and run them.
package scenarios

import "embed"

// Files are the example scenarios by file name, such as burst.yaml.
//
//go:embed *.yaml
var Files embed.FS
