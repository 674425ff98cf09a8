package chart

import (
	"crypto/sha256"
	_ "embed" // the files of the page
	"encoding/base64"
)

// Apache ECharts, unchanged from its npm package; LICENSE and NOTICE stand
// beside it. asset/refresh.sh fetches it again.
//
//go:embed asset/echarts.min.js
var library string

//go:embed asset/boot.js
var boot string

//go:embed asset/page.css
var style string

//go:embed asset/page.html.tmpl
var layout string

// integrity is the hash source of an inline script for a
// Content-Security-Policy (CSP level 3, section 2.3.1).
func integrity(script string) string {
	sum := sha256.Sum256([]byte(script))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// policy lets the page run its two scripts and draw; it may reach nothing.
// Styles must be inline because the library positions its tooltips that way.
func policy() string {
	return "default-src 'none'; script-src " + integrity(library) + " " + integrity(boot) +
		"; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
}
