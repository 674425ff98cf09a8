package main

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"ratecliff/policy/catalog"
	"ratecliff/scenario"
)

// entryName finds the name of an entry of a catalog file.
var entryName = regexp.MustCompile(`(?m)^  - name: (\S+)$`)

// TestCatalogTables keeps the tables of docs/strategies.md equal to the catalog:
// every file but that of the articles' strategies has its table.
func TestCatalogTables(t *testing.T) {
	t.Parallel()
	const page = "docs/strategies.md"
	body := text(t, page)
	for _, file := range catalog.Files() {
		if file.Name == "seeds.yaml" {
			continue
		}
		begin, end := "<!-- catalog "+file.Name+" -->\n", "<!-- end -->"
		before, rest, found := strings.Cut(body, begin)
		_, after, closed := strings.Cut(rest, end)
		if !found || !closed {
			t.Errorf("%s has no table of %s", page, file.Name)
			continue
		}
		body = before + begin + catalogTable(t, file.Text) + end + after
	}
	if *update {
		if err := os.WriteFile(page, []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if body != text(t, page) {
		t.Errorf("the tables of %s differ from the catalog: 'go test . -update' writes them anew", page)
	}
}

// catalogTable is a row for each entry of a catalog file.
func catalogTable(t *testing.T, file []byte) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("| strategy | what it does | source |\n| --- | --- | --- |\n")
	for _, m := range entryName.FindAllSubmatch(file, -1) {
		s, err := scenario.CatalogStrategy(string(m[1]))
		if err != nil {
			t.Fatal(err)
		}
		cell := strings.NewReplacer("|", `\|`, "\n", " ").Replace
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", s.Name, cell(s.Description), cell(s.Source))
	}
	return b.String()
}

// TestStrategiesPage looks for every strategy and technique of the articles. A
// twin is named after what it mends.
func TestStrategiesPage(t *testing.T) {
	t.Parallel()
	const page = "docs/strategies.md"
	body := text(t, page)
	all, err := scenario.Catalog()
	if err != nil {
		t.Fatal(err)
	}
	seeds := 0
	for _, s := range all {
		if !strings.HasPrefix(s.Name, "seed-") {
			continue
		}
		seeds++
		if name := strings.TrimSuffix(s.Name, "-fixed"); !strings.Contains(body, "`"+name+"`") {
			t.Errorf("%s does not name %s", page, name)
		}
		if _, twin := strings.CutSuffix(s.Name, "-fixed"); twin {
			continue
		}
		if _, err := scenario.CatalogStrategy(s.Name + "-fixed"); err != nil && s.Name != "seed-a-limiter-unlocked" && s.Name != "seed-a-defence" {
			t.Errorf("%s has no twin", s.Name)
		}
	}
	if seeds < 2*18+2 {
		t.Errorf("%d strategies of the articles", seeds)
	}
	for id, last := range map[string]int{"S": 18, "T": 27} {
		for n := 1; n <= last; n++ {
			if name := fmt.Sprintf("%s%02d", id, n); !strings.Contains(body, name) {
				t.Errorf("%s does not name %s", page, name)
			}
		}
	}
}
