// Package catalog holds the named strategies that come with ratecliff, as data.
//
// It decodes nothing: package scenario reads the file as it reads a user's own
// strategies, so that both have one form. May change before v1.
package catalog

import _ "embed"

// Strategies is the strategies.yaml file: a date, a source and a list under the
// key strategies whose entries have the form of a scenario file's. Not to be
// written to.
//
//go:embed strategies.yaml
var Strategies []byte
