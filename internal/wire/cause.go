package wire

import (
	"bytes"
	"strconv"
	"time"

	"ratecliff/load"
)

// Why tells refusals apart whose dimension does not. The zero Why is the
// dimension's.
type Why uint8

// Causes of refusals beside the dimensions.
const (
	ByDimension Why = iota
	DailyTokens     // 429: tokens per day (to the end of 2024)
	OwnSpend        // 400: a spend limit that the customer set
	BatchQueue      // 429: too many batched requests wait
	BatchSize       // 400: more requests than one batch may hold
)

// Refusal is what the text of a refusal speaks of.
type Refusal struct {
	Cause        Why
	Dimension    load.Dimension
	Limit        int64 // the limit's value per minute
	Next         int64 // Acceleration: its value from the next minute boundary on; 0 is not said
	Organization string
	Model        string    // "" where no model plays a part
	Workspace    bool      // the limit is a workspace's, not the organization's
	Until        time.Time // spend: the first day of access
}

const (
	tryLater = "; see the response headers for current usage. Please reduce the prompt length or the maximum tokens requested, or try again later. "
	sales    = "You may also contact sales at https://claude.com/contact-sales to discuss your options for a rate limit increase."
)

// AppendMessage appends the text the API gives for the refusal (claude-api
// facts, section 3.1, wording of 2025-10 to 2026; for tokens per day that of
// 2024). A refusal without a dimension is the short "Rate limited". The wording
// for workspaces and for batches is assumed.
func (r *Refusal) AppendMessage(dst []byte) []byte {
	switch r.Cause {
	case DailyTokens:
		return append(dst, "Number of request tokens has exceeded your daily rate limit (https://docs.claude.com/en/api/rate-limits)"+tryLater+sales...)
	case OwnSpend:
		dst = append(dst, "You have reached your specified "...)
		if r.Workspace {
			dst = append(dst, "workspace "...)
		}
		return r.appendUntil(append(dst, "API usage limits. You will regain access on "...))
	case BatchQueue:
		dst = append(dst, "This request would exceed your organization's limit of "...)
		return append(appendThousands(dst, r.Limit), " batch requests in the processing queue. Please try again later."...)
	case BatchSize:
		dst = append(dst, "requests: List should have at most "...)
		return append(strconv.AppendInt(dst, r.Limit, 10), " items after validation"...)
	case ByDimension:
	}
	return r.appendDimension(dst)
}

func (r *Refusal) appendDimension(dst []byte) []byte {
	switch r.Dimension {
	case load.RPM, load.ITPM, load.OTPM:
		dst = append(append(append(dst, "This request would exceed your "...), r.owner()...), " rate limit of "...)
		dst = append(appendThousands(dst, r.Limit), ' ')
		dst = append(append(dst, unit(r.Dimension)...), " per minute"...)
		dst = append(r.appendWho(dst), ". For details, refer to: https://docs.claude.com/en/api/rate-limits. You can see the response headers for current usage. Please reduce the prompt length or the maximum tokens requested, or try again later. "...)
		return append(dst, sales...)
	case load.Acceleration:
		return r.appendRamp(dst)
	case load.Concurrency:
		return append(dst, "Number of concurrent connections has exceeded your rate limit. Please try again later or contact sales at https://claude.com/contact-sales to discuss your options for a rate limit increase."...)
	case load.Spend:
		return r.appendUntil(append(dst, "You have reached your API usage limits: your organization has crossed its monthly API usage threshold, set based on your organization's API tier. You will regain access on "...))
	case load.NoDimension, load.DimensionCount:
	}
	return append(dst, "Rate limited"...)
}

func (r *Refusal) appendRamp(dst []byte) []byte {
	dst = append(dst, "This request would exceed your organization's maximum usage increase rate for input tokens per minute"...)
	dst = append(r.appendWho(dst), ". Your current limit is "...)
	dst = append(appendThousands(dst, r.Limit), " input tokens per minute, and will increase "...)
	if r.Next > 0 {
		dst = append(appendThousands(append(dst, "to "...), r.Next), ' ')
	}
	return append(dst, "at the next minute boundary. Please scale up your input tokens usage more gradually to stay within the acceleration limit."...)
}

func (r *Refusal) appendUntil(dst []byte) []byte {
	return append(r.Until.UTC().AppendFormat(dst, time.DateOnly), " at 00:00 UTC."...)
}

func (r *Refusal) owner() string {
	if r.Workspace {
		return "workspace's"
	}
	return "organization's"
}

func (r *Refusal) appendWho(dst []byte) []byte {
	dst = append(append(dst, " (org: "...), r.Organization...)
	if r.Model != "" {
		dst = append(append(dst, ", model: "...), r.Model...)
	}
	return append(dst, ')')
}

func unit(d load.Dimension) string {
	if d == load.ITPM {
		return "input tokens"
	}
	if d == load.OTPM {
		return "output tokens"
	}
	return "requests"
}

func appendThousands(dst []byte, n int64) []byte {
	var buf [20]byte
	digits := strconv.AppendInt(buf[:0], max(n, 0), 10)
	for i, c := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, c)
	}
	return dst
}

// Cause reads the dimension and the limit out of a 429's message and its
// error_code. It is a hint: the wording changed four times since 2024. Known
// forms are those of claude-api facts, section 3.1; numbers may carry thousands
// separators. No dimension means that the text names none; limit 0 that it
// names no number.
func Cause(code string, message []byte) (d load.Dimension, limit int64) {
	switch code {
	case CodeSpend, CodeContractSpend:
		return load.Spend, 0
	case CodeRamp:
		return load.Acceleration, numberAfter(message, "current limit is ")
	}
	switch {
	case contains(message, "API usage limits"):
		return load.Spend, 0
	case contains(message, "concurrent connections"):
		return load.Concurrency, 0
	case contains(message, "usage increase rate"), contains(message, "acceleration limit"):
		return load.Acceleration, numberAfter(message, "current limit is ")
	}
	for _, d := range [...]load.Dimension{load.ITPM, load.OTPM, load.RPM} {
		if i := bytes.Index(message, []byte(unit(d)+" per minute")); i >= 0 {
			return d, numberBefore(message[:i])
		}
	}
	return load.NoDimension, 0
}

func contains(b []byte, s string) bool { return bytes.Contains(b, []byte(s)) }

// numberAfter reads the number that follows the phrase; 0 when there is none.
func numberAfter(message []byte, phrase string) int64 {
	i := bytes.Index(message, []byte(phrase))
	if i < 0 {
		return 0
	}
	b := message[i+len(phrase):]
	end := 0
	for end < len(b) && (isDigit(b[end]) || isSeparator(b, end)) {
		end++
	}
	return digitsOf(b[:end])
}

// numberBefore reads the number that ends b, but for white space.
func numberBefore(b []byte) int64 {
	b = bytes.TrimRight(b, " ")
	from := len(b)
	for from > 0 && (isDigit(b[from-1]) || isSeparator(b, from-1)) {
		from--
	}
	return digitsOf(b[from:])
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// isSeparator says whether b[i] groups thousands: a comma, dot, underscore,
// apostrophe or a blank between two digits.
func isSeparator(b []byte, i int) bool {
	return i > 0 && i+1 < len(b) && isDigit(b[i-1]) && isDigit(b[i+1]) && bytes.IndexByte([]byte(",._' "), b[i]) >= 0
}

func digitsOf(b []byte) (n int64) {
	for _, c := range b {
		if isDigit(c) && n < 1e17 {
			n = n*10 + int64(c-'0')
		}
	}
	return n
}
