package chart

// palette is for strategies: the hues of Okabe and Ito (2008), told apart under
// the common kinds of colour blindness, darkened where white paper would
// swallow them. Further strategies repeat them with another dash.
func palette() []string {
	return []string{"#1f78c8", "#d98200", "#009e73", "#cc5f9b", "#7b61c9", "#d55e00", "#3fa0dc", "#8a9a00"}
}

// look is how one strategy is drawn wherever it appears on the page.
type look struct{ colour, dash, symbol string }

func lookOf(i int) look {
	colours := palette()
	dashes := []string{"solid", "dashed", "dotted"}
	symbols := []string{"circle", "triangle", "rect", "diamond"}
	return look{
		colour: colours[i%len(colours)],
		dash:   dashes[i/len(colours)%len(dashes)],
		symbol: symbols[i/len(colours)%len(symbols)],
	}
}

// colourOf is the fixed colour of a named curve, so that a cause looks the same
// in every chart.
func colourOf(name string) string {
	switch name {
	case "rpm", "in_flight", "response":
		return "#1f78c8"
	case "itpm", "waiting", "queue_wait":
		return "#d98200"
	case "otpm", "ok", "service":
		return "#009e73"
	case "concurrency", "ttft":
		return "#cc5f9b"
	case "acceleration", "sleeping", "backoff":
		return "#7b61c9"
	case "spend":
		return "#3fa0dc"
	case "overloaded", "failure":
		return "#d55e00"
	}
	return "#7f8894"
}

// themes are the two looks of the page's charts. Everything a theme does not
// name is transparent or inherits.
func themes() map[string]any {
	return map[string]any{
		"light": theme("#1c2128", "#59636e", "#e3e6ea", "#ffffff"),
		"dark":  theme("#e6e9ee", "#9aa4b0", "#2b313a", "#1b2027"),
	}
}

func theme(text, muted, line, box string) map[string]any {
	axis := map[string]any{
		"axisLine":      map[string]any{"lineStyle": map[string]any{"color": muted}},
		"axisTick":      map[string]any{"lineStyle": map[string]any{"color": muted}},
		"axisLabel":     map[string]any{"color": muted, "fontSize": 12},
		"nameTextStyle": map[string]any{"color": muted, "fontSize": 12},
		"splitLine":     map[string]any{"lineStyle": map[string]any{"color": line}},
		"minorTick":     map[string]any{"show": false},
	}
	return map[string]any{
		"color":           palette(),
		"backgroundColor": "transparent",
		"textStyle":       map[string]any{"fontFamily": "system-ui, sans-serif", "color": text},
		"legend":          map[string]any{"textStyle": map[string]any{"color": text}, "pageIconColor": text, "pageTextStyle": map[string]any{"color": muted}},
		"tooltip": map[string]any{
			"backgroundColor": box, "borderColor": line, "textStyle": map[string]any{"color": text, "fontSize": 12},
		},
		"valueAxis": axis, "logAxis": axis, "categoryAxis": axis, "timeAxis": axis,
		"scatter": map[string]any{"label": map[string]any{"color": text}},
	}
}
