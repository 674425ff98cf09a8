package mockserver

import (
	"net/http"
	"strings"

	"ratecliff/internal/wire"
)

// batchRoutes answers everything under /v1/messages/batches.
func (s *Server) batchRoutes(w http.ResponseWriter, r *http.Request, x *exchange) {
	rest := strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, pathBatches), "/")
	id, verb, _ := strings.Cut(rest, "/")
	var h handler
	allow := http.MethodGet
	switch {
	case rest == "" && r.Method == http.MethodPost:
		h = s.createBatch
	case rest == "" && r.Method == http.MethodGet:
		h = s.listBatches
	case rest == "":
		allow = "GET, POST"
	case verb == "" && r.Method == http.MethodGet:
		h = s.oneBatch(id)
	case verb == "" && r.Method == http.MethodDelete:
		h = s.deleteBatch(id)
	case verb == "":
		allow = "GET, DELETE"
	case verb == "cancel":
		allow = http.MethodPost
		h = s.cancelBatch(id)
	case verb == "results":
		h = s.batchResults(id)
	default:
		s.fail(w, x, notFound("The requested resource could not be found."))
		return
	}
	if h == nil || verb != "" && r.Method != allow {
		s.wrongMethod(w, x, allow)
		return
	}
	if failure := s.head(r, x); failure != nil {
		s.fail(w, x, failure)
		return
	}
	h(w, r, x)
}

// admitBatch puts a request of the batch endpoints before their limit.
func (s *Server) admitBatch(w http.ResponseWriter, r *http.Request, x *exchange, enqueue int) (owner int, ok bool) {
	x.req = batchRequest(enqueue)
	if !s.permitted(w, r, x) {
		return 0, false
	}
	return s.owner(x), true
}

func (s *Server) createBatch(w http.ResponseWriter, r *http.Request, x *exchange) {
	failure := x.json(r, MaxBatchBody)
	var b *batch
	if failure == nil {
		b, failure = s.readBatch(x, r.Header)
	}
	if failure != nil {
		s.fail(w, x, failure)
		return
	}
	owner, ok := s.admitBatch(w, r, x, len(b.items))
	if !ok {
		return
	}
	b.owner, b.created = owner, s.instant()
	if !s.batches.add(b.created, b, s.cfg.Batches.Delay) {
		s.fail(w, x, &wire.Failure{
			Status: http.StatusTooManyRequests, Type: wire.RateLimitError,
			Message: "Too many batch requests are waiting to be processed. Please try again later.",
		})
		return
	}
	s.answer(w, x, b.object(s.base, b.created, origin(r)))
}

func (s *Server) listBatches(w http.ResponseWriter, r *http.Request, x *exchange) {
	owner, ok := s.admitBatch(w, r, x, 0)
	if !ok {
		return
	}
	list, now := s.batches.of(owner), s.instant()
	s.sendPage(w, r, x, len(list), func(i int) string { return list[i].id },
		func(i int) any { return list[i].object(s.base, now, origin(r)) })
}

func (s *Server) oneBatch(id string) handler {
	return func(w http.ResponseWriter, r *http.Request, x *exchange) {
		if owner, ok := s.admitBatch(w, r, x, 0); ok {
			b, found := s.batches.find(owner, id)
			s.sendBatch(w, r, x, &b, found)
		}
	}
}

func (s *Server) cancelBatch(id string) handler {
	return func(w http.ResponseWriter, r *http.Request, x *exchange) {
		if owner, ok := s.admitBatch(w, r, x, 0); ok {
			b, found := s.batches.cancel(s.instant(), owner, id)
			s.sendBatch(w, r, x, &b, found)
		}
	}
}

func (s *Server) sendBatch(w http.ResponseWriter, r *http.Request, x *exchange, b *batch, found bool) {
	if !found {
		s.fail(w, x, notFound("The requested resource could not be found."))
		return
	}
	s.answer(w, x, b.object(s.base, s.instant(), origin(r)))
}

func (s *Server) deleteBatch(id string) handler {
	return func(w http.ResponseWriter, r *http.Request, x *exchange) {
		owner, ok := s.admitBatch(w, r, x, 0)
		if !ok {
			return
		}
		gone, found := s.batches.drop(s.instant(), owner, id)
		switch {
		case !found:
			s.fail(w, x, notFound("The requested resource could not be found."))
		case !gone:
			s.fail(w, x, invalid("Batch "+id+" cannot be deleted while it is being processed; cancel it first"))
		default:
			s.answer(w, x, map[string]string{"id": id, "type": "message_batch_deleted"})
		}
	}
}

// batchResults sends the results of an ended batch as JSON lines.
func (s *Server) batchResults(id string) handler {
	return func(w http.ResponseWriter, r *http.Request, x *exchange) {
		owner, ok := s.admitBatch(w, r, x, 0)
		if !ok {
			return
		}
		b, found := s.batches.find(owner, id)
		now := s.instant()
		switch {
		case !found || now >= b.created+batchArchived:
			s.fail(w, x, notFound("The requested resource could not be found."))
			return
		case now < b.end():
			s.fail(w, x, notFound("Batch "+id+" has no results yet: it is still being processed"))
			return
		}
		s.identify(w.Header(), x)
		w.Header()[wire.HeaderContentType] = []string{"application/x-jsonl"}
		w.WriteHeader(http.StatusOK)
		n := b.processed()
		for i := range b.items {
			x.out = b.appendResult(x.out, i, n)
			if len(x.out) < 64<<10 && i < len(b.items)-1 {
				continue
			}
			if _, err := w.Write(x.out); err != nil {
				return // the client went away
			}
			x.out = x.out[:0]
		}
	}
}

// origin is the scheme and host under which the client reached the mock.
func origin(r *http.Request) string {
	host := r.Host
	if host == "" {
		host = r.URL.Host
	}
	if r.TLS != nil {
		return "https://" + host
	}
	return "http://" + host
}
