package mockserver

import (
	"net/http"

	"ratecliff/mockserver/journal"
	"ratecliff/mockserver/model"
)

// ModelConfig is the configuration of the service in force.
func (s *Server) ModelConfig() model.Config {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.service
}

// Reset puts every bucket back to its start level and forgets the identities
// given to requests, so that what follows draws as it did at the start. Time
// goes on; answers in progress play to their end but touch no bucket any more.
func (s *Server) Reset() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	next, err := model.NewAt(s.tick(), s.service, s.cfg.Seed)
	if err != nil {
		return err
	}
	s.swap(next, journal.Reset)
	s.admitted = 0
	clear(s.keys)
	if e := s.evidence; e != nil {
		e.journal.forget()
		e.links.forget()
	}
	return nil
}

// Configure changes the service while it runs: all of the change, or none and an
// error. Buckets that exist before and after keep their levels, cut to the new
// capacity. See [model.Model.Reconfigured] for answers in progress.
func (s *Server) Configure(cfg model.Config) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	next, err := s.model.Reconfigured(s.tick(), cfg)
	if err != nil {
		return err
	}
	s.service = cfg
	s.swap(next, journal.Reload)
	return nil
}

// swap puts a new model in force; the caller holds mu.
func (s *Server) swap(next *model.Model, why journal.Event) {
	s.model = next
	s.changes++
	s.owners = ownersOf(&s.service)
	s.offer.Store(newOffer(next, &s.service))
	s.enterAll(why)
}

// configure answers GET and PUT of a part of the configuration.
func (s *Server) configure(w http.ResponseWriter, r *http.Request, part string) (any, error) {
	if r.Method == http.MethodPut {
		s.changing.Lock() // read, change and write as one
		defer s.changing.Unlock()
		cfg := s.ModelConfig()
		if err := change(w, r, part, &cfg); err != nil {
			return nil, err
		}
		if err := s.Configure(cfg); err != nil {
			return nil, err
		}
	}
	cfg := s.ModelConfig()
	if part == "faults" {
		return faultsOf(&cfg), nil
	}
	return cfg, nil
}
