// Package catalog holds the named strategies that come with ratecliff, as data.
//
// It decodes nothing: package scenario reads the files as it reads a user's own
// strategies, so that both have one form. May change before v1.
package catalog

import _ "embed"

// File is one file of the catalog.
type File struct {
	Name string // such as "seeds.yaml"
	Text []byte // not to be written to
}

// Files lists the catalog in the order its strategies are listed. Each file is
// a date, a source and a list under the key strategies whose entries have the
// form of a scenario file's. To add a file, embed it and list it here.
func Files() []File {
	return []File{
		{"strategies.yaml", strategies},
		{"seeds.yaml", seeds},
		{"presets.yaml", presets},
		{"permits.yaml", permits},
		{"admission.yaml", admission},
		{"order.yaml", order},
		{"pools.yaml", pools},
		{"libraries.yaml", libraries},
	}
}

//go:embed strategies.yaml
var strategies []byte

//go:embed seeds.yaml
var seeds []byte

//go:embed presets.yaml
var presets []byte

//go:embed permits.yaml
var permits []byte

//go:embed admission.yaml
var admission []byte

//go:embed order.yaml
var order []byte

//go:embed pools.yaml
var pools []byte

//go:embed libraries.yaml
var libraries []byte
