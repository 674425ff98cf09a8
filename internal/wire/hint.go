package wire

import (
	"strconv"
	"strings"

	"ratecliff/load"
)

// AppendTokensHint appends the value of the ratecliff-tokens header, such as
// "input=120,cache_write=0,cache_read=0,output=64". With this header and
// ratecliff-id, ratecliff-attempt and ratecliff-key (decimal numbers) a run over
// HTTP meets the same server as in virtual time, whatever the body holds.
func AppendTokensHint(dst []byte, t load.Tokens) []byte {
	dst = strconv.AppendInt(append(dst, "input="...), t.Input, 10)
	dst = strconv.AppendInt(append(dst, ",cache_write="...), t.CacheWrite, 10)
	dst = strconv.AppendInt(append(dst, ",cache_read="...), t.CacheRead, 10)
	return strconv.AppendInt(append(dst, ",output="...), t.Output, 10)
}

// ParseTokensHint reads a ratecliff-tokens header. Missing kinds are 0; an
// unknown kind, a repeated comma or a negative number makes the hint invalid.
func ParseTokensHint(value string) (t load.Tokens, ok bool) {
	for value != "" {
		var item string
		item, value, _ = strings.Cut(value, ",")
		name, number, _ := strings.Cut(strings.TrimSpace(item), "=")
		n, err := strconv.ParseInt(number, 10, 64)
		if err != nil || n < 0 {
			return load.Tokens{}, false
		}
		switch name {
		case "input":
			t.Input = n
		case "cache_write":
			t.CacheWrite = n
		case "cache_read":
			t.CacheRead = n
		case "output":
			t.Output = n
		default:
			return load.Tokens{}, false
		}
		ok = true
	}
	return t, ok
}
