package chart

import (
	"encoding/json"
	"fmt"
	"html/template"
	"io"

	"ratecliff/report"
)

// HTML writes the document as one self-contained page.
func HTML(w io.Writer, d *report.Document) error {
	p, err := newPage(d)
	if err != nil {
		return err
	}
	t, err := template.New("report").Parse(layout)
	if err != nil {
		return fmt.Errorf("report page: %w", err)
	}
	return t.Execute(w, p)
}

// page is what the template sees.
type page struct {
	Doc     *report.Document
	Policy  string
	Style   template.CSS
	Library template.JS
	Boot    template.JS
	Data    template.JS // JSON, "<" escaped by encoding/json

	Finding  finding
	Tables   []table
	Order    *order       // nil without several settings
	Fronts   []frontTable // only where a client's own settings were swept
	Bands    *grid        // only where an offered load was swept across an outage
	Groups   []choice     // choices of the setting; one when there is no matrix
	Cells    []choice     // choices of the strategy seen up close
	Scatter  figure
	Shares   figure
	Closeups []closeup
	Settings []fact
	Omitted  int // cells not shown up close
	Unseen   int // settings not compared on the page
}

// choice is one choice of a select.
type choice struct {
	Index int
	Label string
}

// fact is one line of the facts at the end.
type fact struct{ Name, Value string }

// payload is the data block of the page.
type payload struct {
	Themes map[string]any `json:"themes"`
	Charts []chartData    `json:"charts"`
}

// chartData is one place on the page and what it can show: one option per
// choice of the select it belongs to.
type chartData struct {
	ID      string   `json:"id"`
	By      string   `json:"by"`             // "group" or "cell"
	Sync    string   `json:"sync,omitempty"` // charts of one name share their cursor
	Options []option `json:"options"`
}

func newPage(d *report.Document) (*page, error) {
	all := subjects(d)
	close := closest(all)
	p := &page{
		Doc: d, Policy: policy(), Style: template.CSS(style), Library: template.JS(library), Boot: template.JS(boot),
		Finding: findingOf(d), Tables: tablesOf(d), Order: orderOf(d), Fronts: frontTables(d), Bands: bandTable(d), Settings: factsOf(d), Omitted: len(all) - len(close),
	}
	if d.Charts == nil {
		p.Omitted = 0
	}
	p.Unseen = len(d.Tables()) - len(p.Tables)
	data := payload{Themes: themes(), Charts: []chartData{}}
	if err := p.across(&data, groups(all)); err != nil {
		return nil, err
	}
	if err := p.upClose(&data, close); err != nil {
		return nil, err
	}
	raw, err := json.Marshal(data)
	if err != nil {
		return nil, fmt.Errorf("report page: %w", err)
	}
	p.Data = template.JS(raw)
	return p, nil
}

// across builds the charts that compare the strategies of one setting.
func (p *page) across(data *payload, all []group) error {
	scatter, shares := chartData{ID: "price", By: "group"}, chartData{ID: "percentiles", By: "group"}
	drawn := false
	for i, g := range all {
		p.Groups = append(p.Groups, choice{i, g.label})
		o, done, err := price(g)
		if err != nil {
			return err
		}
		scatter.Options = append(scatter.Options, o)
		p.Scatter.Tables = append(p.Scatter.Tables, priceTable(i, g, done))
		if o, err = percentiles(g); err != nil {
			return err
		}
		drawn = drawn || len(o.series()) > 0
		shares.Options = append(shares.Options, o)
		p.Shares.Tables = append(p.Shares.Tables, percentileTable(i, g))
	}
	if len(p.Doc.Cells) > 1 {
		p.Scatter.ID = scatter.ID
		data.Charts = append(data.Charts, scatter)
	}
	if drawn {
		p.Shares.ID = shares.ID
		data.Charts = append(data.Charts, shares)
	}
	return nil
}

// upClose builds the charts of single cells.
func (p *page) upClose(data *payload, close []subject) error {
	series := 0
	for _, s := range close {
		series += len(s.curves.Series)
	}
	points := perSeries(series)
	places := []chartData{
		{ID: "refusals", By: "cell", Sync: "time"},
		{ID: "remaining", By: "cell", Sync: "time"},
		{ID: "crowd", By: "cell", Sync: "time"},
		{ID: "histogram", By: "cell"},
		{ID: "anatomy", By: "cell"},
	}
	for i, s := range close {
		p.Cells = append(p.Cells, choice{i, s.cell.Label()})
		drawn, err := closeOptions(s, points)
		if err != nil {
			return err
		}
		for j := range places {
			places[j].Options = append(places[j].Options, drawn[j])
		}
		p.Closeups = append(p.Closeups, closeupOf(i, s, drawn))
	}
	if len(close) > 0 {
		data.Charts = append(data.Charts, places...)
	}
	return nil
}

// closeOptions are the options of one cell in the order of the places; one that
// has nothing to show is nil.
func closeOptions(s subject, points int) ([]option, error) {
	timed := func(draw func(subject, int) (option, error)) func(subject) (option, error) {
		return func(s subject) (option, error) { return draw(s, points) }
	}
	var out []option
	for _, draw := range []func(subject) (option, error){timed(refusals), timed(remaining), timed(crowd), histogram, anatomy} {
		o, err := draw(s)
		if err != nil {
			return nil, err
		}
		if len(o.series()) == 0 {
			o = nil
		}
		out = append(out, o)
	}
	return out, nil
}

// place is a chart of the close-up and its words.
type place struct {
	ID, Title, Caption string
	Nothing            string // said where a cell has nothing to draw
	Tall               bool
	Opens, Closes      bool // begins, ends a row of two
}

// Places are the charts of the close-up, in the order of closeup.Tables.
func (p *page) Places() []place {
	return []place{
		{
			ID: "refusals", Title: "Refused attempts, by cause", Caption: "Mean over the seeds, stacked.",
			Nothing: "No attempt was refused.",
		},
		{
			ID: "remaining", Title: "Remaining quota", Caption: "As the server's headers advertised it, mean over the seeds. Zero is where refusals begin.",
			Nothing: "The server advertised no limits.",
		},
		{
			ID: "crowd", Title: "Where the calls were", Caption: "Waiting on our side, in flight at the server, asleep before a retry.",
			Nothing: "No call waited, flew or slept long enough to be seen.",
		},
		{
			ID: "histogram", Title: "How long it took", Caption: "Successes and failures, counted apart, from the instant they were due.",
			Nothing: "Nothing ended.", Tall: true, Opens: true,
		},
		{
			ID: "anatomy", Title: "What an answer's time was made of", Caption: "Percentiles of each part by itself; they do not add up.",
			Nothing: "There was no success.", Tall: true, Closes: true,
		},
	}
}
