package chart

import "ratecliff/report"

// bandTable is from which load on an outage never ends; nil where no load was
// swept or no outage judged.
func bandTable(d *report.Document) *grid {
	if len(d.Bands) == 0 {
		return nil
	}
	g := &grid{Head: report.BandHead()}
	for i := range d.Bands {
		g.Rows = append(g.Rows, d.Bands[i].Row())
	}
	return g
}
