// Package compare plays a grid of runs: every strategy under every combination
// of settings with every seed, in virtual time on all cores or over HTTP, and
// folds each cell of the grid into what a report shows.
//
// It introduces the parts to each other (scenario, policies, engine, drivers,
// metrics) and decides nothing itself. Equal grids in virtual time give equal
// results, whatever the number of cores. May change before v1.
package compare
