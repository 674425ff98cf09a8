package mockserver

import (
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"ratecliff/internal/wire"
	"ratecliff/load"
	"ratecliff/mockserver/journal"
	"ratecliff/mockserver/model"
)

// maxKeys is how many API keys are told apart; all later ones count as one.
const maxKeys = 4096

// Server is the mock. It is safe for concurrent use.
type Server struct {
	cfg       Config
	base      wire.Timebase
	fixed     fixedHeaders
	serial    atomic.Uint64 // requests seen, for their ids
	exchanges sync.Pool
	offer     atomic.Pointer[offer]
	batches   batchStore
	steps     *stepped  // nil on a wall clock
	evidence  *evidence // nil when nobody wants any
	stats     stats
	mounted   map[string]http.Handler
	changing  sync.Mutex // held while the configuration is read, changed and written

	mu       sync.Mutex // guards what follows; held for arithmetic only
	model    *model.Model
	service  model.Config // what it was made from
	owners   map[string]string
	last     time.Duration // last instant given to the model
	admitted uint64        // requests given to the model, for random draws
	changes  uint64        // models there have been before this one
	keys     map[string]int
	chance   *load.Chance
	output   load.Dist
}

var _ http.Handler = (*Server)(nil)

// New returns a mock whose instant 0 is now. The error lists everything wrong
// with the configuration.
func New(cfg Config) (*Server, error) {
	if problems := cfg.Validate(); len(problems) > 0 {
		return nil, &model.ConfigError{Problems: problems}
	}
	cfg = cfg.WithDefaults()
	cfg.Model.Pace = wire.Timebase{Compress: cfg.Compress}.Stretch(cfg.WriteEvery)
	m, err := model.New(cfg.Model, cfg.Seed)
	if err != nil {
		return nil, err
	}
	s := &Server{
		cfg: cfg, base: wire.Timebase{Start: cfg.Now(), Compress: cfg.Compress},
		model: m, service: cfg.Model, keys: map[string]int{}, chance: load.NewChance(), output: cfg.Output,
	}
	s.fixed = newFixedHeaders(cfg)
	s.offer.Store(newOffer(m, &cfg.Model))
	if cfg.Clock == SteppedClock {
		s.steps = newStepped()
	}
	s.owners = ownersOf(&s.service)
	s.evidence = newEvidence(&cfg)
	s.enterAll(journal.Start)
	s.exchanges.New = func() any { return &exchange{} }
	return s, nil
}

// ServeHTTP answers the Messages API and GET /healthz. Anything else gets a 404
// or 405 in the API's envelope.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.control(w, r) {
		return
	}
	x := s.exchanges.Get().(*exchange)
	defer s.release(x)
	serial := s.serial.Add(1)
	x.begin(s.cfg.Seed, serial)
	w = s.observe(w, r, x, serial)
	defer s.observed(x)
	switch path, method := r.URL.Path, r.Method; {
	case path == "/v1/messages" && method == http.MethodPost:
		s.messages(w, r, x)
	case path == "/healthz" && (method == http.MethodGet || method == http.MethodHead):
		s.health(w)
	case path == "/v1/messages":
		s.wrongMethod(w, x, http.MethodPost)
	case path == "/healthz":
		s.wrongMethod(w, x, http.MethodGet)
	default:
		if w = s.faultOther(w, r, x); w != nil {
			s.other(w, r, x)
		}
	}
}

func (s *Server) health(w http.ResponseWriter) {
	w.Header()[wire.HeaderContentType] = s.fixed.json
	_, _ = w.Write([]byte(`{"status":"ok"}` + "\n")) // a prober that went away needs no answer
}

func (s *Server) wrongMethod(w http.ResponseWriter, x *exchange, allow string) {
	w.Header().Set("Allow", allow)
	s.fail(w, x, &wire.Failure{
		Status: http.StatusMethodNotAllowed, Type: wire.InvalidRequest, Message: "Method Not Allowed",
	})
}

func (s *Server) messages(w http.ResponseWriter, r *http.Request, x *exchange) {
	if failure := s.accept(r, x); failure != nil {
		s.fail(w, x, failure)
		return
	}
	x.req.Header, x.req.Retries = r.Header, retries(r.Header)
	s.admit(x)
	s.play(w, r, x)
}

// instant is the current instant of the service.
func (s *Server) instant() time.Duration {
	if s.steps != nil {
		return s.steps.instant()
	}
	return s.base.Stretch(s.cfg.Now().Sub(s.base.Start))
}

// tick is the instant to give to the model, which must never go back; the
// caller holds mu.
func (s *Server) tick() time.Duration {
	s.last = max(s.last, s.instant())
	return s.last
}

// admit puts the request before the model and keeps the reply.
func (s *Server) admit(x *exchange) {
	s.link(x)
	s.mu.Lock()
	defer s.mu.Unlock()
	if !x.hinted {
		x.req.ID, x.req.Attempt = s.admitted, 1
		rng := s.chance.Aim(s.cfg.Seed, load.ForLengths, s.admitted, 0)
		x.req.Tokens.Output = max(0, int64(s.output.Sample(rng)))
		if x.call > 0 {
			x.req.Tokens.Output = x.call + min(x.req.Tokens.Output, leadIn)
		}
	}
	s.admitted++
	if x.keyed {
		x.req.Key = x.hintKey
	} else {
		x.req.Key, x.req.KeyID = s.keyIndex(x.key), x.key
	}
	if !x.hinted && s.model.DrawsFaults() {
		x.req.Print = x.print()
	}
	x.now = s.tick()
	s.decide(x)
}

// keyIndex numbers the API keys in the order in which they appear; the caller
// holds mu.
func (s *Server) keyIndex(key string) int {
	i, ok := s.keys[key]
	if !ok {
		i = len(s.keys)
		if i < maxKeys {
			s.keys[key] = i
		}
	}
	return i
}

// cancel tells the model that the client went away.
func (s *Server) cancel(x *exchange) {
	if x.struck {
		return // it was the service that broke off
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.abandon(x)
}

// Levels is the true state of every bucket now; see [model.Model.Levels].
func (s *Server) Levels() []model.Level {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.model.Levels(s.tick())
}
