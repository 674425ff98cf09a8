package mockserver

import (
	"net/http"
	"net/url"
	"strconv"

	"ratecliff/internal/wire"
)

// Bounds of a list's limit parameter, as documented.
const (
	defaultPage = 20
	maxPage     = 1000
)

// cursor is where a page of a list begins: after one id or before another.
type cursor struct {
	after, before string
	limit         int
}

func readCursor(q url.Values) (c cursor, failure *wire.Failure) {
	c = cursor{after: q.Get("after_id"), before: q.Get("before_id"), limit: defaultPage}
	if c.after != "" && c.before != "" {
		return c, invalid("after_id, before_id: only one of them may be given")
	}
	c.limit, failure = readLimit(q, defaultPage)
	return c, failure
}

func readLimit(q url.Values, byDefault int) (int, *wire.Failure) {
	value := q.Get("limit")
	if value == "" {
		return byDefault, nil
	}
	n, err := strconv.Atoi(value)
	switch {
	case err != nil:
		return 0, invalid("limit: Input should be a valid integer")
	case n < 1:
		return 0, invalid("limit: Input should be greater than or equal to 1")
	case n > maxPage:
		return 0, invalid("limit: Input should be less than or equal to 1000")
	}
	return n, nil
}

// page is one page of a list.
type page struct {
	Data    []any   `json:"data"`
	HasMore bool    `json:"has_more"`
	FirstID *string `json:"first_id"`
	LastID  *string `json:"last_id"`
}

// cut is the span of a list of n ids that the cursor asks for. An id that is not
// in the list gives an empty page.
func (c *cursor) cut(n int, id func(int) string) (from, to int, more bool) {
	find := func(want string) int {
		for i := range n {
			if id(i) == want {
				return i
			}
		}
		return -1
	}
	switch {
	case c.after != "":
		if from = find(c.after) + 1; from == 0 {
			return 0, 0, false
		}
	case c.before != "":
		if to = find(c.before); to < 0 {
			return 0, 0, false
		}
		from = max(0, to-c.limit)
		return from, to, from > 0
	}
	to = min(n, from+c.limit)
	return from, to, to < n
}

// newPage cuts a page out of a list.
func (c *cursor) newPage(n int, id func(int) string, item func(int) any) page {
	from, to, more := c.cut(n, id)
	p := page{Data: []any{}, HasMore: more}
	for i := from; i < to; i++ {
		p.Data = append(p.Data, item(i))
	}
	if from < to {
		first, last := id(from), id(to-1)
		p.FirstID, p.LastID = &first, &last
	}
	return p
}

// sendPage answers with the page that the query asks for.
func (s *Server) sendPage(w http.ResponseWriter, r *http.Request, x *exchange, n int, id func(int) string, item func(int) any) {
	c, failure := readCursor(r.URL.Query())
	if failure != nil {
		s.fail(w, x, failure)
		return
	}
	s.answer(w, x, c.newPage(n, id, item))
}
