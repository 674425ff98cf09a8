package wire

import (
	"testing"

	"ratecliff/load"
)

// A client that reads numbers only needs to know that the header was none.
func TestDateForm(t *testing.T) {
	t.Parallel()
	const date = "Mon, 02 Jan 2006 15:04:05 GMT"
	for name, c := range map[string]struct {
		status int
		h      headers
		want   bool
	}{
		"seconds":                   {429, headers{"Retry-After": "7"}, false},
		"a date":                    {429, headers{"Retry-After": date}, true},
		"a date that is not needed": {429, headers{"Retry-After": date, "Retry-After-Ms": "7"}, false},
		"nothing":                   {429, headers{}, false},
		"no refusal":                {200, headers{"Retry-After": date}, false},
	} {
		var r load.Response
		Timebase{}.Headers(0, &r, c.status, c.h)
		if r.DateForm != c.want {
			t.Errorf("%s: %v, want %v", name, r.DateForm, c.want)
		}
	}
}
