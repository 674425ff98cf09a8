package scenario

import (
	"fmt"

	"ratecliff/scenario/yamlx"
)

// CatalogStrategy is the named strategy that comes with ratecliff. An unknown
// name is an error that suggests the nearest one.
func CatalogStrategy(name string) (*Strategy, error) {
	all, err := Catalog()
	if err != nil {
		return nil, err
	}
	names := make([]string, len(all))
	for i := range all {
		if all[i].Name == name {
			return &all[i], nil
		}
		names[i] = all[i].Name
	}
	if near := yamlx.Nearest(name, names); near != "" {
		return nil, fmt.Errorf("no strategy is called %q; did you mean %q?", name, near)
	}
	return nil, fmt.Errorf("no strategy is called %q; see 'ratecliff list strategies'", name)
}
