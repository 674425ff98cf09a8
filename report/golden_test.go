package report_test

import (
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"ratecliff/report"
	"ratecliff/report/reporttest"
)

var update = flag.Bool("update", false, "write the golden files")

func render(t *testing.T, write func(io.Writer, *report.Document) error, d *report.Document) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b, d); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs; run with -update and look at the change. Got:\n%s", name, got)
	}
}

func writers() map[string]func(io.Writer, *report.Document) error {
	return map[string]func(io.Writer, *report.Document) error{
		"report.txt": report.Text, "report-colour.txt": report.Terminal{Colour: true}.Write, "summary.json": report.JSON,
		"charts.json": report.ChartsJSON, "summary.csv": report.CSV, "summary.md": report.Markdown, "junit.xml": report.JUnit,
	}
}

func TestGolden(t *testing.T) {
	t.Parallel()
	counts := map[string]int{"report.txt": 12, "report-colour.txt": 12, "summary.md": 12, "junit.xml": 3}
	for name, write := range writers() {
		count := counts[name]
		if count == 0 {
			count = 2
		}
		if name == "charts.json" {
			continue // large; its round trip is tested
		}
		golden(t, name, render(t, write, reporttest.Sample(count)))
	}
}

func TestEqualDocumentsGiveEqualBytes(t *testing.T) {
	t.Parallel()
	for name, write := range writers() {
		a, b := render(t, write, reporttest.Sample(12)), render(t, write, reporttest.Sample(12))
		if !bytes.Equal(a, b) {
			t.Errorf("%s: two renderings of one document differ", name)
		}
	}
}

func TestTextFitsATerminal(t *testing.T) {
	t.Parallel()
	table := false
	for line := range strings.Lines(string(render(t, report.Text, reporttest.Sample(12)))) {
		table = table || strings.HasPrefix(line, "strategy")
		if strings.TrimSpace(line) == "" {
			table = false
		}
		if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); table && n > 120 {
			t.Errorf("%d columns: %s", n, line)
		}
	}
}

func TestFolderGivesTheDocumentBack(t *testing.T) {
	t.Parallel()
	d := reporttest.Sample(12)
	fsys := fstest.MapFS{
		report.SummaryFile: {Data: render(t, report.JSON, d)}, report.ChartsFile: {Data: render(t, report.ChartsJSON, d)},
	}
	back, err := report.ReadFolder(fsys)
	if err != nil {
		t.Fatal(err)
	}
	for name, write := range writers() {
		if a, b := render(t, write, d), render(t, write, back); !bytes.Equal(a, b) {
			t.Errorf("%s is not the same when rendered from the folder", name)
		}
	}
}

func TestFolderRefusals(t *testing.T) {
	t.Parallel()
	summary, other := render(t, report.JSON, reporttest.Sample(3)), render(t, report.ChartsJSON, reporttest.Sample(2))
	for _, c := range []struct {
		name, summary, charts, want string
	}{
		{"nothing", "", "", "summary.json"},
		{"no JSON", "<html>", "", "invalid character"},
		{"another file", `{"cells":[]}`, "", "no schema_version"},
		{"newer", `{"schema_version":99}`, "", "newer version"},
		{"charts of another run", string(summary), string(other), "not of one run"},
		{"charts cut off", string(summary), "{", "charts.json"},
	} {
		fsys := fstest.MapFS{}
		if c.summary != "" {
			fsys[report.SummaryFile] = &fstest.MapFile{Data: []byte(c.summary)}
		}
		if c.charts != "" {
			fsys[report.ChartsFile] = &fstest.MapFile{Data: []byte(c.charts)}
		}
		if _, err := report.ReadFolder(fsys); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
	}
}

func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(report.SummarySchema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("summary.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	return c.MustCompile("summary.schema.json")
}

func TestSchema(t *testing.T) {
	t.Parallel()
	s := schema(t)
	good := string(render(t, report.JSON, reporttest.Sample(12)))
	empty := string(render(t, report.JSON, &report.Document{Clock: report.Wall, Provenance: report.MeasuredLive, Started: "2026-11-22T16:00:00Z"}))
	for _, c := range []struct {
		name, text string
		valid      bool
	}{
		{"sample", good, true},
		{"empty live run", empty, true},
		{"unknown key", strings.Replace(good, `"clock"`, `"clocks"`, 1), false},
		{"start of a virtual run", strings.Replace(good, `"seed": 1`, `"started": "now", "seed": 1`, 1), false},
		{"value and withheld", strings.Replace(good, `"withheld": "50 samples, 100 needed"`, `"value": 1, "withheld": "x"`, 1), false},
		{"interval without confidence", strings.Replace(good, `"confidence": 0.9586`, `"warnings": []`, 1), false},
		{"no outcome", strings.Replace(good, `"outcome": "pass"`, `"outcome": "maybe"`, 1), false},
	} {
		doc, err := jsonschema.UnmarshalJSON(strings.NewReader(c.text))
		if err != nil {
			t.Fatal(c.name, err)
		}
		if err := s.Validate(doc); (err == nil) != c.valid {
			t.Errorf("%s: valid = %v, want %v: %v", c.name, err == nil, c.valid, err)
		}
	}
}

// hostile texts may come out of any scenario file or server.
func hostile() string {
	return "\x1b[31mred\x1b[0m|</script><b>|`code`|[link](x)|\u202eevil\r\n@all\x00"
}

func TestHostileNamesStayText(t *testing.T) {
	t.Parallel()
	d := reporttest.Sample(2)
	d.Cells[0].Strategy, d.Scenario.Name, d.Sentence, d.Command = hostile(), hostile(), hostile(), "x```\n"+hostile()
	d.Verdicts[0].Text, d.Verdicts[0].Outcome, d.Confessions[0].Text = hostile(), report.Fail, hostile()
	if text := string(render(t, report.Text, d)); strings.ContainsAny(text, "\x1b\x00\u202e\r") {
		t.Errorf("control characters reach the terminal: %q", text)
	}
	md := string(render(t, report.Markdown, d))
	for _, bad := range []string{"<b>", "</script", "[link](", "\x1b", "\n@all", "| all"} {
		body, _, _ := strings.Cut(md, "````sh")
		if strings.Contains(body, bad) {
			t.Errorf("markdown contains %q", bad)
		}
	}
	if xml := string(render(t, report.JUnit, d)); strings.Contains(xml, "<b>") || strings.Contains(xml, "\x1b") {
		t.Error("JUnit contains raw text")
	}
}
