package wire

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// collect parses a whole stream fed in chunks whose sizes cut cycles through.
func collect(stream []byte, limit int, cut ...int) (events []string, err error) {
	p := Parser{max: limit}
	for i := 0; ; i++ {
		for {
			ev, ok, err := p.Next()
			if err != nil {
				return events, err
			}
			if !ok {
				break
			}
			events = append(events, fmt.Sprintf("%s=%s", ev.Name, ev.Data))
		}
		if len(stream) == 0 {
			return events, nil
		}
		n := len(stream)
		if len(cut) > 0 {
			n = min(n, cut[i%len(cut)])
		}
		p.Feed(stream[:n])
		stream = stream[n:]
	}
}

func TestParser(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, in string
		want     []string
	}{
		{"LF", "event: a\ndata: 1\n\n", []string{"a=1"}},
		{"CR", "event: a\rdata: 1\r\r", []string{"a=1"}},
		{"CRLF", "event: a\r\ndata: 1\r\n\r\n", []string{"a=1"}},
		{"mixed ends", "event: a\rdata: 1\n\r\ndata: 2\r\n\n", []string{"a=1", "message=2"}},
		{"byte order mark", "\xef\xbb\xbfdata: 1\n\n", []string{"message=1"}},
		{"a mark later is text", "data: 1\n\n\xef\xbb\xbfdata: 2\n\ndata: 3\n\n", []string{"message=1", "message=3"}},
		{"half a mark", "\xef\xbbdata: 1\n\n", nil},
		{"comment", ": hello\n:\ndata: 1\n: more\n\n", []string{"message=1"}},
		{"several data lines", "data: a\ndata:\ndata:  b\n\n", []string{"message=a\n\n b"}},
		{"no space", "event:a\ndata:{\"x\":1}\n\n", []string{`a={"x":1}`}},
		{"only one space goes", "data:   x\n\n", []string{"message=  x"}},
		{"field without colon", "data\n\n", []string{"message="}},
		{"two bare data lines", "data\ndata\n\n", []string{"message=\n"}},
		{"event without data is dropped with its name", "event: a\n\ndata: 1\n\n", []string{"message=1"}},
		{"last name wins", "event: a\nevent: b\ndata: 1\n\n", []string{"b=1"}},
		{"unknown fields", "id: 7\nretry: 10\nfoo: bar\ndata: 1\n\n", []string{"message=1"}},
		{"cut off at the end", "data: 1\n\ndata: 2\n", []string{"message=1"}},
		{"unfinished line", "data: 1\n\ndata: 2", []string{"message=1"}},
		{"nothing", "", nil},
		{"blank lines", "\n\n\r\n\r\r", nil},
		{"colon in data", "data: a: b\n\n", []string{"message=a: b"}},
		{"field names are exact", "Data: 1\n data: 2\n\n", nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			for _, cut := range [][]int{nil, {1}, {2, 3}} {
				got, err := collect([]byte(row.in), 0, cut...)
				if err != nil || !slices.Equal(got, row.want) {
					t.Errorf("cut %v: got %q %v, want %q", cut, got, err, row.want)
				}
			}
			var p Parser
			var read []string
			for {
				ev, err := p.Read(iotest.OneByteReader(strings.NewReader("")))
				if errors.Is(err, io.EOF) {
					break
				}
				read = append(read, string(ev.Name))
			}
			if read != nil {
				t.Errorf("events from nothing: %q", read)
			}
		})
	}
}

func TestParserReads(t *testing.T) {
	t.Parallel()
	stream := strings.Repeat("event: tick\r\ndata: "+strings.Repeat("x", 5000)+"\r\n\r\n", 20)
	broken := errors.New("reset")
	for name, r := range map[string]io.Reader{
		"whole":  strings.NewReader(stream),
		"bytes":  iotest.OneByteReader(strings.NewReader(stream)),
		"halves": iotest.HalfReader(strings.NewReader(stream)),
		"eof":    iotest.DataErrReader(strings.NewReader(stream)),
		"broken": io.MultiReader(strings.NewReader(stream), iotest.ErrReader(broken)),
	} {
		var p Parser
		n := 0
		for {
			ev, err := p.Read(r)
			if err != nil {
				want := io.EOF
				if name == "broken" {
					want = broken
				}
				if !errors.Is(err, want) {
					t.Errorf("%s: ended with %v, want %v", name, err, want)
				}
				break
			}
			if string(ev.Name) != "tick" || len(ev.Data) != 5000 {
				t.Fatalf("%s: event %q with %d bytes", name, ev.Name, len(ev.Data))
			}
			n++
		}
		if n != 20 {
			t.Errorf("%s: %d events, want 20", name, n)
		}
	}
}

