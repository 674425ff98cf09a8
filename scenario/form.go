package scenario

import (
	"math"
	"reflect"
	"strconv"
	"time"

	"ratecliff/load"
	"ratecliff/mockserver/model"
	"ratecliff/scenario/yamlx"
)

// document is a scenario file, field by field. Strategies are expanded on the
// tree before it is filled.
type document struct {
	// Version of the file format. Required; 1.
	Version int `yaml:"version"`
	// Name shows in reports. Absent means the file's name.
	Name string `yaml:"name"`
	// Description says what the scenario is about.
	Description string `yaml:"description"`
	// Seed from which all chance derives. Absent means 1.
	Seed uint64 `yaml:"seed"`
	// Duration for which arrivals are generated. Required.
	Duration time.Duration `yaml:"duration"`
	// Drain is how long calls in progress may still finish after the duration.
	// Absent means 10m.
	Drain time.Duration `yaml:"drain"`
	// Server is the service under load. Absent means the limits of the start tier.
	Server model.Config `yaml:"server"`
	// Classes of traffic by name. At least one.
	Classes classList `yaml:"classes"`
	// Strategies to compare: names of the catalog or spelled out.
	Strategies []Strategy `yaml:"strategies"`
	// Matrix varies settings: each path takes each of its values.
	Matrix *yamlx.Node `yaml:"matrix"`
	// SLO says when an arrival was served well; a class may have its own.
	SLO SLO `yaml:"slo"`
	// Expect lists what must come out, judged after the run.
	Expect *yamlx.Node `yaml:"expect"`
}

// class is one entry of classes.
type class struct {
	// Arrivals says when calls are due. Required.
	Arrivals load.Process `yaml:"arrivals"`
	// Priority is critical, high, medium or low, or 0 (most urgent) to 7. Absent
	// means medium.
	Priority load.Priority `yaml:"priority"`
	// Model asked for. Absent means claude-sonnet-5.
	Model string `yaml:"model"`
	// Tenant the calls belong to. Absent means none.
	Tenant string `yaml:"tenant"`
	// Input is uncached input per call, in tokens: a number or a distribution.
	Input load.Dist `yaml:"input"`
	// CacheWrite is input written to the prompt cache, in tokens. Absent means 0.
	CacheWrite load.Dist `yaml:"cache_write"`
	// CacheRead is input read from the prompt cache, in tokens. Absent means 0.
	CacheRead load.Dist `yaml:"cache_read"`
	// Output is what the server produces, in tokens: a number or a distribution.
	Output load.Dist `yaml:"output"`
	// MaxTokens is the request's max_tokens; output is cut to it. Absent means
	// exactly the output.
	MaxTokens int64 `yaml:"max_tokens"`
	// Stream asks for server-sent events. Absent means false.
	Stream bool `yaml:"stream"`
	// Deadline is how long after it was due an answer is of use. Absent means for ever.
	Deadline time.Duration `yaml:"deadline"`
	// Workers is how many client processes share the class. Absent means 1.
	Workers int `yaml:"workers"`
	// Oversize allows what can never be admitted: requests larger than a bucket of
	// the server or of a strategy's limiter, and bursts larger than what the server
	// admits until the run ends. Absent means that they are mistakes.
	Oversize bool `yaml:"oversize"`
	// SLO of this class, instead of the scenario's.
	SLO SLO `yaml:"slo"`
}

// classList keeps classes in the order of the file.
type classList []Class

// hooks decode what the usual rules cannot: order, names for numbers, raw trees.
func hooks() map[reflect.Type]yamlx.Hook {
	return map[reflect.Type]yamlx.Hook{
		reflect.TypeFor[classList]():     decodeClasses,
		reflect.TypeFor[[]Strategy]():    decodeStrategies,
		reflect.TypeFor[load.Priority](): decodePriority,
		reflect.TypeFor[load.Dist]():     decodeDist,
		reflect.TypeFor[*yamlx.Node]():   keepNode,
	}
}

