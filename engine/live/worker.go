package live

import (
	"sync/atomic"
	"time"

	"ratecliff/engine"
	"ratecliff/load"
)

// job is what a worker needs to know of an attempt: a copy, so that it reads
// nothing of the engine's.
type job struct {
	ref       engine.Ref
	call      *load.Call    // for the owner, which alone reads it
	planned   time.Duration // when it should have started
	limit     time.Duration // when to give up, or load.Never
	id        uint64
	attempt   int
	target    load.Target
	tokens    load.Tokens
	maxTokens int64
	stream    bool
}

// worker makes one attempt at a time, for ever. job is the owner's to write
// while the worker is idle; attempt and times are the owner's to read from when
// it comes out of the mailbox until it gets the next job.
type worker struct {
	next    *worker // link of the mailbox
	start   chan struct{}
	job     job
	attempt load.Attempt
	times   times
	x       exchange
	out     bool // has a job; the owner's

	abandoned atomic.Bool // the job is to be given up
}

// pool is the owner's side of the workers: the idle ones as a stack, so that
// few workers stay warm rather than many lukewarm.
type pool struct {
	client *client
	box    *mailbox
	pacer  pacer
	idle   []*worker
	all    []*worker
	made   int
	busy   int
	gone   chan struct{} // one token per worker that has ended
}

// send hands a job to an idle worker, or to a new one.
func (p *pool) send(j *job) {
	p.busy++
	if n := len(p.idle); n > 0 {
		w := p.idle[n-1]
		p.idle = p.idle[:n-1]
		w.job, w.out = *j, true
		w.abandoned.Store(false)
		w.start <- struct{}{}
		return
	}
	w := &worker{start: make(chan struct{}, 1), job: *j, x: exchange{client: p.client}, out: true}
	p.all = append(p.all, w)
	p.made++
	w.start <- struct{}{}
	go p.work(w)
}

// work is the life of a worker.
func (p *pool) work(w *worker) {
	x := &w.x
	x.abandoned = &w.abandoned
	for range w.start {
		x.do(&w.job, &w.attempt)
		w.times = x.times
		p.box.put(w)
		p.pacer.wake()
	}
	x.close()
	p.gone <- struct{}{}
}

// back takes a worker that came out of the mailbox.
func (p *pool) back(w *worker) {
	p.busy--
	w.out = false
	p.idle = append(p.idle, w)
}

// close ends the workers, which must all be idle, and waits for them.
func (p *pool) close() {
	for _, w := range p.idle {
		close(w.start)
	}
	for range p.made {
		<-p.gone
	}
}
