package mockserver

import (
	"net/http"

	"ratecliff/internal/wire"
)

// meter counts what goes out to one client. What is written after a hijack goes
// past it.
type meter struct {
	http.ResponseWriter
	clock  *Server
	status int   // 0 until a head was written
	bytes  int64 // of the body
}

// WriteHeader notes the status that the client gets. On a stepped clock it
// also dates the answer, which net/http would date by the wall.
func (m *meter) WriteHeader(status int) {
	if m.status == 0 && status >= 200 {
		m.status = status
		if s := m.clock; s != nil && s.steps != nil {
			date := s.base.Wall(s.instant()).UTC()
			m.Header()[wire.HeaderDate] = []string{date.Format(http.TimeFormat)}
		}
	}
	m.ResponseWriter.WriteHeader(status)
}

// Write counts what was taken.
func (m *meter) Write(b []byte) (int, error) {
	if m.status == 0 {
		m.WriteHeader(http.StatusOK)
	}
	n, err := m.ResponseWriter.Write(b)
	m.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (m *meter) Unwrap() http.ResponseWriter { return m.ResponseWriter }
