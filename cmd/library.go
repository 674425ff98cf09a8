package cmd

import (
	"fmt"
	"slices"
	"strings"
)

// checkClock keeps client libraries that read the wall clock to runs whose time
// is the wall's.
func (s *session) checkClock() error {
	if s.wall() && s.compress == 1 {
		return nil
	}
	var names, reads []string
	for i := range s.loaded.variants {
		for _, strategy := range s.loaded.variants[i].Scenario.Strategies {
			clocked := strategy.Clocked()
			if len(clocked) == 0 || slices.Contains(names, strategy.Name) {
				continue
			}
			names = append(names, strategy.Name)
			for _, l := range clocked {
				if !slices.Contains(reads, string(l)) {
					reads = append(reads, string(l))
				}
			}
		}
	}
	if len(names) == 0 {
		return nil
	}
	return usagef("%s: %s the wall clock and cannot follow another: add --clock wall --compress 1, or choose other strategies with --strategies",
		strings.Join(names, ", "), readers(reads))
}

// readers puts a verb to the names of libraries.
func readers(names []string) string {
	if len(names) == 1 {
		return "the library " + names[0] + " reads"
	}
	return fmt.Sprintf("the libraries %s read", strings.Join(names, ", "))
}
