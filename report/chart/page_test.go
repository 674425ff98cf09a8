package chart

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"regexp"
	"strings"
	"testing"

	"ratecliff/report"
	"ratecliff/report/reporttest"
)

var update = flag.Bool("update", false, "write the golden files")

func render(t *testing.T, d *report.Document) string {
	t.Helper()
	var b bytes.Buffer
	if err := HTML(&b, d); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// The data block is the page as far as we decide it: options, not pixels.
func dataOf(t *testing.T, page string) string {
	t.Helper()
	_, rest, ok := strings.Cut(page, `<script type="application/json" id="data">`)
	data, _, ended := strings.Cut(rest, "</script>")
	if !ok || !ended {
		t.Fatal("the page has no data block")
	}
	return data
}

func TestGoldenOptions(t *testing.T) {
	t.Parallel()
	var got bytes.Buffer
	if err := json.Indent(&got, []byte(dataOf(t, render(t, short(reporttest.Sample(3))))), "", " "); err != nil {
		t.Fatal(err)
	}
	const path = "testdata/options.json"
	if *update {
		if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Errorf("%s differs; run with -update and look at the change", path)
	}
}

// short leaves the first bins of every series, so that the golden file can be
// read.
func short(d *report.Document) *report.Document {
	for i := range d.Charts.Cells {
		for j := range d.Charts.Cells[i].Series {
			s := &d.Charts.Cells[i].Series[j]
			s.Values = s.Values[:5]
		}
	}
	return d
}

func TestEqualDocumentsGiveEqualPages(t *testing.T) {
	t.Parallel()
	if first, second := render(t, reporttest.Sample(12)), render(t, reporttest.Sample(12)); first != second {
		t.Error("two renderings of one document differ")
	}
}

func TestPageStaysSmall(t *testing.T) {
	t.Parallel()
	d := reporttest.Sample(12)
	for i := range d.Charts.Cells {
		for j := range d.Charts.Cells[i].Series {
			s := &d.Charts.Cells[i].Series[j]
			for len(s.Values) < report.MaxPoints {
				s.Values = append(s.Values, report.Number(123.4+float64(len(s.Values)%77)))
			}
		}
	}
	if n := len(render(t, d)); n > 1_600_000 {
		t.Errorf("%d bytes", n)
	}
}

// corpus is what might stand in a scenario file or come back from a server.
func corpus() []string {
	return []string{
		`</script><script>document.title="owned"</script>`, `__f__function(){document.title="owned"}__f__`,
		`<img src=x onerror="document.title='owned'">`, `{{.}}{{template "x"}}`, "`${document.title='owned'}`", `"'\u003c\`,
		`{a|rich}{b}{@ms}`, "@ms", `<!--<script>`, "javascript:document.title='owned'", "]]>\u2028\u2029", `constructor`, `__proto__`,
	}
}

func hostile(text string) *report.Document {
	d := reporttest.Sample(3)
	d.Scenario = report.Scenario{Name: text, Description: text, Hash: text, Text: text}
	d.Sentence, d.Target, d.Command, d.Tool.Version, d.Profile.Name = text, text, text, text, text
	for i := range d.Cells {
		d.Cells[i].Strategy, d.Cells[i].Settings = text+string(rune('a'+i)), report.Settings{{Path: text, Value: text}}
		d.Cells[i].Classes[0].Name = text
		d.Cells[i].Metrics["response_time_ms.p99"] = report.Metric{Withheld: text, Warnings: []string{text}}
	}
	for i := range d.Verdicts {
		d.Verdicts[i] = report.Verdict{
			Text: text, Subject: text, Cell: text, Metric: text, Want: text, Got: text,
			Outcome: report.Fail, Warnings: []string{text},
		}
	}
	d.Confessions[0].Text = text
	return d
}

func TestHostileTextNeverBecomesMarkup(t *testing.T) {
	t.Parallel()
	tags := regexp.MustCompile(`(?i)<(script|img|/script|!--)`)
	clean := len(tags.FindAllString(frame(render(t, reporttest.Sample(3))), -1))
	for _, text := range corpus() {
		page := render(t, hostile(text))
		if got := len(tags.FindAllString(frame(page), -1)); got != clean {
			t.Errorf("%q: %d tags, a harmless document has %d", text, got, clean)
		}
		var data payload
		if err := json.Unmarshal([]byte(dataOf(t, page)), &data); err != nil {
			t.Errorf("%q: %v", text, err)
		}
		if strings.ContainsAny(dataOf(t, page), "<>\u2028\u2029") {
			t.Errorf("%q: the data block holds markup", text)
		}
	}
}

// frame is the page without the library, which is a constant.
func frame(page string) string { return strings.Replace(page, library, "", 1) }

func TestPolicyPermitsExactlyTheTwoScripts(t *testing.T) {
	t.Parallel()
	page := render(t, reporttest.Sample(2))
	found := regexp.MustCompile(`<script>`).FindAllStringIndex(page, -1)
	var scripts []string
	rest := page
	for {
		_, after, ok := strings.Cut(rest, "<script>")
		if !ok {
			break
		}
		body, tail, _ := strings.Cut(after, "</script>")
		scripts, rest = append(scripts, body), tail
	}
	if len(scripts) != 2 || len(found) != 2 {
		t.Fatalf("%d scripts", len(scripts))
	}
	// The attribute is HTML: the template writes + and ' as character references.
	head, _, _ := strings.Cut(strings.NewReplacer("&#43;", "+", "&#39;", "'").Replace(page), "<title>")
	for _, s := range scripts {
		sum := sha256.Sum256([]byte(s))
		if hash := "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; !strings.Contains(head, hash) {
			t.Errorf("the policy does not permit a script of %d bytes", len(s))
		}
	}
	for _, rule := range []string{"default-src 'none'; ", "; style-src 'unsafe-inline'; ", "base-uri 'none'; form-action 'none'"} {
		if !strings.Contains(head, rule) {
			t.Errorf("the policy lacks %s", rule)
		}
	}
	if strings.Count(head, "sha256-") != 2 || strings.Contains(head, "script-src 'unsafe") {
		t.Errorf("policy: %s", head)
	}
}

func TestPageReachesNothing(t *testing.T) {
	t.Parallel()
	body := frame(render(t, reporttest.Sample(12)))
	for _, bad := range []string{" src=", " href=", "url(", "@import", "http://", "https://", "fetch(", "XMLHttp"} {
		if strings.Contains(body, bad) {
			t.Errorf("the page contains %q", bad)
		}
	}
}

func TestHeadingsAreInOrder(t *testing.T) {
	t.Parallel()
	level := 0
	for _, m := range regexp.MustCompile(`<h([1-6])`).FindAllStringSubmatch(frame(render(t, reporttest.Sample(12))), -1) {
		next := int(m[1][0] - '0')
		if next > level+1 {
			t.Errorf("h%d follows h%d", next, level)
		}
		level = next
	}
}

func TestEveryFormatterIsKnown(t *testing.T) {
	t.Parallel()
	data := dataOf(t, render(t, reporttest.Sample(12)))
	for _, m := range regexp.MustCompile(`"(?:formatter|valueFormatter)":"([^"]+)"`).FindAllStringSubmatch(data, -1) {
		if !strings.Contains(boot, `"`+m[1]+`":`) {
			t.Errorf("the page's script knows no formatter %q", m[1])
		}
	}
}

