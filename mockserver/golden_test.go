package mockserver_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"ratecliff/internal/wire"
	"ratecliff/load"
	"ratecliff/mockserver/model"
)

// TestRecordedHeaders replays answers of the real service (claude-api facts,
// section 2.3): limit/remaining/reset of requests, input, output and tokens, the
// resets in whole seconds after the answer's date. began is where within a second
// the request began, date that of the answer; what earlier requests had taken is
// part of the request here, charged at the same instant.
func TestRecordedHeaders(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name        string
		cfg         model.Config
		input, most int64
		began, date time.Duration
		want        string
	}{
		{
			"2025-03-15 12:57:59, stream",
			model.Config{RPM: 4000, ITPM: 200_000, OTPM: 80_000, Output: model.Reserve},
			74_000, 21_000, 0, time.Second,
			"4000/3999/-1 200000/126000/21 80000/59000/14 280000/185000/14",
		},
		{
			"2025-03-15 13:07:26, stream",
			model.Config{RPM: 4000, ITPM: 200_000, OTPM: 80_000, Output: model.Reserve},
			59_000, 14_000, 400 * time.Millisecond, 0,
			"4000/3999/0 200000/141000/18 80000/66000/10 280000/207000/10",
		},
		{
			"2025-03-15 09:38:28, output reserved",
			model.Config{RPM: 4000, ITPM: 400_000, OTPM: 80_000, Output: model.Reserve},
			1_169, 1_024, 0, 0,
			"4000/3999/0 400000/399000/0 80000/79000/0 480000/478000/0",
		},
		{
			"2025-07-29 09:59:34, output no longer reserved; 506 tokens of input, but for what a millisecond gave back",
			model.Config{RPM: 4000, ITPM: 400_000, OTPM: 80_000},
			506 - 7, 1_024, 0, 0,
			"4000/3999/0 400000/400000/0 80000/80000/0 480000/480000/0",
		},
	} {
		m, err := model.New(row.cfg, 1)
		fatalIf(t, err)
		const minute = time.Minute // so that resets before the start do not matter
		var reply model.Reply
		m.Handle(minute+row.began, &model.Request{Model: "m", Tokens: load.Tokens{Input: row.input, Output: 10}, MaxTokens: row.most, Stream: true}, &reply)
		base := wire.Timebase{Start: time.Date(2025, 3, 15, 12, 57, 0, 0, time.UTC)}
		values := base.LimitValues(&reply.Response.Limits, wire.Combined(&reply.Response.Limits))
		var got []string
		for i := 0; i < wire.LimitHeaders; i += 3 {
			reset, err := time.Parse(time.RFC3339, values[i+2])
			fatalIf(t, err)
			after := int(reset.Sub(base.Wall(minute+row.date)) / time.Second)
			got = append(got, values[i]+"/"+values[i+1]+"/"+strconv.Itoa(after))
		}
		if text := strings.Join(got, " "); text != row.want {
			t.Errorf("%s:\ngot  %s\nwant %s", row.name, text, row.want)
		}
	}
}
