package mockserver

import (
	"encoding/binary"
	"errors"
	"hash/maphash"
	"io"
	"net/http"
	"slices"
	"strconv"
	"time"

	"ratecliff/internal/wire"
	"ratecliff/load"
	"ratecliff/mockserver/journal"
	"ratecliff/mockserver/model"
)

// evidence is what a mock keeps of its past: journal, ledger, and which failed
// exchange a later one may repeat. Its memory is bounded by Config.Tail.
type evidence struct {
	journal, ledger *sink
	links           *linker
	book            *Ledger // belongs to the holder of Server.mu
	seed            maphash.Seed
	spoken          [][2]string
}

// newEvidence returns nil when nobody wants any.
func newEvidence(cfg *Config) *evidence {
	if cfg.Tail == 0 && cfg.Journal == nil && cfg.Ledger == nil {
		return nil
	}
	e := &evidence{
		journal: newSink(cfg.Journal, cfg.Tail), ledger: newSink(cfg.Ledger, cfg.Tail),
		links: newLinker(), seed: maphash.MakeSeed(), spoken: speaking(),
	}
	e.book = NewLedger(e.ledger.add)
	return e
}

// noted is what an exchange leaves behind, besides what else it knows of itself.
type noted struct {
	r         *http.Request
	seq       uint64
	at        time.Duration
	endpoint  string
	decided   bool
	changes   uint64 // models there had been before the one that decided
	hungUp    bool
	workspace string
	event     journal.Event // what was decided
	fault     string
	errorType string // of an error of the skin itself
	errorCode string
	candidate uint64 // key under which a retry will look for this exchange
	place     uint64 // where it waits for one
	retries   uint64
	link      journal.Link
	count     int // x-stainless-retry-count, -1 without the header
	before    []model.Level
	after     []model.Level
	levels    []journal.Level
	headers   []journal.Header
	line      []byte
}

func (n *noted) begin(r *http.Request, seq uint64, at time.Duration) {
	*n = noted{
		r: r, seq: seq, at: at, endpoint: endpointOf(r.URL.Path), count: -1,
		before: n.before[:0], after: n.after[:0], levels: n.levels[:0], headers: n.headers[:0], line: n.line[:0],
	}
}

// arrived looks for the exchange that this one repeats. The body has been read.
func (e *evidence) arrived(x *exchange) {
	n := &x.noted
	r := n.r
	if count, err := strconv.ParseUint(first(r.Header, headerRetryCount), 10, 31); err == nil {
		n.count = int(count)
	}
	w := wanted{running: true}
	if nonce := first(r.Header, wire.HeaderHintID); nonce != "" {
		attempt := first(r.Header, wire.HeaderHintAttempt)
		n.link, n.candidate = journal.ByNonce, e.hash("nonce", nonce, nil, 0)
		w.key, w.none = n.candidate, attempt == "" || attempt == "1"
	} else {
		n.link, n.candidate = journal.ByCount, e.hash(x.key, r.URL.Path, x.body, max(n.count, 0))
		switch {
		case n.count < 0:
			n.link, w.running, w.key = journal.ByBody, false, n.candidate
		case n.count == 0:
			w.none = true
		default:
			w.key = e.hash(x.key, r.URL.Path, x.body, n.count-1)
		}
	}
	if n.place, n.retries = e.links.arrive(n.candidate, n.seq, w); n.retries == 0 {
		n.link = ""
	}
}

// hash is the identity under which retries are looked for. It differs from
// process to process and is never written down.
func (e *evidence) hash(a, b string, body []byte, count int) uint64 {
	var h maphash.Hash
	h.SetSeed(e.seed)
	for _, part := range []string{a, "\x00", b, "\x00"} {
		_, _ = h.WriteString(part)
	}
	_, _ = h.Write(body)
	_, _ = h.Write(binary.AppendVarint(nil, int64(count)))
	return h.Sum64()
}

// ended writes the journal's line.
func (e *evidence) ended(s *Server, x *exchange, done time.Duration) {
	n, m := &x.noted, &x.meter
	r := n.r
	e.links.mark(n.place, n.seq, !x.succeeded(m.status))
	rec := journal.Exchange{
		V: journal.Version, Seq: n.seq, At: n.at, Done: done, Date: s.base.Wall(n.at).UTC(), RequestID: x.requestID,
		Key: journal.KeyHash(x.key), Agent: journal.Text(first(r.Header, "User-Agent")), Version: journal.Text(first(r.Header, wire.HeaderVersion)),
		Method: journal.Text(r.Method), Endpoint: n.endpoint, BodyBytes: int64(len(x.body)),
		Decision: journal.Rejected, Status: m.status, ErrorType: n.errorType, ErrorCode: n.errorCode, Bytes: m.bytes, HungUp: n.hungUp,
		Nonce: journal.Text(first(r.Header, wire.HeaderHintID)), Retries: n.retries, LinkedBy: n.link,
	}
	if n.count >= 0 {
		rec.RetryCount = &n.count
	}
	if n.decided {
		x.describe(&rec)
	} else if n.errorType == "" {
		rec.Decision = journal.Served
	}
	n.headers = e.appendSent(n.headers[:0], m.Header())
	rec.Headers = n.headers
	n.line = rec.Append(n.line[:0])
	e.journal.add(n.line)
}