func TestParserCapsEvents(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		in   string
		want error
	}{
		{"data: 4444\n\n", nil},
		{"data: 55555\n\n", ErrEventTooLarge},                     // a line of 11 bytes
		{": a comment that is long\n\n", ErrEventTooLarge},        // lines are capped, whatever they hold
		{"data: 333\ndata: 333\ndata: 333\n\n", ErrEventTooLarge}, // data of 11 bytes
		{"data: 333\ndata: 333\n\ndata: 333\n\n", nil},
		{"event: 55555555", ErrEventTooLarge}, // not even finished
	} {
		for _, cut := range [][]int{nil, {1}, {3}} {
			if _, err := collect([]byte(row.in), 10, cut...); !errors.Is(err, row.want) {
				t.Errorf("%q cut %v: got %v, want %v", row.in, cut, err, row.want)
			}
		}
	}
	if MaxEvent != 33554432 {
		t.Errorf("MaxEvent is %d", MaxEvent)
	}
}

// FuzzParser: how the bytes are cut never changes the events, and what the
// writer writes comes back.
func FuzzParser(f *testing.F) {
	f.Add([]byte("event: a\r\ndata: 1\rdata: 2\n\n\xef\xbb\xbf: c\n\ndata\n\n"), uint8(1), uint8(3))
	f.Add([]byte("\xef\xbb\xbfdata: 1\n\n"), uint8(2), uint8(1))
	f.Add([]byte("data: 12345678901234567890\n\n"), uint8(2), uint8(7))
	f.Fuzz(func(t *testing.T, b []byte, first, second uint8) {
		for _, limit := range []int{0, 16} {
			whole, err := collect(b, limit)
			pieces, err2 := collect(b, limit, int(first)+1, int(second)+1)
			if !slices.Equal(whole, pieces) || !errors.Is(err, err2) {
				t.Fatalf("%q: whole %q %v, cut %q %v", b, whole, err, pieces, err2)
			}
		}
		want := bytes.ReplaceAll(bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n")), []byte("\r"), []byte("\n"))
		back, err := collect(AppendEvent(nil, "x", b), 0, int(first)+1)
		if err != nil || len(back) != 1 || back[0] != "x="+string(want) {
			t.Fatalf("%q was written and came back as %q, %v", b, back, err)
		}
	})
}

func TestParserDoesNotAllocate(t *testing.T) {
	stream := AppendEvent(nil, "content_block_delta", []byte(`{"type":"content_block_delta","index":0}`))
	var p Parser
	n := testing.AllocsPerRun(100, func() {
		p.Feed(stream)
		if _, ok, err := p.Next(); !ok || err != nil {
			t.Fatal(ok, err)
		}
	})
	if n != 0 {
		t.Errorf("%v allocations per event", n)
	}
}

func BenchmarkParser(b *testing.B) {
	stream := []byte(event("content_block_delta", `{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"the tide comes i"}    }`))
	b.SetBytes(int64(len(stream)))
	b.ReportAllocs()
	var p Parser
	var s Stream
	for b.Loop() {
		p.Feed(stream)
		ev, _, _ := p.Next()
		s.Observe(ev)
	}
}

func TestResetForgetsTheStream(t *testing.T) {
	t.Parallel()
	var p Parser
	p.Feed([]byte("event: old\ndata: old\r"))
	if _, ok, _ := p.Next(); ok {
		t.Fatal("half an event")
	}
	p.Reset()
	p.Feed([]byte("\xef\xbb\xbfdata: new\n\n"))
	ev, ok, err := p.Next()
	if !ok || err != nil || string(ev.Name) != "message" || string(ev.Data) != "new" {
		t.Errorf("%q %q %v %v", ev.Name, ev.Data, ok, err)
	}
}

func TestIsStream(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]bool{TypeStream: true, "text/event-stream": true, TypeJSON: false, "": false, "text/html": false} {
		if got := IsStream(headers{HeaderContentType: value}); got != want {
			t.Errorf("%q: %v", value, got)
		}
	}
}
