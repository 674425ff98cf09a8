package mockserver

import (
	"net/http"

	"ratecliff/load"
	"ratecliff/mockserver/model"
)

// permitted puts a request to an endpoint beside messages before the model and
// waits for the answer to be due; false when it was refused or the client went
// away, and then all is said.
func (s *Server) permitted(w http.ResponseWriter, r *http.Request, x *exchange) bool {
	if x.req.Enqueue > 0 {
		s.dequeue()
	}
	s.admit(x)
	if !s.await(r.Context(), x, x.reply.Done) {
		return false
	}
	if x.reply.Response.Outcome != load.OK {
		s.refuse(w, x)
		return false
	}
	return true
}

// dequeue tells the model which batched requests wait no longer.
func (s *Server) dequeue() {
	waiting := s.batches.waiting(s.instant())
	s.mu.Lock()
	defer s.mu.Unlock()
	s.model.Dequeue(s.model.Queued() - waiting)
}

// batchRequest is a request to the batch endpoints as the model sees it; a new
// batch holds n requests.
func batchRequest(n int) model.Request {
	return model.Request{Endpoint: model.Batches, Enqueue: int64(n)}
}

// owner is whose batches a request may see: those of all keys where keys share
// everything.
func (s *Server) owner(x *exchange) int {
	if share := s.cfg.Model.KeysShareBucket; share == nil || *share {
		return 0
	}
	return x.req.Key
}
