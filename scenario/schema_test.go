package scenario_test

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"ratecliff/scenario"
	"ratecliff/scenario/yamlx"
	"ratecliff/scenarios"
)

func TestSchemaIsGenerated(t *testing.T) {
	t.Parallel()
	text, err := json.MarshalIndent(scenario.GenerateSchema(t), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "schema.json", string(text)+"\n")
}

func compiled(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(scenario.Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("scenario.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("scenario.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestSchemaAgrees holds loader and schema to the same verdict on every example
// and on both corpora. The name of a bad file says what the schema can know:
// semantic-* are mistakes that only the loader sees.
func TestSchemaAgrees(t *testing.T) {
	t.Parallel()
	schema := compiled(t)
	names, err := fs.Glob(scenarios.Files, "*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		src, err := scenarios.Files.ReadFile(name)
		verdict(t, schema, name, src, err, true)
	}
	for _, file := range glob(t, "testdata/good/*.yaml") {
		src, err := os.ReadFile(file)
		if _, bad := scenario.Load(file, src, scenario.Options{}); bad != nil {
			t.Errorf("the loader refuses %s: %v", file, bad)
		}
		verdict(t, schema, file, src, err, true)
	}
	for _, file := range glob(t, "testdata/bad/*.yaml") {
		src, err := os.ReadFile(file)
		verdict(t, schema, file, src, err, strings.HasPrefix(filepath.Base(file), "semantic-"))
	}
}

func verdict(t *testing.T, schema *jsonschema.Schema, name string, src []byte, err error, want bool) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	var issues yamlx.Issues
	root := yamlx.Parse(&yamlx.Source{Name: name, Text: src}, &issues)
	if root == nil || len(issues) > 0 {
		return // no schema is asked about what is not YAML
	}
	err = schema.Validate(plain(root))
	if (err == nil) != want {
		t.Errorf("%s: schema accepts: %v, want %v: %v", name, err == nil, want, err)
	}
}

// plain is the tree as a JSON library sees it.
func plain(n *yamlx.Node) any {
	switch n.Kind {
	case yamlx.Null:
		return nil
	case yamlx.Bool:
		return n.Value == "true"
	case yamlx.Int, yamlx.Float:
		if f, err := strconv.ParseFloat(strings.ReplaceAll(n.Value, "_", ""), 64); err == nil && f-f == 0 {
			return f
		}
		return n.Value
	case yamlx.List:
		out := make([]any, len(n.Items))
		for i, item := range n.Items {
			out[i] = plain(item)
		}
		return out
	case yamlx.Map:
		out := map[string]any{}
		for i, k := range n.Keys {
			out[k.Value] = plain(n.Items[i])
		}
		return out
	}
	return n.Value
}