func TestDocumentsWithGaps(t *testing.T) {
	t.Parallel()
	noCharts, nothing := reporttest.Sample(3), &report.Document{}
	noCharts.Charts = nil
	bare := reporttest.Sample(2)
	bare.Charts.Cells = []report.CellCharts{{}, {}}
	bare.Cells[0].Metrics, bare.Verdicts, bare.Profile, bare.Prices = nil, nil, nil, nil
	for name, d := range map[string]*report.Document{"no charts": noCharts, "nothing": nothing, "bare": bare, "one": reporttest.Sample(1)} {
		if page := render(t, d); !strings.HasSuffix(strings.TrimSpace(page), "</html>") {
			t.Errorf("%s: the page ends early", name)
		}
	}
}

func TestLibraryIsWhatItsChecksumSays(t *testing.T) {
	t.Parallel()
	want, err := os.ReadFile("asset/echarts.min.js.sha256")
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(library))
	if !strings.HasPrefix(string(want), hex.EncodeToString(sum[:])) {
		t.Error("asset/echarts.min.js is not the file of the checksum; run asset/refresh.sh")
	}
	if version, _ := os.ReadFile("asset/VERSION"); !strings.Contains(library, `t.version="`+strings.TrimSpace(string(version))+`"`) {
		t.Errorf("the library is not version %s", version)
	}
}
