package mockserver_test

import (
	"os/exec"
	"strings"
	"testing"
)

// TestImports: whoever embeds the mock pays for neither the command line nor
// charts nor YAML.
func TestImports(t *testing.T) {
	t.Parallel()
	for pkg, allowed := range map[string][]string{
		"ratecliff/mockserver":                {"internal/wire", "load", "mockserver", "mockserver/journal", "mockserver/model", "mockserver/model/fault", "ratelimit"},
		"ratecliff/mockserver/mockservertest": {"internal/wire", "load", "mockserver", "mockserver/journal", "mockserver/mockservertest", "mockserver/model", "mockserver/model/fault", "ratelimit"},
		"ratecliff/internal/wire":             {"internal/wire", "load"},
	} {
		out, err := exec.Command("go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", pkg).Output()
		if err != nil {
			t.Fatalf("go list: %v", err)
		}
		got := strings.Fields(string(out))
		if len(got) == 0 {
			t.Errorf("%s: go list named nothing", pkg)
		}
		ok := map[string]bool{}
		for _, name := range allowed {
			ok["ratecliff/"+name] = true
		}
		for _, name := range got {
			if !ok[name] {
				t.Errorf("%s depends on %s", pkg, name)
			}
		}
	}
}

// TestWireKnowsNoSockets: the wire package stays bytes in, bytes out.
func TestWireKnowsNoSockets(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("go", "list", "-deps", "ratecliff/internal/wire").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for _, name := range strings.Fields(string(out)) {
		if name == "net" || name == "net/http" {
			t.Errorf("internal/wire depends on %s", name)
		}
	}
}
