// Command streams holds many paced streams of a mock open at once and says how
// late each ended. A stream's nominal end is the instant its request was sent,
// plus the time to the first token, plus its output over the speed; the mock
// must be set to fixed latencies of the same value. Loopback only.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"
	"sync"
	"time"
)

// result is what one stream came to.
type result struct {
	events int
	late   time.Duration
	err    error
}

func main() {
	addr := flag.String("addr", "127.0.0.1:8429", "loopback `address` of the mock")
	n := flag.Int("n", 1000, "streams at once")
	most := flag.Int("max-tokens", 400, "max_tokens of each")
	ttft := flag.Duration("ttft", time.Second, "the mock's time to the first token")
	speed := flag.Float64("speed", 20, "the mock's tokens per second")
	spread := flag.Duration("spread", time.Second, "time over which the streams start")
	flag.Parse()
	results := make([]result, *n)
	conns := make([]net.Conn, *n)
	for i := range conns {
		c, err := net.Dial("tcp", *addr)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		conns[i] = c
	}
	body := fmt.Sprintf(`{"model":"claude-opus-5","max_tokens":%d,"stream":true,"messages":[{"role":"user","content":"hello"}]}`, *most)
	request := fmt.Appendf(nil, "POST /v1/messages HTTP/1.1\r\nHost: mock\r\nX-Api-Key: k\r\nAnthropic-Version: 2023-06-01\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	start := time.Now()
	var all sync.WaitGroup
	for i := range results {
		all.Go(func() {
			time.Sleep(time.Until(start.Add(*spread * time.Duration(i) / time.Duration(*n))))
			results[i] = follow(conns[i], request, *ttft, *speed)
		})
	}
	all.Wait()
	report(results, time.Since(start))
}

// follow plays one stream to its end.
func follow(c net.Conn, request []byte, ttft time.Duration, speed float64) (r result) {
	defer c.Close()
	sent := time.Now()
	if _, r.err = c.Write(request); r.err != nil {
		return r
	}
	buf := make([]byte, 0, 4096)
	var ended time.Time
	for ended.IsZero() {
		if cap(buf)-len(buf) < 1024 {
			buf = append(buf[:0], buf[len(buf)-1024:]...) // the end of the stream is shorter than that
		}
		k, err := c.Read(buf[len(buf):cap(buf)])
		r.events += bytes.Count(buf[len(buf):len(buf)+k], []byte("event: "))
		buf = buf[:len(buf)+k]
		if bytes.Contains(buf, []byte("event: message_stop")) {
			ended = time.Now()
		} else if err != nil {
			r.err = err
			return r
		}
	}
	output := numberAfter(buf, `"output_tokens":`)
	nominal := sent.Add(ttft + time.Duration(float64(output)/speed*float64(time.Second)))
	r.late = ended.Sub(nominal)
	return r
}

// numberAfter reads the number behind the last occurrence of a word.
func numberAfter(b []byte, word string) int {
	i := bytes.LastIndex(b, []byte(word))
	if i < 0 {
		return 0
	}
	b = b[i+len(word):]
	end := 0
	for end < len(b) && '0' <= b[end] && b[end] <= '9' {
		end++
	}
	n, _ := strconv.Atoi(string(b[:end])) // no digits are no tokens
	return n
}

func report(results []result, took time.Duration) {
	var late []time.Duration
	events, failed := 0, 0
	for _, r := range results {
		events += r.events
		if r.err != nil {
			failed++
			continue
		}
		late = append(late, r.late)
	}
	slices.Sort(late)
	at := func(q float64) string {
		if len(late) == 0 {
			return "-"
		}
		return strconv.FormatFloat(float64(late[int(q*float64(len(late)-1))].Microseconds())/1000, 'f', 1, 64)
	}
	fmt.Printf("streams=%d failed=%d events=%d seconds=%.1f events_per_s=%.0f late_ms_p50=%s late_ms_p99=%s late_ms_max=%s\n",
		len(results), failed, events, took.Seconds(), float64(events)/took.Seconds(), at(0.5), at(0.99), at(1))
}
