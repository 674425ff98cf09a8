// Package report turns finished runs into a [Document] and writes it: a table
// for a terminal, JSON, CSV, Markdown, JUnit. The HTML page lives in
// report/chart.
//
// A Document is plain data. Its JSON is summary.json, and everything heavier
// (series, histograms) is [Charts], written beside it as charts.json, so that a
// report can be rendered again from its folder without running anything.
//
// The package is pure: it reads no clock, starts no goroutine and opens no file
// but through the fs.FS it is given. Equal documents give equal bytes. Nothing
// in it is safe for concurrent mutation; writers only read. May change before
// v1.
package report
