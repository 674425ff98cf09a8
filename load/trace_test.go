package load

import (
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

const azureHead = "TIMESTAMP,ContextTokens,GeneratedTokens\r\n"

const burstHead = "Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type\n"

func TestReadTrace(t *testing.T) {
	t.Parallel()
	row := func(at time.Duration, in, out int64) TraceRow {
		return TraceRow{At: at, Tokens: Tokens{Input: in, Output: out}}
	}
	tests := []struct {
		name, text string
		options    TraceOptions
		want       []TraceRow
	}{
		{
			"azure", azureHead + "2023-11-16 18:15:46.6805900,374,44\r\n\r\n2023-11-16 18:15:50.9951691,396,109",
			TraceOptions{},
			[]TraceRow{row(0, 374, 44), row(4314579100, 396, 109)},
		},
		{
			"azure of 2024", azureHead + "2024-05-10 00:00:00.009930+00:00,5,6\n2024-05-10 00:00:01+00:00,7,8\n",
			TraceOptions{},
			[]TraceRow{row(0, 5, 6), row(990070*time.Microsecond, 7, 8)},
		},
		{
			"azure sorted", azureHead + "2023-11-16 18:15:46,1,1\n2023-11-16 18:15:45,2,2\n2023-11-16 18:15:46,3,3\n",
			TraceOptions{Sort: true},
			[]TraceRow{row(0, 2, 2), row(time.Second, 1, 1), row(time.Second, 3, 3)},
		},
		{
			"columns in another order, quoted", "\xef\xbb\xbf\"GeneratedTokens\",TIMESTAMP,x,ContextTokens\n44,2023-11-16 18:15:46,,\"374\"\n",
			TraceOptions{},
			[]TraceRow{row(0, 374, 44)},
		},
		{
			"burstgpt", burstHead + "5,ChatGPT,472,18,490,Conversation log\n45.5,GPT-4,1087,0,1087,API log\n",
			TraceOptions{},
			[]TraceRow{{At: 5 * time.Second, Tokens: Tokens{Input: 472, Output: 18}, Model: "ChatGPT"}, {At: 45500 * ms, Tokens: Tokens{Input: 1087}, Model: "GPT-4"}},
		},
		{
			"mooncake", `{"timestamp": 0, "input_length": 6758, "output_length": 500, "hash_ids": [0, 1, 2]}` + "\n" + `{"timestamp": 3000, "input_length": 1, "output_length": 2}`,
			TraceOptions{},
			[]TraceRow{row(0, 6758, 500), row(3*time.Second, 1, 2)},
		},
		{
			"own", `{"t": 0.25, "input": 1, "cache_write": 2, "cache_read": 3, "output": 4, "model": "m", "priority": "low"}` + "\n" + `{"t": 0.25, "priority": 0}` + "\n" + `{"t": 1}`,
			TraceOptions{},
			[]TraceRow{{At: 250 * ms, Tokens: Tokens{1, 2, 3, 4}, Model: "m", Priority: Low, HasPriority: true}, {At: 250 * ms, HasPriority: true}, {At: time.Second}},
		},
		{
			"rows", `{"t": 1}` + "\n" + `{"t": 2}` + "\nbroken",
			TraceOptions{Rows: 2},
			[]TraceRow{{At: time.Second}, {At: 2 * time.Second}},
		},
	}
	for _, tt := range tests {
		trace, err := ReadTrace(strings.NewReader(tt.text), tt.options)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		var got []TraceRow
		for i := range trace.Len() {
			got = append(got, trace.Row(i))
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %+v, want %+v", tt.name, got, tt.want)
		}
		if want := 1; tt.options.Sort && trace.Moved() != want {
			t.Errorf("%s: %d moved, want %d", tt.name, trace.Moved(), want)
		}
	}
}

func TestReadTraceRefuses(t *testing.T) {
	t.Parallel()
	ok := `{"t": 5}` + "\n"
	tests := []struct {
		name, text string
		format     string
		line       int
		err        error
	}{
		{"nothing", "", "", 0, ErrTraceEmpty},
		{"a header alone", azureHead, "", 0, ErrTraceEmpty},
		{"unknown format", "a,b,c\n1,2,3\n", "", 1, ErrTraceFormat},
		{"format nobody knows", ok, "parquet", 1, ErrTraceFormat},
		{"header lacks a column", "TIMESTAMP,ContextTokens\n", "", 1, ErrTraceRow},
		{"short row", azureHead + "2023-11-16 18:15:46,374\n", "", 2, ErrTraceRow},
		{"not a date", azureHead + "2023-11-16 18:15:46,1,1\nyesterday,374,44\n", "", 3, ErrTraceRow},
		{"centuries apart", azureHead + "2023-11-16 18:15:46,1,1\n2923-11-16 18:15:46,374,44\n", "", 3, ErrTraceRow},
		{"not a count", azureHead + "2023-11-16 18:15:46,3.5,44\n", "", 2, ErrTraceRow},
		{"negative count", azureHead + "2023-11-16 18:15:46,-3,44\n", "", 2, ErrTraceRow},
		{"earlier than before", azureHead + "2023-11-16 18:15:46,3,44\n2023-11-16 18:15:45,3,44\n", "", 3, ErrTraceOrder},
		{"negative instant", burstHead + "-5,m,1,2,3,x\n", "", 2, ErrTraceRow},
		{"no instant", burstHead + "NaN,m,1,2,3,x\n", "", 2, ErrTraceRow},
		{"infinite instant", burstHead + "Inf,m,1,2,3,x\n", "", 2, ErrTraceRow},
		{"lacks a field", `{"timestamp": 1, "input_length": 1}`, "", 1, ErrTraceRow},
		{"lacks t", ok + `{"input": 1}`, "", 2, ErrTraceRow},
		{"misspelt field", ok + ok + `{"t": 5, "inptu": 1}`, "", 3, ErrTraceRow},
		{"cut off", ok + `{"t": 5`, "", 2, ErrTraceRow},
		{"two on a line", `{"t": 5} {"t": 6}`, "", 1, ErrTraceRow},
		{"priority", `{"t": 5, "priority": 128}`, "", 1, ErrTraceRow},
		{"priority name", `{"t": 5, "priority": "urgent"}`, "", 1, ErrTraceRow},
		{"too many tokens", `{"t": 5, "input": 1073741825}`, "", 1, ErrTraceRow},
		{"endless line", ok + `{"t": ` + strings.Repeat("1", maxTraceLine), "", 2, ErrTraceLine},
	}
	for _, tt := range tests {
		_, err := ReadTrace(strings.NewReader(tt.text), TraceOptions{Format: tt.format})
		var broken *TraceError
		if !errors.Is(err, tt.err) || !errors.As(err, &broken) || broken.Line != tt.line {
			t.Errorf("%s: got %v, want line %d: %v", tt.name, err, tt.line, tt.err)
		}
	}
	_, err := ReadTrace(io.MultiReader(strings.NewReader(ok), iotest.ErrReader(io.ErrUnexpectedEOF)), TraceOptions{})
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("reader's own error became %v", err)
	}
}

