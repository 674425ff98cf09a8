package scenario

import _ "embed"

// schemaFile is schema.json. The linter's ban on package state does not apply
// to embedded constants.
//
//go:embed schema.json
var schemaFile []byte

// Schema is the JSON Schema (draft 2020-12) of scenario files, for editors. It
// accepts every file that [Load] accepts; Load finds more mistakes. The caller
// owns the bytes.
func Schema() []byte { return append([]byte(nil), schemaFile...) }
