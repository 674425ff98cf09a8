package scenario

import (
	"embed"
	"fmt"
	"strings"

	"ratecliff/scenario/yamlx"
)

//go:embed templates/*.yaml
var templateFiles embed.FS

// Templates lists the kinds that [Init] knows.
func Templates() []string { return []string{"burst", "steady", "mixed-priority"} }

// Init is a commented scenario to start from, complete enough to run. An
// unknown kind is an error that names the nearest one.
func Init(kind string) ([]byte, error) {
	if !contains(Templates(), kind) {
		return nil, fmt.Errorf("unknown template %q; %s (templates: %s)", kind,
			yamlx.Suggest(kind, Templates()), strings.Join(Templates(), ", "))
	}
	return templateFiles.ReadFile("templates/" + kind + ".yaml")
}