// describe adds what the model decided.
func (x *exchange) describe(rec *journal.Exchange) {
	n, resp := &x.noted, &x.reply.Response
	rec.Workspace = n.workspace
	rec.Decided, rec.Model, rec.Stream = x.now, journal.Text(x.req.Model), x.req.Stream
	rec.Tokens, rec.MaxTokens = x.req.Tokens, x.req.MaxTokens
	rec.Limit, rec.Impossible = x.reply.Limit, x.reply.Impossible
	if rec.ErrorType == "" {
		rec.ErrorType, rec.ErrorCode = resp.ErrorType, resp.ErrorCode
	}
	rec.Fault, rec.Decision = n.fault, x.decision()
	switch rec.Decision {
	case journal.Admitted:
		rec.Tokens.Output = resp.Usage.Output
	case journal.Refused:
		rec.Cause, rec.Owner = causeOf(x.reply.Cause), ownerOf(x.reply.Scope, x.reply.ScopeName)
		rec.Dimension, rec.Scope = resp.Dimension.String(), scopeOf(x.reply.Scope)
	}
	for i := range n.after {
		a := &n.after[i]
		level := journal.Level{Scope: scopeOf(a.Scope), Owner: ownerOf(a.Scope, a.Name), Pool: a.Pool, Dimension: a.Dimension.String(), Capacity: a.Capacity, After: a.Tokens()}
		if level.Before = level.After; i < len(n.before) {
			level.Before = n.before[i].Tokens()
		}
		n.levels = append(n.levels, level)
	}
	rec.Levels = n.levels
}

// causeOf names what a refusal is for, where its dimension does not say.
func causeOf(c model.Cause) string {
	switch c {
	case model.DailyTokens:
		return "daily_tokens"
	case model.SpendCap:
		return "spend_cap"
	case model.SpendLimit:
		return "spend_limit"
	case model.BatchQueue:
		return "batch_queue"
	case model.BatchSize:
		return "batch_size"
	case model.ByDimension:
	}
	return ""
}

// succeeded says whether a client has no reason to repeat the exchange.
func (x *exchange) succeeded(status int) bool {
	if x.noted.hungUp || status < 200 || status > 299 {
		return false
	}
	return !x.noted.decided || x.reply.Response.Outcome == load.OK
}

// headerRetryCount is how often an SDK has tried before.
const headerRetryCount = "X-Stainless-Retry-Count"

// speaking are the headers that the journal keeps, by canonical and by written
// name.
func speaking() [][2]string {
	names := make([][2]string, 0, wire.LimitHeaders+15)
	for _, family := range []string{"Priority", "Fast"} {
		for _, kind := range []string{"Input", "Output"} {
			for _, what := range []string{"Limit", "Remaining", "Reset"} {
				names = append(names, [2]string{"Anthropic-" + family + "-" + kind + "-Tokens-" + what})
			}
		}
	}
	for i := range wire.LimitHeaders {
		names = append(names, [2]string{wire.LimitName(i)})
	}
	names = append(names, [2]string{wire.HeaderRetryAfter}, [2]string{wire.HeaderRetryAfterMS}, [2]string{wire.HeaderShouldRetry})
	for i := range names {
		names[i][1] = lower(names[i][0])
	}
	slices.SortFunc(names, func(a, b [2]string) int {
		if a[1] < b[1] {
			return -1
		}
		return 1
	})
	return names
}

func lower(name string) string {
	b := []byte(name)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

func (e *evidence) appendSent(dst []journal.Header, h http.Header) []journal.Header {
	for _, name := range e.spoken {
		if value := first(h, name[0]); value != "" {
			dst = append(dst, journal.Header{Name: name[1], Value: value})
		}
	}
	return dst
}

// Flush waits until journal and ledger are written as far as they go, and
// returns the first error of writing them. [Server.Serve] does it on its way out.
func (s *Server) Flush() error {
	if s.evidence == nil {
		return nil
	}
	return errors.Join(s.evidence.journal.flush(), s.evidence.ledger.flush())
}

// WriteJournal writes the last n lines of the journal that are kept, oldest
// first; see Config.Tail.
func (s *Server) WriteJournal(w io.Writer, n int) error { return s.writeTail(w, n, false) }

// WriteLedger writes the last n lines of the truth ledger that are kept, oldest
// first; see Config.Tail.
func (s *Server) WriteLedger(w io.Writer, n int) error { return s.writeTail(w, n, true) }

func (s *Server) writeTail(w io.Writer, n int, ledger bool) error {
	if s.evidence == nil {
		return nil
	}
	from := s.evidence.journal
	if ledger {
		from = s.evidence.ledger
	}
	_, err := w.Write(from.last(nil, n))
	return err
}
