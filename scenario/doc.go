// Package scenario turns a scenario file into what a run needs: a load.Plan,
// strategies, the server's settings, a matrix of variants, objectives and
// expectations.
//
// [Load] reports every mistake of a file at once, each with file, line, column,
// the source line and the nearest known name. The package reads no files and no
// clock; what it needs from outside (does a trace exist?) is passed in through
// [Options]. Values are safe for concurrent use once loaded, as long as nobody
// changes them. May change before v1.
package scenario
