package scenario

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"ratecliff/load"
	"ratecliff/mockserver/model"
	"ratecliff/scenario/yamlx"
)

// The schema is made from the Go types that a file is decoded into, with the
// doc comments of their fields as descriptions and the typed string constants
// as enumerations. GenerateSchema is exported to the external tests only.

type object = map[string]any

const (
	durationForm = `^(0|[+-]?(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+)$`
	rateForm     = `^\s*\+?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\s*(/\s*(s|sec|second|min|minute|h|hour|d|day)\s*)?$`
	nameForm     = `^[A-Za-z0-9_-]{1,64}$`
)

type generator struct {
	defs  object
	docs  map[string]string   // "load.Process.Rate" and "load.Process" → comment
	enums map[string][]string // "retry.Kind" → values
}

// GenerateSchema makes the schema of a scenario file.
func GenerateSchema(t *testing.T) object {
	t.Helper()
	g := &generator{defs: object{}, docs: map[string]string{}, enums: map[string][]string{}}
	for _, dir := range []string{
		".", "../load", "../mockserver/model", "../mockserver/model/fault", "../ratelimit", "../policy/breaker", "../policy/concurrency",
		"../policy/limiter", "../policy/queue", "../policy/retry", "../policy/route", "../policy/throttle", "../policy/governor", "../policy/hedge",
	} {
		g.read(t, dir)
	}
	root := g.structure(reflect.TypeFor[document]())
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["title"] = "ratecliff scenario"
	root["required"] = []string{"version", "duration", "classes", "strategies"}
	root["$defs"] = g.defs
	props := root["properties"].(object)
	props["version"].(object)["const"] = Version
	props["strategies"] = g.strategies(t)
	props["matrix"] = described(object{"type": "object", "additionalProperties": object{"type": "array", "minItems": 1, "uniqueItems": true}}, props["matrix"])
	props["expect"] = described(expectSchema(), props["expect"])
	return root
}

func described(s object, from any) object {
	s["description"] = from.(object)["description"]
	return s
}

func expectSchema() object {
	condition := object{"type": "string", "pattern": conditionForm}
	return object{"type": "array", "items": object{
		"type": "object", "minProperties": 1, "maxProperties": 2,
		"properties":           object{"when": object{"type": "object"}},
		"additionalProperties": object{"anyOf": []any{condition, object{"type": "array", "items": condition}}},
	}}
}

func (g *generator) strategies(t *testing.T) object {
	list, err := Catalog()
	if err != nil {
		t.Fatal(err)
	}
	names := make([]string, len(list))
	for i := range list {
		names[i] = list[i].Name
	}
	whole := g.defs["scenario.Strategy"].(object)
	whole["required"] = []string{"name"}
	props := whole["properties"].(object)
	props["name"].(object)["pattern"] = nameForm
	props["base"] = object{"type": "string", "description": "Name of a strategy of the catalog, or of one further up in this file, of which this one is a variant: mappings are merged key by key, an empty value takes a layer away, anything else replaces."}
	g.mayBeEmpty(whole)
	return object{
		"description": g.docs["scenario.document.Strategies"], "type": "array", "minItems": 1,
		"items": object{"anyOf": []any{object{"enum": names}, object{"$ref": "#/$defs/scenario.Strategy"}}},
	}
}

// mayBeEmpty lets every mapping inside a strategy be null, which takes away what
// its base has there.
func (g *generator) mayBeEmpty(part object) {
	for key, p := range part["properties"].(object) {
		if name, ok := p.(object)["$ref"].(string); ok {
			part["properties"].(object)[key] = object{"anyOf": []any{p, object{"type": "null"}}}
			g.mayBeEmpty(g.defs[strings.TrimPrefix(name, "#/$defs/")].(object))
		}
	}
}

// of is the schema of a type.
func (g *generator) of(t reflect.Type) object {
	switch t {
	case reflect.TypeFor[time.Duration]():
		return object{"anyOf": []any{object{"type": "string", "pattern": durationForm}, object{"const": 0}}}
	case reflect.TypeFor[load.Rate]():
		return object{"anyOf": []any{object{"type": "string", "pattern": rateForm}, object{"type": "number", "minimum": 0}}}
	case reflect.TypeFor[load.Priority]():
		return object{"anyOf": []any{object{"enum": priorityNames()}, object{"type": "integer", "minimum": 0, "maximum": maxPriority}}}
	case reflect.TypeFor[model.RetryAfter]():
		return object{"anyOf": []any{object{"enum": g.enums["model.RetryAfter"]}, object{"type": "string", "pattern": durationForm}}}
	case reflect.TypeFor[classList]():
		form := g.structure(reflect.TypeFor[class]())
		form["required"] = []string{"arrivals"}
		g.defs["class"] = form
		return object{"type": "object", "minProperties": 1, "propertyNames": object{"pattern": nameForm}, "additionalProperties": object{"$ref": "#/$defs/class"}}
	case reflect.TypeFor[*yamlx.Node]():
		return object{}
	case reflect.TypeFor[load.Dist]():
		return object{"anyOf": []any{object{"type": "number", "minimum": 0}, object{"type": "string", "pattern": durationForm}, g.ref(t)}}
	}
	return g.byKind(t)
}