func keepNode(_ *yamlx.Decoder, n *yamlx.Node, _ string, v reflect.Value) {
	v.Set(reflect.ValueOf(n))
}

func decodeClasses(d *yamlx.Decoder, n *yamlx.Node, path string, v reflect.Value) {
	if n.Kind != yamlx.Map || len(n.Keys) == 0 {
		d.Issues.Add(n, path, "classes must be a mapping from names to classes of traffic", "such as  chat: {arrivals: …}")
		return
	}
	if len(n.Keys) > load.MaxClasses {
		d.Issues.Addf(n, path, "classes has %d entries, at most %d are possible", len(n.Keys), load.MaxClasses)
		return
	}
	list := make(classList, 0, len(n.Keys))
	for i, key := range n.Keys {
		at := yamlx.Join(path, key.Value)
		if !validName(key.Value) {
			d.Issues.Add(key, at, nameRule("class", key.Value), "")
			continue
		}
		form := class{Priority: DefaultPriority, Model: DefaultModel}
		d.Decode(n.Items[i], at, &form)
		list = append(list, form.class(key.Value))
	}
	v.Set(reflect.ValueOf(list))
}

func (c *class) class(name string) Class {
	return Class{SLO: c.SLO, Oversize: c.Oversize, Class: load.Class{
		Name: name, Tenant: c.Tenant, Model: c.Model, Priority: c.Priority, Workers: max(c.Workers, 1),
		Arrivals: c.Arrivals, Input: c.Input, CacheWrite: c.CacheWrite, CacheRead: c.CacheRead, Output: c.Output,
		MaxTokens: c.MaxTokens, Stream: c.Stream, Deadline: c.Deadline,
	}}
}

func decodeStrategies(d *yamlx.Decoder, n *yamlx.Node, path string, v reflect.Value) {
	if n.Kind != yamlx.List {
		d.Plain(n, path, v)
		return
	}
	list := make([]Strategy, len(n.Items))
	for i, item := range n.Items {
		at := path
		if name := item.Get("name"); name != nil {
			at = yamlx.Join(path, name.Value)
		}
		d.Decode(item, at, &list[i])
	}
	v.Set(reflect.ValueOf(list))
}

// maxPriority is the least urgent class number.
const maxPriority = 7

func priorityNames() []string { return []string{"critical", "high", "medium", "low"} }

func decodePriority(d *yamlx.Decoder, n *yamlx.Node, path string, v reflect.Value) {
	if n.Kind == yamlx.Int {
		if p, err := strconv.Atoi(n.Value); err == nil && p >= 0 && p <= maxPriority {
			v.SetInt(int64(p))
			return
		}
	}
	for i, name := range priorityNames() {
		if n.Kind == yamlx.String && n.Value == name {
			v.SetInt(int64(i))
			return
		}
	}
	d.Issues.Add(n, path, path+" must be critical, high, medium or low, or a number from 0 (most urgent) to 7",
		yamlx.Suggest(n.Value, priorityNames()))
}

func decodeDist(d *yamlx.Decoder, n *yamlx.Node, path string, v reflect.Value) {
	switch n.Kind {
	case yamlx.Int, yamlx.Float:
		f, ok := d.Number(n, path, reflect.TypeFor[float64]())
		if ok && f >= 0 && !math.Signbit(f) {
			v.Set(reflect.ValueOf(load.FixedDist(f)))
		} else if ok {
			d.Issues.Addf(n, path, "%s must not be negative", path)
		}
	case yamlx.List, yamlx.Bool:
		d.Issues.Add(n, path, path+" must be a number or a distribution", "such as {dist: lognormal, p50: 1000, p90: 2700}")
	default:
		d.Plain(n, path, v)
	}
}

// validName says whether a name can stand in paths, file names and expectations.
func validName(s string) bool {
	for _, r := range s {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		if !letter && r != '-' && r != '_' {
			return false
		}
	}
	return s != "" && len(s) <= 64
}

func nameRule(what, name string) string {
	return "the name of a " + what + " consists of up to 64 letters, digits, - and _, not " + strconv.Quote(name)
}
