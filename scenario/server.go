package scenario

import (
	"strings"

	"ratecliff/mockserver/model"
	"ratecliff/scenario/yamlx"
)

// Server changes the configuration of a service as --set changes a scenario's:
// each setting is "path=value" with a path below server, such as burst=10 or
// server.latency.ttft=2s. The error is an [*Errors] with every mistake.
func Server(base model.Config, set []string) (model.Config, error) {
	var issues yamlx.Issues
	root := &yamlx.Node{Kind: yamlx.Map}
	l := &loader{issues: &issues}
	l.options.Set = make([]string, len(set))
	for i, s := range set {
		if path, _, _ := strings.Cut(s, "="); strings.TrimSpace(path) != "" && !strings.HasPrefix(strings.TrimSpace(path), "server.") {
			s = "server." + strings.TrimSpace(s)
		}
		l.options.Set[i] = s
	}
	l.overrides(root)
	if server := root.Get("server"); server != nil {
		if server.Get("profile") != nil {
			base.Pools = nil
		}
		if server.Get("pools") != nil {
			base.Profile = ""
		}
	}
	doc := struct {
		Server model.Config `yaml:"server"`
	}{base}
	decoder := yamlx.Decoder{Issues: &issues, Hooks: hooks()}
	decoder.Decode(root, "", &doc)
	c := checker{root: root, issues: &issues, badly: issues}
	c.problems("server", doc.Server.Validate())
	if err := asError(issues); err != nil {
		return model.Config{}, err
	}
	return doc.Server, nil
}
