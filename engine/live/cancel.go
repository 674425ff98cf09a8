package live

import (
	"bytes"

	"ratecliff/engine"
	"ratecliff/internal/wire"
	"ratecliff/load"
)

// giveUp cancels an attempt that is under way or held back. Its answer comes
// like any other.
func (d *driver) giveUp(ref engine.Ref) {
	if w := d.pool.find(ref); w != nil {
		w.abandoned.Store(true) // before stop: one of the two sees the other
		w.x.watch.stop(errCancelled)
		return
	}
	if j, held := d.backlog.remove(ref); held {
		d.refuse(j, load.Cancelled, ClientCancelled)
	}
}

// find is the worker that makes the attempt of a Ref, or nil.
func (p *pool) find(ref engine.Ref) *worker {
	for _, w := range p.all {
		if w.out && w.job.ref == ref {
			return w
		}
	}
	return nil
}

// remove takes out the job of a Ref.
func (b *backlog) remove(ref engine.Ref) (j job, found bool) {
	for range b.size {
		if next := b.pop(); next.ref == ref {
			j, found = next, true
		} else {
			b.push(next)
		}
	}
	return j, found
}

// textOf is how many bytes of text, thought or JSON a content event brings; an
// escape counts as one. 0 when it has none of them.
func textOf(event []byte) (n int64) {
	for _, key := range [...]string{`"text":"`, `"thinking":"`, `"partial_json":"`} {
		_, text, found := bytes.Cut(event, []byte(key))
		if !found {
			continue
		}
		for i := 0; i < len(text) && text[i] != '"'; i++ {
			if text[i] == '\\' {
				i++
			}
			n++
		}
		return n
	}
	return 0
}

// bill estimates from below what a cancelled attempt has cost: the prompt, as
// the stream told it or else as it was sent, and the text that came, at four
// bytes a token. Of its output a stream tells at the start only a placeholder,
// and what a plain answer had produced is never known.
func (x *exchange) bill(j *job, r *load.Response) {
	if r.Usage == (load.Tokens{}) {
		r.Usage = j.tokens
	}
	r.Usage.Output = x.heard / wire.BytesPerToken
}
