package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"ratecliff/scenario"
)

// node is what the tables need of a JSON Schema.
type node struct {
	Ref        string          `json:"$ref"`
	Type       string          `json:"type"`
	Pattern    string          `json:"pattern"`
	Doc        string          `json:"description"`
	Enum       []string        `json:"enum"`
	Const      any             `json:"const"`
	AnyOf      []node          `json:"anyOf"`
	Items      *node           `json:"items"`
	Properties map[string]node `json:"properties"`
	Required   []string        `json:"required"`
	Defs       map[string]node `json:"$defs"`
	Named      json.RawMessage `json:"additionalProperties"` // false, or what every name maps to
}

// sections are the headings of docs/scenarios.md under which the parts of the
// schema stand.
var sections = map[string]string{
	"class": "classes", "load.Process": "arrivals", "load.Step": "arrivals", "load.Dist": "distributions",
	"load.Part": "distributions", "load.Quantile": "distributions", "model.Config": "server", "model.Latency": "latency",
	"model.Pool": "pools", "model.LongContext": "pools", "model.TokenLimits": "pools",
	"model.Workspace": "workspaces", "model.ScopeLimits": "workspaces", "model.Windows": "buckets", "model.Shares": "buckets",
	"model.PromptCache": "caching", "model.Estimate": "buckets", "model.Noise": "buckets", "model.Acceleration": "acceleration", "model.Spend": "spend",
	"model.CountLimits": "batches", "model.BatchLimits": "batches", "fault.Config": "faults", "fault.Rule": "faults",
	"fault.Match": "faults", "fault.Effect": "faults", "fault.Header": "faults",
	"scenario.Strategy": "strategies", "queue.Config": "queue", "queue.AgeingConfig": "queue",
	"queue.RequeueConfig": "queue", "queue.ShareConfig": "queue", "queue.CostConfig": "queue", "queue.DropConfig": "queue", "limiter.WindowConfig": "window", "route.Daily": "route",
	"concurrency.Config": "concurrency", "limiter.Config": "limiter", "breaker.Config": "breaker", "route.Config": "route",
	"route.Cooldown": "route", "route.Fallback": "route", "route.Return": "route", "retry.Config": "retry", "retry.Delay": "retry",
	"retry.RetryAfter": "retry", "retry.Budget": "retry", "scenario.SLO": "slo",
	"limiter.ReserveConfig": "limiter", "limiter.ReserveRateConfig": "limiter",
	"concurrency.AdaptConfig": "concurrency", "concurrency.PartitionConfig": "concurrency",
	"throttle.Config": "throttle", "governor.Config": "governor", "hedge.Config": "hedge",
}

