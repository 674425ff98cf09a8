package scenario

import (
	"fmt"
	"path"
	"strings"

	"ratecliff/mockserver/model"
	"ratecliff/scenario/yamlx"
)

// profile finds the profile that server.profile names. One from a file is put
// in place of the name as pools; an unknown name is left to validation.
func (l *loader) profile(root *yamlx.Node, s *Scenario) {
	name := s.Server.Profile
	if name == "" {
		return
	}
	if !strings.ContainsAny(name, "/\\") && path.Ext(name) != ".json" {
		if p, err := model.LoadProfile(name); err == nil {
			s.Profile = &p
		}
		return
	}
	const at = "server.profile"
	_, place := root.Find(at)
	p, err := l.readProfile(name, place)
	if err != nil {
		l.issues.Add(place, at, fmt.Sprintf("profile %q: %v", name, err), "")
		s.Server.Profile = DefaultProfile // so that nothing else is said about it
		return
	}
	if len(s.Server.Pools) > 0 {
		l.issues.Add(place, at, "server has a profile and pools", "give one of the two")
	}
	s.Profile, s.Server.Profile, s.Server.Pools = p, "", p.Pools
}

// readProfile opens a profile: one named in the scenario lies beside it, one
// named by a flag where the flag says.
func (l *loader) readProfile(name string, place *yamlx.Node) (*model.Profile, error) {
	if l.options.Open == nil {
		return nil, fmt.Errorf("profiles from files cannot be opened here; known by name: %s", strings.Join(model.Profiles(), ", "))
	}
	file := l.beside(name)
	if place.Source != nil && place.Source.Flag {
		file = name
	}
	f, err := l.options.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	p, err := model.DecodeProfile(f)
	if err != nil {
		return nil, err
	}
	return &p, nil
}