func mustTrace(t testing.TB, text string) Trace {
	t.Helper()
	trace, err := ReadTrace(strings.NewReader(text), TraceOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return trace
}

func TestReplay(t *testing.T) {
	t.Parallel()
	trace := mustTrace(t, `{"t": 0, "input": 1, "output": 0}
{"t": 1, "input": 2, "cache_read": 5, "output": 20, "model": "small", "priority": "low"}
{"t": 2, "input": 3, "output": 30}
{"t": 2, "input": 4, "output": 40}
{"t": 3, "input": 5, "output": 50}
{"t": 9, "input": 6, "output": 60}`)
	type call struct {
		due    time.Duration
		in, rd int64
		out    int64
	}
	tests := []struct {
		name    string
		process Process
		output  Dist
		want    []call
	}{
		{"whole, up to the end of the run", Process{}, Dist{}, []call{{0, 1, 0, 1}, {1000 * ms, 2, 5, 20}, {2000 * ms, 3, 0, 30}, {2000 * ms, 4, 0, 40}, {3000 * ms, 5, 0, 50}}},
		{"twice as fast", Process{TimeScale: 0.5, SliceFrom: time.Second}, Dist{}, []call{{0, 2, 5, 20}, {500 * ms, 3, 0, 30}, {500 * ms, 4, 0, 40}, {1000 * ms, 5, 0, 50}, {4000 * ms, 6, 0, 60}}},
		{"slice", Process{SliceFrom: 500 * ms, SliceTo: 2 * time.Second}, Dist{}, []call{{500 * ms, 2, 5, 20}}},
		{"rows", Process{SliceFrom: 2 * time.Second, Rows: 2}, Dist{}, []call{{0, 3, 0, 30}, {0, 4, 0, 40}}},
		{"own outputs", Process{Rows: 2}, FixedDist(7), []call{{0, 1, 0, 7}, {1000 * ms, 2, 5, 7}}},
	}
	for _, tt := range tests {
		tt.process.Kind, tt.process.File = Replay, "x"
		p := Plan{Duration: 5 * time.Second, Classes: []Class{{Name: "a", Model: "large", Arrivals: tt.process, Output: tt.output}}}
		s, err := p.Stream(map[string]Trace{"x": trace})
		if err != nil {
			t.Fatal(err)
		}
		var got []call
		var a Arrival
		for s.Next(&a) {
			got = append(got, call{a.Due, a.Tokens.Input, a.Tokens.CacheRead, a.Tokens.Output})
			if small := a.Tokens.Input == 2; small != (a.Model == "small") || small != (a.Priority == Low) {
				t.Errorf("%s: model %q, priority %v", tt.name, a.Model, a.Priority)
			}
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
	empty := Plan{Duration: time.Second, Classes: []Class{{Name: "a", Arrivals: Process{Kind: Replay, File: "x", SliceFrom: time.Hour}}}}
	if _, err := empty.Stream(map[string]Trace{"x": trace}); err == nil {
		t.Error("a slice beyond the end is accepted")
	}
}

func TestCutAgain(t *testing.T) {
	t.Parallel()
	trace := mustTrace(t, `{"t": 0}`+"\n"+`{"t": 10}`+"\n"+`{"t": 20}`+"\n"+`{"t": 30}`)
	piece := trace.Cut(Slice{From: 5 * time.Second, Scale: 2}).Cut(Slice{From: 20 * time.Second, To: 45 * time.Second, Scale: 0.5})
	if piece.Len() != 1 || piece.Row(0).At != 5*time.Second {
		t.Errorf("%d rows, the first at %v", piece.Len(), piece.Row(0).At)
	}
}

// The facts published with the dataset: 19,366 rows in an hour, token lengths
// by percentile, and the coefficient of variation of the gaps.
func TestAzureTrace(t *testing.T) {
	t.Parallel()
	folder := os.Getenv("RATECLIFF_TRACES")
	if folder == "" {
		folder = filepath.Join("..", "..", "shared", "data")
	}
	file, err := os.Open(filepath.Join(folder, "AzureLLMInferenceTrace_conv.csv"))
	if err != nil {
		t.Skipf("the Azure conversation trace is not here (set RATECLIFF_TRACES to its folder): %v", err)
	}
	defer file.Close()
	trace, err := ReadTrace(file, TraceOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if trace.Len() != 19_366 {
		t.Fatalf("%d rows, want 19366", trace.Len())
	}
	var in, out []int64
	var due []time.Duration
	for i := range trace.Len() {
		r := trace.Row(i)
		in, out = append(in, r.Tokens.Input), append(out, r.Tokens.Output)
		due = append(due, r.At)
	}
	slices.Sort(in)
	slices.Sort(out)
	n := len(in)
	low := func(p int) int { return (n - 1) * p / 100 } // the lower neighbour of a percentile
	if in[low(50)] != 1020 || in[low(90)] != 2734 || out[low(50)] != 129 {
		t.Errorf("input p50 %d p90 %d, output p50 %d; want 1020, 2734, 129", in[low(50)], in[low(90)], out[low(50)])
	}
	if _, cv := gapStatistics(due); math.Abs(cv-1.09) > 0.005 {
		t.Errorf("gap cv %.3f, want 1.09", cv)
	}
}

func FuzzReadTrace(f *testing.F) {
	for _, s := range []string{
		azureHead + "2023-11-16 18:15:46.6805900,374,44\n", burstHead + "5,ChatGPT,472,18,490,Conversation log\n",
		`{"timestamp": 0, "input_length": 6758, "output_length": 500, "hash_ids": [0]}`, `{"t": 0.25, "input": 1, "priority": "low"}`,
	} {
		for _, format := range []string{"", FormatAzure, FormatBurstGPT, FormatMooncake, FormatJSONL} {
			f.Add(format, s, true)
		}
	}
	f.Fuzz(func(t *testing.T, format, text string, sorted bool) {
		trace, err := ReadTrace(strings.NewReader(text), TraceOptions{Format: format, Sort: sorted})
		var broken *TraceError
		if err != nil {
			if !errors.As(err, &broken) {
				t.Fatalf("error %T: %v", err, err)
			}
			return
		}
		last := time.Duration(0)
		for i := range trace.Len() {
			r := trace.Row(i)
			if r.At < last {
				t.Fatalf("row %d at %v after %v", i, r.At, last)
			}
			last = r.At
			if r.Tokens.Prompt() < 0 || r.Tokens.Output < 0 {
				t.Fatalf("row %d: %+v", i, r.Tokens)
			}
		}
	})
}

func benchmarkRead(b *testing.B, head, line string) {
	var text strings.Builder
	text.WriteString(head)
	for text.Len() < 16<<20 {
		text.WriteString(line)
	}
	b.SetBytes(int64(text.Len()))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ReadTrace(strings.NewReader(text.String()), TraceOptions{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkReadAzure(b *testing.B) {
	benchmarkRead(b, azureHead, "2023-11-16 18:15:46.6805900,374,44\r\n")
}

func BenchmarkReadBurstGPT(b *testing.B) {
	benchmarkRead(b, burstHead, "5,ChatGPT,472,18,490,Conversation log\n")
}

func BenchmarkReadMooncake(b *testing.B) {
	benchmarkRead(b, "", `{"timestamp": 27482, "input_length": 6955, "output_length": 52, "hash_ids": [46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 2353, 2354]}`+"\n")
}

func BenchmarkReadOwn(b *testing.B) {
	benchmarkRead(b, "", `{"t": 12.5, "input": 374, "cache_read": 1024, "output": 44, "model": "claude-sonnet", "priority": "low"}`+"\n")
}

// Both rows behind the 5 count as moved, though the last is not earlier than
// the one right before it.
func TestSortCountsMovedRows(t *testing.T) {
	t.Parallel()
	text := `{"t": 5, "input": 1}` + "\n" + `{"t": 1, "input": 2}` + "\n" + `{"t": 2, "input": 3}` + "\n" + `{"t": 5, "input": 4}`
	trace, err := ReadTrace(strings.NewReader(text), TraceOptions{Sort: true})
	if err != nil || trace.Moved() != 2 {
		t.Fatalf("%d moved, want 2 (%v)", trace.Moved(), err)
	}
	for i, want := range []int64{2, 3, 1, 4} {
		if got := trace.Row(i).Tokens.Input; got != want {
			t.Errorf("row %d is %d, want %d", i, got, want)
		}
	}
}
