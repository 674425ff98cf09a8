package mockserver

import (
	"encoding/json"
	"net/http"
	"strings"

	"ratecliff/internal/wire"
)

// Paths of the API beside /v1/messages.
const (
	pathCount      = "/v1/messages/count_tokens"
	pathBatches    = "/v1/messages/batches"
	pathModels     = "/v1/models"
	pathLimits     = "/v1/organizations/rate_limits"
	pathWorkspaces = "/v1/organizations/workspaces/"
	pathHello      = "/api/hello"
)

// other answers everything but POST /v1/messages.
func (s *Server) other(w http.ResponseWriter, r *http.Request, x *exchange) {
	path := r.URL.Path
	switch {
	case path == pathCount:
		s.only(w, r, x, http.MethodPost, s.countTokens)
	case path == pathBatches || strings.HasPrefix(path, pathBatches+"/"):
		s.batchRoutes(w, r, x)
	case path == pathModels || strings.HasPrefix(path, pathModels+"/"):
		s.only(w, r, x, http.MethodGet, s.listModels)
	case path == pathLimits:
		s.only(w, r, x, http.MethodGet, s.organizationLimits)
	case strings.HasPrefix(path, pathWorkspaces) && strings.HasSuffix(path, "/rate_limits"):
		s.only(w, r, x, http.MethodGet, s.workspaceLimits)
	case path == pathHello && (r.Method == http.MethodHead || r.Method == http.MethodGet):
		s.send(w, http.StatusOK, nil)
	default:
		s.fail(w, x, notFound("The requested resource could not be found."))
	}
}

// handler answers one route.
type handler func(w http.ResponseWriter, r *http.Request, x *exchange)

// only calls h for one method, and refuses every other.
func (s *Server) only(w http.ResponseWriter, r *http.Request, x *exchange, method string, h handler) {
	if r.Method != method {
		s.wrongMethod(w, x, method)
		return
	}
	h(w, r, x)
}

func notFound(message string) *wire.Failure {
	return &wire.Failure{Status: http.StatusNotFound, Type: wire.NotFoundError, Message: message}
}

// answer sends a value as JSON with the headers that every good answer carries.
func (s *Server) answer(w http.ResponseWriter, x *exchange, value any) {
	body, err := json.Marshal(value)
	if err != nil { // our own types always encode
		s.fail(w, x, &wire.Failure{Status: http.StatusInternalServerError, Type: wire.APIError, Message: "Internal server error"})
		return
	}
	s.identify(w.Header(), x)
	s.send(w, http.StatusOK, body)
}

// identify sets the headers that name the request and its owner.
func (s *Server) identify(h http.Header, x *exchange) {
	h[wire.HeaderContentType] = s.fixed.json
	h[wire.HeaderOrganization], h[wire.HeaderWorkspace] = s.fixed.organization, s.offer.Load().workspace(x.key, s.fixed.workspace)
	h[wire.HeaderRequestID] = []string{x.requestID}
}
