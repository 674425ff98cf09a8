package model_test

import (
	"testing"
	"time"

	"ratecliff/load"
	"ratecliff/mockserver/model"
)

// TestHeaderProfiles: what a client sees of an admitted and of a refused
// request: requests, input, output, the tokens trio (= the sum, + of its own, -
// not sent), and the wait.
func TestHeaderProfiles(t *testing.T) {
	t.Parallel()
	seen := func(r *model.Reply) string {
		text := ""
		for i, known := range []bool{r.Response.Limits.At(load.RPM).Known, r.Response.Limits.At(load.ITPM).Known, r.Response.Limits.At(load.OTPM).Known} {
			if known {
				text += "rio"[i : i+1]
			}
		}
		switch {
		case r.Combined.Known:
			text += "+"
		case r.NoCombined || !r.Response.Limits.At(load.ITPM).Known && !r.Response.Limits.At(load.OTPM).Known:
			text += "-"
		default:
			text += "="
		}
		if r.Response.HasRetryAfter {
			text += " wait"
		}
		return text
	}
	for _, row := range []struct {
		profile                model.HeaderProfile
		first, second, refused string
	}{
		{"", "rio=", "rio=", "rio= wait"},
		{model.CurrentHeaders, "rio=", "rio=", "rio= wait"},
		{model.Headers2024, "r+", "r+", "r+"},
		{model.NoRequests, "io=", "io=", "io= wait"},
		{model.NoInput, "ro-", "ro-", "ro- wait"},
		{model.Bare429, "rio=", "rio=", "-"},
		{model.Over80, "-", "i-", "i- wait"},
		{model.NoHeaders, "-", "-", "- wait"},
	} {
		m, err := model.New(model.Config{RPM: 60, ITPM: 60_000, OTPM: 60_000, Headers: row.profile}, 1)
		if err != nil {
			t.Fatal(err)
		}
		var replies [3]model.Reply
		for i, input := range []int64{30_000, 25_000, 10_000} {
			m.Handle(time.Second, &model.Request{Model: "m", Tokens: load.Tokens{Input: input, Output: 1}}, &replies[i])
		}
		if a, b, c := seen(&replies[0]), seen(&replies[1]), seen(&replies[2]); a != row.first || b != row.second || c != row.refused {
			t.Errorf("%q: got %q %q %q, want %+v", row.profile, a, b, c, row)
		}
		r := &replies[2]
		if bare := row.profile == model.Bare429; r.Bare != bare || (r.Response.Dimension == load.NoDimension) != bare || r.Response.Advice != load.DoRetry {
			t.Errorf("%q: %+v", row.profile, r)
		}
		if row.profile == model.Headers2024 && r.Combined != (load.LimitStatus{Known: true, Limit: 120_000, Remaining: 65_000, Reset: time.Second}) {
			t.Errorf("%+v", r.Combined)
		}
	}
	if _, err := model.New(model.Config{Headers: "2023"}, 1); err == nil {
		t.Error("a profile that does not exist was taken")
	}
}
