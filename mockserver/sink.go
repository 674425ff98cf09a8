package mockserver

import (
	"io"
	"sync"
)

// maxPending bounds the lines that wait for a slow file, in bytes. Beyond it
// lines are dropped and counted: no answer waits for a disk.
const maxPending = 8 << 20

// sink takes lines, keeps the last ones, and writes all of them to a file. It
// never blocks on the file: a goroutine that lives only while something is
// pending does the writing. Safe for concurrent use.
type sink struct {
	mu      sync.Mutex
	idle    sync.Cond
	out     io.Writer // nil: nothing is written
	tail    [][]byte  // ring of the last lines; its buffers are reused
	taken   uint64    // lines taken, dropped ones included
	dropped uint64    // lines the file did not get
	pending []byte
	lines   uint64 // lines in pending
	spare   []byte
	busy    bool // the writing goroutine runs
	err     error
}

func newSink(out io.Writer, tail int) *sink {
	s := &sink{out: out, tail: make([][]byte, tail)}
	s.idle.L = &s.mu
	return s
}

// add takes one line, which the caller may reuse.
func (s *sink) add(line []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := uint64(len(s.tail)); n > 0 {
		i := s.taken % n
		s.tail[i] = append(s.tail[i][:0], line...)
	}
	s.taken++
	switch {
	case s.out == nil:
		return
	case s.err != nil || len(s.pending)+len(line) > maxPending:
		s.dropped++
		return
	}
	s.pending = append(s.pending, line...)
	s.lines++
	if !s.busy {
		s.busy = true
		go s.write()
	}
}

// write hands over what is pending until nothing is.
func (s *sink) write() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.pending) > 0 {
		chunk, lines := s.pending, s.lines
		s.pending, s.lines = s.spare[:0], 0
		s.mu.Unlock()
		_, err := s.out.Write(chunk)
		s.mu.Lock()
		s.spare = chunk
		if err != nil && s.err == nil {
			s.err = err
			s.dropped += lines + s.lines
			s.pending, s.lines = s.pending[:0], 0
		}
	}
	s.busy = false
	s.idle.Broadcast()
}

// flush waits until everything taken so far is written, and returns the first
// error of writing.
func (s *sink) flush() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.busy {
		s.idle.Wait()
	}
	return s.err
}

// last appends the last n lines, oldest first.
func (s *sink) last(dst []byte, n int) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	size := uint64(len(s.tail))
	for i := s.taken - min(uint64(max(n, 0)), size, s.taken); i < s.taken; i++ {
		dst = append(dst, s.tail[i%size]...)
	}
	return dst
}

// forget empties the tail.
func (s *sink) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.tail {
		s.tail[i] = s.tail[i][:0]
	}
}

// counts is how many lines were taken, and how many of them the file did not get.
func (s *sink) counts() (taken, dropped uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.taken, s.dropped
}
