package metrics

import (
	"errors"
	"fmt"
	"math/bits"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// The grid of every histogram of durations: microseconds, from 1 µs to 24 h,
// three significant digits, which makes 2,048 cells for the first octaves and
// 1,024 for each further one (HDR histogram, G. Tene).
const (
	lowest      = 1
	highest     = int64(24 * time.Hour / time.Microsecond)
	digits      = 3
	halfBuckets = 1024
)

// ErrForeignGrid means that an encoded histogram has another grid than ours.
var ErrForeignGrid = errors.New("metrics: histogram is not on the 1 µs to 24 h, three digit grid")

// Histogram is a finished distribution of durations: the cells of an HDR grid
// (three significant digits, 1 µs to 24 h) that are not empty, in ascending
// order. The zero value is empty. In JSON it is an HDR V2 string (base64).
type Histogram struct {
	Cells []Cell
}

// Cell is one cell of a histogram.
type Cell struct {
	From  int64 // lowest value of the cell, in µs
	Count int64
}

// To is the highest value of the cell, in µs.
func (c Cell) To() int64 {
	if c.From < 2*halfBuckets {
		return c.From
	}
	return c.From + 1<<(bits.Len64(uint64(c.From))-11) - 1
}

// Count is the number of values.
func (h *Histogram) Count() (n int64) {
	for _, c := range h.Cells {
		n += c.Count
	}
	return n
}

// Quantile is the smallest recorded value, to three digits, that at least a
// share q (0 to 1) of all values does not exceed; 0 when there are none. The
// rank is that of HDR histograms: ⌊q·n + ½⌋, at least 1.
func (h *Histogram) Quantile(q float64) time.Duration {
	n := h.Count()
	rank := max(1, min(n, int64(q*float64(n)+0.5)))
	for _, c := range h.Cells {
		if rank -= c.Count; rank <= 0 {
			return time.Duration(c.To()) * time.Microsecond
		}
	}
	return 0
}

// Max is the largest value to three digits; 0 when there are none.
func (h *Histogram) Max() time.Duration { return h.Quantile(1) }

// Mean is the mean of the values to three digits; 0 when there are none.
func (h *Histogram) Mean() time.Duration {
	var sum, n float64
	for _, c := range h.Cells {
		sum += (float64(c.From) + float64(c.To())) / 2 * float64(c.Count)
		n += float64(c.Count)
	}
	if n == 0 {
		return 0
	}
	return time.Duration(sum / n * float64(time.Microsecond))
}

// Merge adds the values of o. It is exact, associative and commutative.
func (h *Histogram) Merge(o *Histogram) {
	if len(o.Cells) == 0 {
		return
	}
	merged := make([]Cell, 0, len(h.Cells)+len(o.Cells))
	a, b := h.Cells, o.Cells
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0].From < b[0].From:
			merged, a = append(merged, a[0]), a[1:]
		case a[0].From > b[0].From:
			merged, b = append(merged, b[0]), b[1:]
		default:
			merged = append(merged, Cell{a[0].From, a[0].Count + b[0].Count})
			a, b = a[1:], b[1:]
		}
	}
	h.Cells = append(append(merged, a...), b...)
}

// IsZero says whether the histogram is empty.
func (h Histogram) IsZero() bool { return len(h.Cells) == 0 }

// MarshalText encodes the histogram as HDR V2, compressed, in base64. An empty
// one is an empty text.
func (h Histogram) MarshalText() ([]byte, error) {
	if len(h.Cells) == 0 {
		return nil, nil
	}
	full, err := h.dense()
	if err != nil {
		return nil, err
	}
	return full.Encode(hdrhistogram.V2CompressedEncodingCookieBase)
}

// UnmarshalText decodes what MarshalText wrote. It returns [ErrForeignGrid] for
// a histogram of other resolution.
func (h *Histogram) UnmarshalText(text []byte) error {
	*h = Histogram{}
	if len(text) == 0 {
		return nil
	}
	full, err := hdrhistogram.Decode(text)
	if err != nil {
		return fmt.Errorf("decode histogram: %w", err)
	}
	if full.LowestTrackableValue() != lowest || full.HighestTrackableValue() != highest || full.SignificantFigures() != digits {
		return ErrForeignGrid
	}
	h.Cells = cells(full)
	return nil
}

// dense is the same distribution as the library holds it.
func (h *Histogram) dense() (*hdrhistogram.Histogram, error) {
	full := hdrhistogram.New(lowest, highest, digits)
	for _, c := range h.Cells {
		if err := full.RecordValues(c.From, c.Count); err != nil {
			return nil, fmt.Errorf("encode histogram: %w", err)
		}
	}
	return full, nil
}

// cells lists the cells of full that are not empty.
func cells(full *hdrhistogram.Histogram) []Cell {
	counts := full.Export().Counts
	var list []Cell
	left := full.TotalCount()
	for i := 0; i < len(counts) && left > 0; i++ {
		if counts[i] > 0 {
			list = append(list, Cell{cellFrom(i), counts[i]})
			left -= counts[i]
		}
	}
	return list
}

// cellFrom is the lowest value of the i-th cell of the library's flat array.
func cellFrom(i int) int64 {
	octave, sub := i/halfBuckets-1, int64(i%halfBuckets)
	if octave < 0 {
		return sub
	}
	return (sub + halfBuckets) << octave
}
