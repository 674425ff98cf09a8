package wire

import (
	"strconv"
	"time"

	"ratecliff/load"
)

// LimitHeaders is how many headers the per-minute limits fill.
const LimitHeaders = 12

// limitNames come in trios: limit, remaining, reset.
var limitNames = [LimitHeaders]string{
	"Anthropic-Ratelimit-Requests-Limit", "Anthropic-Ratelimit-Requests-Remaining", "Anthropic-Ratelimit-Requests-Reset",
	"Anthropic-Ratelimit-Input-Tokens-Limit", "Anthropic-Ratelimit-Input-Tokens-Remaining", "Anthropic-Ratelimit-Input-Tokens-Reset",
	"Anthropic-Ratelimit-Output-Tokens-Limit", "Anthropic-Ratelimit-Output-Tokens-Remaining", "Anthropic-Ratelimit-Output-Tokens-Reset",
	"Anthropic-Ratelimit-Tokens-Limit", "Anthropic-Ratelimit-Tokens-Remaining", "Anthropic-Ratelimit-Tokens-Reset",
}

// FamilyHeaders is how many headers a further family of limits fills.
const FamilyHeaders = 6

// familyNames are the limit headers of fast mode and of the priority tier.
var familyNames = [2][FamilyHeaders]string{
	{
		"Anthropic-Fast-Input-Tokens-Limit", "Anthropic-Fast-Input-Tokens-Remaining", "Anthropic-Fast-Input-Tokens-Reset",
		"Anthropic-Fast-Output-Tokens-Limit", "Anthropic-Fast-Output-Tokens-Remaining", "Anthropic-Fast-Output-Tokens-Reset",
	}, {
		"Anthropic-Priority-Input-Tokens-Limit", "Anthropic-Priority-Input-Tokens-Remaining", "Anthropic-Priority-Input-Tokens-Reset",
		"Anthropic-Priority-Output-Tokens-Limit", "Anthropic-Priority-Output-Tokens-Remaining", "Anthropic-Priority-Output-Tokens-Reset",
	},
}

// FastName and PriorityName are the canonical names of the limit headers of fast
// mode and of the priority tier, at an index below [FamilyHeaders]; their values
// are those that [Timebase.LimitValues] writes from index 3 on.
func FastName(i int) string { return familyNames[0][i] }

// PriorityName is the name of a header of the priority tier; see [FastName].
func PriorityName(i int) string { return familyNames[1][i] }

// LimitName is the canonical name of the limit header at an index below
// [LimitHeaders].
func LimitName(i int) string { return limitNames[i] }

// LimitValues writes the values of the limit headers, by the index of
// [LimitName]; "" means the header is not sent. Resets are RFC 3339 in UTC, cut
// to whole seconds as recorded; in compressed time, where a second of the wall
// is too coarse, they carry microseconds. The tokens trio is the one given; see
// [Combined]. It allocates one string.
func (t Timebase) LimitValues(s *load.LimitStatuses, tokens load.LimitStatus) (values [LimitHeaders]string) {
	trios := [4]load.LimitStatus{*s.At(load.RPM), *s.At(load.ITPM), *s.At(load.OTPM), tokens}
	var buf [512]byte
	text, ends := buf[:0], [LimitHeaders]int{}
	for i := range trios {
		if l := &trios[i]; l.Known {
			text = strconv.AppendInt(text, l.Limit, 10)
			ends[3*i] = len(text)
			text = strconv.AppendInt(text, l.Remaining, 10)
			ends[3*i+1] = len(text)
			text = t.appendReset(text, l.Reset)
		}
		for j := range 3 {
			ends[3*i+j] = max(ends[3*i+j], previous(&ends, 3*i+j))
		}
		ends[3*i+2] = len(text)
	}
	all, from := string(text), 0
	for i, end := range ends {
		values[i] = all[from:end]
		from = end
	}
	return values
}

func previous(ends *[LimitHeaders]int, i int) int {
	if i == 0 {
		return 0
	}
	return ends[i-1]
}

// Combined is what the tokens trio says where no workspace is limited: recorded
// as the sum of input and output, its reset as the earlier of the two
// (claude-api facts, section 2.2).
func Combined(s *load.LimitStatuses) load.LimitStatus {
	in, out := s.At(load.ITPM), s.At(load.OTPM)
	switch {
	case !in.Known:
		return *out
	case !out.Known:
		return *in
	}
	return load.LimitStatus{
		Known: true, Limit: in.Limit + out.Limit, Remaining: in.Remaining + out.Remaining,
		Reset: min(in.Reset, out.Reset),
	}
}

func (t Timebase) appendReset(dst []byte, at time.Duration) []byte {
	date := t.Wall(at).UTC()
	if t.Compressed() {
		return date.Truncate(time.Microsecond).AppendFormat(dst, "2006-01-02T15:04:05.000000Z")
	}
	return date.AppendFormat(dst, time.RFC3339) // a fast path of package time; "Z" in UTC
}

// ReadLimits reads the limit headers. A dimension is known when its limit and
// its remaining are numbers; a reset that is missing or unreadable is instant
// 0, which lies in the past. The tokens trio says nothing of its own and is not
// read.
func (t Timebase) ReadLimits(h Header) (s load.LimitStatuses) {
	for i := range s {
		limit, ok := parseCount(h.Get(limitNames[3*i]))
		if !ok {
			continue
		}
		remaining, ok := parseCount(h.Get(limitNames[3*i+1]))
		if !ok {
			continue
		}
		s[i] = load.LimitStatus{Known: true, Limit: limit, Remaining: remaining}
		if date, err := time.Parse(time.RFC3339, h.Get(limitNames[3*i+2])); err == nil {
			s[i].Reset = t.Instant(date)
		}
	}
	return s
}

func parseCount(text string) (int64, bool) {
	if text == "" {
		return 0, false
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil
}
