package mockserver

import (
	"net/http"
	"strings"
)

// control answers what is not the API: admin endpoints and whatever was mounted.
// false means that it is the API's.
func (s *Server) control(w http.ResponseWriter, r *http.Request) bool {
	if h, ok := s.mounted[r.URL.Path]; ok {
		h.ServeHTTP(w, r)
		return true
	}
	if !strings.HasPrefix(r.URL.Path, "/_ratecliff/") {
		return false
	}
	return false
}
