package chart

import (
	"encoding/json"
	"fmt"

	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"
)

// option is an ECharts option as a tree, ready to be marshalled.
type option map[string]any

// builder is what the chart types of go-echarts have in common.
type builder interface {
	Validate()
	JSON() map[string]any
}

// finish turns a builder into an option: checked, without what the page does
// better itself, and with the keys that go-echarts has no field for.
func finish(b builder, patch ...func(option)) (option, error) {
	b.Validate()
	raw, err := json.Marshal(b.JSON())
	if err != nil {
		return nil, fmt.Errorf("chart options: %w", err)
	}
	var o option
	if err := json.Unmarshal(raw, &o); err != nil {
		return nil, fmt.Errorf("chart options: %w", err)
	}
	for _, key := range []string{"title", "toolbox", "color"} {
		delete(o, key)
	}
	o["animation"] = false
	makeRoom(o)
	for _, p := range patch {
		p(o)
	}
	return o, nil
}

// series are the trees of the option's series.
func (o option) series() []map[string]any {
	var out []map[string]any
	list, _ := o["series"].([]any)
	for _, s := range list {
		if tree, ok := s.(map[string]any); ok {
			out = append(out, tree)
		}
	}
	return out
}

// each sets a key of every series.
func each(key string, value any) func(option) {
	return func(o option) {
		for _, s := range o.series() {
			s[key] = value
		}
	}
}

// set sets a key of the option.
func set(key string, value any) func(option) {
	return func(o option) { o[key] = value }
}

// axis sets a key of the first x or y axis; a tree is merged into one that is
// there.
func axis(which, key string, value any) func(option) {
	return func(o option) {
		list, _ := o[which].([]any)
		if len(list) == 0 {
			return
		}
		tree, _ := list[0].(map[string]any)
		if old, ok := tree[key].(map[string]any); ok {
			if add, ok := value.(map[string]any); ok {
				for k, v := range add {
					old[k] = v
				}
				return
			}
		}
		tree[key] = value
	}
}

// global are the options every chart shares. The description is what a screen
// reader says.
func global(id, description string, x opts.XAxis, y opts.YAxis) []charts.GlobalOpts {
	x.NameLocation, x.NameGap = "middle", 30
	y.NameLocation = "end"
	return []charts.GlobalOpts{
		charts.WithInitializationOpts(opts.Initialization{ChartID: id}),
		charts.WithXAxisOpts(x), charts.WithYAxisOpts(y),
		charts.WithGridOpts(opts.Grid{Left: "64", Right: "24", Top: "56", Bottom: "48"}),
		charts.WithLegendOpts(opts.Legend{Show: opts.Bool(true), Left: "0", Right: "0", Top: "0", ItemWidth: 22, ItemHeight: 9}),
		charts.WithAriaOpts(&opts.Aria{Enabled: opts.Bool(true), Label: &opts.AriaLabel{Enabled: opts.Bool(true), Description: description}}),
	}
}

// labelled gives an axis its formatter, by the name our script knows it under.
// The prefix keeps a word from being taken for a template.
func labelled(which, formatter string) func(option) {
	return axis(which, "axisLabel", map[string]any{"formatter": formatter, "hideOverlap": true})
}

// tooltip shows all series at one place of the x axis, the largest first.
func tooltip(value, at string) func(option) {
	return set("tooltip", map[string]any{
		"trigger": "axis", "order": "valueDesc", "confine": true, "valueFormatter": value,
		"axisPointer": map[string]any{"type": "line", "label": map[string]any{"formatter": at}},
	})
}

// legendWidth is the least width of a chart beside another, in pixels.
const legendWidth = 500

// makeRoom moves the plot down by the lines its legend will take; beyond five
// the legend scrolls.
func makeRoom(o option) {
	lines, used := 1, 0
	for _, s := range o.series() {
		name, _ := s["name"].(string)
		width := 36 + letter*len([]rune(name))*9/10
		if used > 0 && used+width > legendWidth {
			lines, used = lines+1, 0
		}
		used += width
	}
	if legend, ok := o["legend"].(map[string]any); ok && lines > 5 {
		legend["type"], lines = "scroll", 1
	}
	gridOf(o)["top"] = fmt.Sprint(36 + 20*lines)
}
