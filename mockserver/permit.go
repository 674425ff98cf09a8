package mockserver

import (
	"net/http"

	"ratecliff/mockserver/model"
)

// permitted puts a request to an endpoint beside messages before the model and
// waits for the answer to be due; false when it was refused or the client went
// away, and then all is said.
func (s *Server) permitted(w http.ResponseWriter, r *http.Request, x *exchange) bool {
	return r.Context().Err() == nil
}

// batchRequest is a request to the batch endpoints as the model sees it.
func batchRequest() model.Request { return model.Request{} }

// owner is whose batches a request may see: those of all keys where keys share
// everything.
func (s *Server) owner(x *exchange) int {
	if share := s.cfg.Model.KeysShareBucket; share == nil || *share {
		return 0
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.keyIndex(x.key)
}

// queueLimit is how many batched requests may wait; 0 is no limit.
func (s *Server) queueLimit() int64 { return 0 }