// TestScenarioReference keeps the tables of docs/scenarios.md equal to the
// schema: every part of it has its table, and every key its row.
func TestScenarioReference(t *testing.T) {
	const page = "docs/scenarios.md"
	var root node
	if err := json.Unmarshal(scenario.Schema(), &root); err != nil {
		t.Fatal(err)
	}
	parts := maps.Clone(root.Defs)
	parts["scenario"] = root
	body := text(t, page)
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		part := parts[name]
		begin, end := "<!-- table "+name+" -->\n", "<!-- end -->"
		before, rest, found := strings.Cut(body, begin)
		_, after, closed := strings.Cut(rest, end)
		if !found || !closed {
			t.Errorf("%s has no table %s", page, name)
			continue
		}
		body = before + begin + table(t, name, &part) + end + after
		if heading := sections[name]; name != "scenario" && !strings.Contains(body, "## "+strings.ToUpper(heading[:1])+heading[1:]+"\n") &&
			!strings.Contains(body, "## `"+heading+"`\n") {
			t.Errorf("%s has no heading for %s, which its tables link to", page, heading)
		}
	}
	if *update {
		if err := os.WriteFile(page, []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if body != text(t, page) {
		t.Errorf("the tables of %s differ from the schema: 'go test . -update' writes them anew", page)
	}
}

// table is one part of the schema, a row for each key.
func table(t *testing.T, name string, part *node) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("| key | value | meaning |\n| --- | --- | --- |\n")
	for _, key := range slices.Sorted(maps.Keys(part.Properties)) {
		p := part.Properties[key]
		if name == "load.Part" && key != "weight" {
			continue // those of a distribution
		}
		doc := p.Doc
		for _, choice := range p.AnyOf {
			doc = cmp.Or(doc, choice.Doc)
		}
		if doc == "" {
			t.Errorf("%s.%s says nothing of its meaning", name, key)
		}
		if slices.Contains(part.Required, key) && !strings.Contains(doc, "equired") {
			doc += " (required)"
		}
		for other := range part.Properties { // names of Go fields of one word
			if other != key && other != "name" {
				field := regexp.MustCompile(`([a-z,;] )` + strings.ToUpper(other[:1]) + other[1:] + `\b`)
				doc = field.ReplaceAllString(doc, "$1`"+other+"`")
			}
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", key, strings.ReplaceAll(p.value(key), "|", `\|`), meaning(key, doc))
	}
	return b.String()
}

// value is what a key takes, in words.
func (n *node) value(key string) string {
	switch {
	case key == "matrix":
		return "mapping of paths to lists"
	case key == "expect":
		return "list of conditions"
	case key == "strategies":
		return "list of names or [strategies](#strategies)"
	case key == "classes":
		return "mapping of names to [classes](#classes)"
	case n.Ref != "":
		name := strings.TrimPrefix(n.Ref, "#/$defs/")
		words := map[string]string{
			"load.Dist": "distribution", "load.Part": "parts", "load.Step": "steps", "load.Quantile": "rows", "model.Pool": "pools",
			"model.Workspace": "workspaces", "model.ScopeLimits": "limits", "fault.Rule": "rules", "fault.Header": "headers",
		}
		if words[name] == "" {
			words[name] = "mapping"
		}
		return "[" + words[name] + "](#" + sections[name] + ")"
	case len(n.AnyOf) > 0:
		return n.choice()
	case len(n.Enum) > 0:
		return "`" + strings.Join(n.Enum, "`, `") + "`"
	case n.Items != nil:
		return "list of " + n.Items.value("")
	case len(n.Named) > 0 && n.Named[0] == '{':
		var each node
		if err := json.Unmarshal(n.Named, &each); err != nil {
			return err.Error()
		}
		return "mapping of names to " + each.value("")
	case n.Const != nil:
		return fmt.Sprintf("`%v`", n.Const)
	case strings.Contains(n.Pattern, "µs"):
		return "duration"
	case strings.Contains(n.Pattern, "minute"):
		return "rate"
	}
	return map[string]string{"string": "text", "integer": "whole number", "boolean": "`true`, `false`"}[n.Type] +
		map[bool]string{true: "number"}[n.Type == "number"]
}

// choice is the values of a key that takes more than one kind.
func (n *node) choice() string {
	var words []string
	for i := range n.AnyOf {
		switch w := n.AnyOf[i].value(""); {
		case n.AnyOf[i].Type == "null", w == "`0`":
		case strings.HasPrefix(w, "[distribution]"):
			return w
		default:
			words = append(words, w)
		}
	}
	if words[0] == "rate" {
		return "rate"
	}
	return strings.Join(words, " or ")
}

// camel finds names of Go fields of more than one word.
var camel = regexp.MustCompile(`\b[A-Z][a-z]+(?:[A-Z][a-z]+)+\b`)

// meaning puts keys in the place of the names of Go fields.
func meaning(key, doc string) string {
	first, rest, _ := strings.Cut(doc, " ")
	if strings.EqualFold(first, strings.ReplaceAll(key, "_", "")) && rest != "" {
		doc = "`" + key + "` " + rest
	}
	doc = camel.ReplaceAllStringFunc(doc, func(word string) string {
		var b strings.Builder
		for i, r := range word {
			if i > 0 && unicode.IsUpper(r) {
				b.WriteByte('_')
			}
			b.WriteRune(unicode.ToLower(r))
		}
		return "`" + b.String() + "`"
	})
	return strings.ReplaceAll(doc, "|", `\|`)
}