func (g *generator) byKind(t reflect.Type) object {
	switch t.Kind() {
	case reflect.Pointer:
		return g.of(t.Elem())
	case reflect.Struct:
		return g.ref(t)
	case reflect.Slice:
		return object{"type": "array", "items": g.of(t.Elem())}
	case reflect.Map:
		return object{"type": "object", "additionalProperties": g.of(t.Elem())}
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.String:
		if values := g.enums[t.String()]; values != nil {
			return object{"enum": values}
		}
		return object{"type": "string"}
	case reflect.Float64:
		return object{"type": "number"}
	case reflect.Uint64:
		return object{"type": "integer", "minimum": 0}
	}
	return object{"type": "integer"}
}

func (g *generator) ref(t reflect.Type) object {
	if g.defs[t.String()] == nil {
		g.defs[t.String()] = object{} // ends recursion
		g.defs[t.String()] = g.structure(t)
	}
	return object{"$ref": "#/$defs/" + t.String()}
}

func (g *generator) structure(t reflect.Type) object {
	props := object{}
	fields := yamlx.Fields(t)
	for _, name := range fields.Names {
		index := fields.Index(name)
		owner, field := t, t.FieldByIndex(index)
		if len(index) > 1 {
			owner = t.FieldByIndex(index[:len(index)-1]).Type
		}
		key := owner.String() + "." + field.Name
		s := g.of(field.Type)
		if kinds := kindsOf(key); kinds != nil {
			s = object{"enum": kinds}
		}
		if doc := g.docs[key]; doc != "" {
			s["description"] = doc
		}
		props[name] = s
	}
	out := object{"type": "object", "properties": props, "additionalProperties": false}
	switch t {
	case reflect.TypeFor[load.Process]():
		out["required"] = []string{"process"}
	case reflect.TypeFor[load.Dist]():
		out["required"] = []string{"dist"}
	}
	if doc := g.docs[t.String()]; doc != "" && t != reflect.TypeFor[document]() {
		out["description"] = doc
	}
	return out
}

// kindsOf lists the values of fields that are plain strings in Go.
func kindsOf(key string) []string {
	switch key {
	case "load.Process.Kind":
		return []string{
			load.Constant, load.Poisson, load.Gamma, load.OnOff, load.Burst, load.Ramp, load.Steps,
			load.Sinusoid, load.ClosedLoop, load.Sessions, load.Replay,
		}
	case "load.Process.Shape":
		return []string{load.Linear, load.Exponential, load.Fixed}
	case "load.Process.Growth":
		return []string{load.GrowthResend, load.GrowthCache, load.GrowthNone}
	case "load.Process.Format":
		return []string{load.FormatAzure, load.FormatBurstGPT, load.FormatMooncake, load.FormatJSONL}
	case "load.Dist.Kind":
		return []string{load.Fixed, load.Uniform, load.Normal, load.LogNormal, load.Exponential, load.Quantiles, load.Mixture}
	}
	return nil
}

// read collects comments and constants of a package's sources.
func (g *generator) read(t *testing.T, dir string) {
	t.Helper()
	files, err := filepath.Glob(dir + "/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			if decl, ok := d.(*ast.GenDecl); ok {
				g.declaration(f.Name.Name, decl)
			}
		}
	}
}

func (g *generator) declaration(pkg string, decl *ast.GenDecl) {
	for _, spec := range decl.Specs {
		switch s := spec.(type) {
		case *ast.TypeSpec:
			at := pkg + "." + s.Name.Name
			g.docs[at] = flat(decl.Doc, nil)
			if st, ok := s.Type.(*ast.StructType); ok {
				for _, field := range st.Fields.List {
					for _, name := range field.Names {
						g.docs[at+"."+name.Name] = flat(field.Doc, field.Comment)
					}
				}
			}
		case *ast.ValueSpec:
			g.constant(pkg, s)
		}
	}
}

func (g *generator) constant(pkg string, s *ast.ValueSpec) {
	typ, ok := s.Type.(*ast.Ident)
	if !ok {
		return
	}
	for _, v := range s.Values {
		if lit, ok := v.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if text, err := strconv.Unquote(lit.Value); err == nil {
				g.enums[pkg+"."+typ.Name] = append(g.enums[pkg+"."+typ.Name], text)
			}
		}
	}
}

func flat(groups ...*ast.CommentGroup) string {
	var out []string
	for _, group := range groups {
		if group != nil {
			out = append(out, strings.Fields(group.Text())...)
		}
	}
	return strings.NewReplacer("[", "", "]", "").Replace(strings.Join(out, " "))
}
