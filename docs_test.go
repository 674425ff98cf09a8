package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"ratecliff/report"
	"ratecliff/report/folder"
	"ratecliff/scenario"
)

var update = flag.Bool("update", false, "write the generated parts of the documentation anew")

// pages are the documents that these tests keep true.
func pages(t *testing.T) []string {
	t.Helper()
	docs, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	return append([]string{"README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"}, docs...)
}

func text(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

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
}

// sections are the headings of docs/scenarios.md under which the parts of the
// schema stand.
var sections = map[string]string{
	"class": "classes", "load.Process": "arrivals", "load.Step": "arrivals", "load.Dist": "distributions",
	"load.Part": "distributions", "load.Quantile": "distributions", "model.Config": "server", "model.Pool": "server",
	"model.Latency": "server", "scenario.Strategy": "strategies", "queue.Config": "queue", "queue.AgeingConfig": "queue",
	"queue.RequeueConfig": "queue", "limiter.WindowConfig": "window", "route.Daily": "route",
	"concurrency.Config": "concurrency", "limiter.Config": "limiter", "breaker.Config": "breaker", "route.Config": "route",
	"route.Cooldown": "route", "route.Fallback": "route", "retry.Config": "retry", "retry.Delay": "retry",
	"retry.RetryAfter": "retry", "scenario.SLO": "slo",
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
		words := map[string]string{"load.Dist": "distribution", "load.Part": "parts", "load.Step": "steps", "load.Quantile": "rows", "model.Pool": "pools"}
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

// TestMetricsPage looks for every metric.
func TestMetricsPage(t *testing.T) {
	t.Parallel()
	body := text(t, "docs/metrics.md")
	for _, name := range scenario.Metrics() {
		base, q, _ := strings.Cut(name, ".")
		if !strings.Contains(body, "`"+name+"`") && (!strings.HasSuffix(base, "_ms") || !strings.Contains(body, "`"+base+".q`") || !strings.Contains(body, "`"+q+"`")) {
			t.Errorf("docs/metrics.md has no %s", name)
		}
	}
}

// TestResultsPage looks for every file of a run folder, every field of the
// manifest and of summary.json.
func TestResultsPage(t *testing.T) {
	t.Parallel()
	body := text(t, "docs/results.md")
	words := []string{
		folder.ManifestFile, folder.SummaryFile, folder.ChartsFile, folder.ResultsFile, folder.ReportFile,
		"summary.csv", "summary.md", "junit.xml",
	}
	for _, v := range []any{folder.Manifest{}, report.Document{}, report.Cell{}, folder.Line{}, folder.AttemptLine{}} {
		words = append(words, fields(v)...)
	}
	for _, w := range words {
		if !strings.Contains(body, "`"+w+"`") {
			t.Errorf("docs/results.md has no %s", w)
		}
	}
}

// TestDesignPage looks for every package.
func TestDesignPage(t *testing.T) {
	t.Parallel()
	body := text(t, "docs/design.md")
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() || path == "." {
			return err
		}
		if strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "internal" && path != "internal" || path == "bench" {
			return fs.SkipDir
		}
		if sources, _ := filepath.Glob(path + "/*.go"); len(sources) > 0 && !strings.Contains(body, "`"+filepath.ToSlash(path)+"`") {
			t.Errorf("docs/design.md has no package %s", path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestLinks follows every link to a file of the repository.
func TestLinks(t *testing.T) {
	t.Parallel()
	link := regexp.MustCompile(`\]\(([^)#][^)]*)\)`)
	for _, page := range pages(t) {
		for _, m := range link.FindAllStringSubmatch(text(t, page), -1) {
			target, _, _ := strings.Cut(m[1], "#")
			if strings.Contains(target, "://") {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(page), target)); err != nil {
				t.Errorf("%s links to %s: %v", page, target, err)
			}
		}
	}
}

// TestScenariosInDocs loads every piece of YAML. A piece that is no whole file
// is put into one.
func TestScenariosInDocs(t *testing.T) {
	t.Parallel()
	whole := []string{
		"version: 1", "duration: 60s", "server: {rpm: 50, burst: 10}", "strategies: [no-retry, full-jitter, token-bucket]",
		"classes: {chat: {arrivals: {process: poisson, rate: 40/min}, input: 1000, output: 200}}",
	}
	for _, page := range pages(t) {
		for i, piece := range fenced(text(t, page), "yaml") {
			for _, line := range whole {
				key, _, _ := strings.Cut(line, ":")
				if !strings.HasPrefix(piece, key+":") && !strings.Contains(piece, "\n"+key+":") {
					piece = line + "\n" + piece
				}
			}
			if _, err := scenario.Load(page, []byte(piece), scenario.Options{}); err != nil {
				t.Errorf("piece %d of YAML in %s:\n%v", i+1, page, err)
			}
		}
	}
}

// fields are the names of the JSON fields of a struct.
func fields(v any) []string {
	var out []string
	typ := reflect.TypeOf(v)
	for i := range typ.NumField() {
		name, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
		if name != "" && name != "-" {
			out = append(out, name)
		}
	}
	return out
}

// fenced are the code blocks of a language.
func fenced(page, language string) []string {
	var out []string
	for _, part := range strings.Split("\n"+page, "\n```"+language+"\n")[1:] {
		block, _, _ := strings.Cut(part, "\n```")
		out = append(out, block+"\n")
	}
	return out
}

// lines are those of a text, without blanks at their ends.
func lines(b []byte) []string {
	var out []string
	for line := range bytes.Lines(b) {
		out = append(out, strings.TrimRight(string(line), " \n"))
	}
	return out
}
