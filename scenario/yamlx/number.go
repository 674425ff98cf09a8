package yamlx

import (
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"
)

func (d *Decoder) number(n *Node, path string, v reflect.Value) {
	f, ok := d.Number(n, path, v.Type())
	if !ok {
		return
	}
	switch {
	case v.CanFloat():
		v.SetFloat(f)
		return
	case f != math.Trunc(f):
		d.Issues.Addf(n, path, "%s must be a whole number, not %s", path, n.Value)
		return
	}
	if v.CanUint() {
		u, err := strconv.ParseUint(n.Value, 0, 64)
		if err != nil && f >= 0 && f < 1<<53 {
			u, err = uint64(f), nil
		}
		if err != nil || v.OverflowUint(u) {
			d.Issues.Addf(n, path, "%s must be a whole number from 0 to %d, not %s", path, uint64(math.MaxUint64)>>(64-v.Type().Bits()), n.Value)
			return
		}
		v.SetUint(u)
		return
	}
	i, err := strconv.ParseInt(n.Value, 0, 64)
	if err != nil && math.Abs(f) < 1<<53 {
		i, err = int64(f), nil
	}
	if err != nil || v.OverflowInt(i) {
		d.Issues.Addf(n, path, "%s is too large: %s", path, n.Value)
		return
	}
	v.SetInt(i)
}

// Number is the finite number a node holds; t only names what was wanted.
func (d *Decoder) Number(n *Node, path string, t reflect.Type) (float64, bool) {
	if n.Kind != Int && n.Kind != Float {
		d.wrong(n, path, t)
		return 0, false
	}
	f, err := strconv.ParseFloat(strings.ReplaceAll(n.Value, "_", ""), 64)
	if err != nil {
		var i int64
		if i, err = strconv.ParseInt(n.Value, 0, 64); err == nil {
			f = float64(i)
		}
	}
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		d.Issues.Addf(n, path, "%s must be a finite number, not %s", path, short(n.Value))
		return 0, false
	}
	return f, true
}

func (d *Decoder) duration(n *Node, path string, v reflect.Value) {
	if n.Kind == Int && n.Value == "0" {
		v.SetInt(0)
		return
	}
	if n.Kind == Int || n.Kind == Float {
		d.Issues.Add(n, path, fmt.Sprintf("%s is a duration and needs a unit", path), fmt.Sprintf("did you mean %q?", n.Value+"s"))
		return
	}
	if n.Kind != String {
		d.wrong(n, path, v.Type())
		return
	}
	got, err := time.ParseDuration(n.Value)
	if err != nil {
		d.Issues.Add(n, path, fmt.Sprintf("%s: %q is not a duration", path, short(n.Value)), durationHint(n.Value))
		return
	}
	v.SetInt(int64(got))
}

// durationHint guesses what was meant by "10 sec" or "2 days".
func durationHint(s string) string {
	words := []string{
		"milliseconds", "ms", "millis", "ms", "seconds", "s", "second", "s", "secs", "s", "sec", "s",
		"minutes", "m", "minute", "m", "mins", "m", "min", "m", "hours", "h", "hour", "h", "hrs", "h", "hr", "h", " ", "", ",", ".",
	}
	guess := strings.NewReplacer(words...).Replace(strings.ToLower(strings.TrimSpace(s)))
	number, isDays := strings.CutSuffix(strings.TrimSuffix(strings.TrimSuffix(guess, "s"), "ay"), "d")
	if days, err := strconv.ParseFloat(number, 64); isDays && err == nil {
		guess = strconv.FormatFloat(days*24, 'f', -1, 64) + "h"
	}
	if _, err := time.ParseDuration(guess); err == nil {
		return fmt.Sprintf("did you mean %q?", guess)
	}
	return "write it like 300ms, 10s, 5m or 1h30m"
}
