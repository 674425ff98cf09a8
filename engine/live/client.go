package live

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"ratecliff/internal/wire"
)

// client is what all workers share. It is not changed once a run has begun.
type client struct {
	ctx       context.Context // ends when the grace is over
	transport http.RoundTripper
	url       *url.URL
	clock     *clock
	base      wire.Timebase
	header    http.Header // of every request, without keys and hints
	keys      [][]string  // header values, by key
	keyIndex  []string    // decimal, by key
	hints     bool
	headWait  time.Duration // wall time
	idleWait  time.Duration // wall time
	notes     *notes        // of requests below an attempt; nil without a client of others
}

// userAgent names the tool to the service.
const userAgent = "ratecliff"

func newClient(ctx context.Context, cfg *Config, rt http.RoundTripper, clk *clock) (*client, error) {
	u, err := cfg.Target.url()
	if err != nil {
		return nil, err
	}
	c := &client{
		ctx: ctx, transport: rt, url: u, clock: clk, hints: cfg.Target.Hints,
		base:     wire.Timebase{Start: clk.start, Compress: clk.factor},
		headWait: clk.wall(cfg.HeaderTimeout), idleWait: clk.wall(cfg.IdleTimeout),
		header: cfg.Target.Headers.Clone(),
	}
	if c.header == nil {
		c.header = http.Header{}
	}
	c.header["User-Agent"] = []string{userAgent}
	c.header[wire.HeaderContentType] = []string{wire.TypeJSON}
	c.header[wire.HeaderVersion] = []string{cfg.Target.Version}
	if cfg.Wrap != nil {
		c.transport, c.notes = cfg.Wrap(&below{next: rt}), &notes{asleep: map[*inner]struct{}{}}
	}
	for i, k := range cfg.Target.Keys {
		c.keys = append(c.keys, []string{k.reveal()})
		c.keyIndex = append(c.keyIndex, strconv.Itoa(i))
	}
	return c, nil
}

// key is the header value of a key; a key the target does not have sends none.
func (c *client) key(i int) []string {
	if i < 0 || i >= len(c.keys) {
		return nil
	}
	return c.keys[i]
}

func (c *client) keyName(i int) string {
	if i < 0 || i >= len(c.keyIndex) {
		return strconv.Itoa(i)
	}
	return c.keyIndex[i]
}
