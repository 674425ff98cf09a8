// Package metrics turns what happened in a run into numbers with their doubt.
//
// A [Recorder] belongs to one goroutine and is fed by a driver; a [Snapshot] is
// what it saw, plain data that merges; [Snapshot.Values] are the metrics of one
// run and [Summarize] those of several. The package is pure: it reads no clock,
// takes no lock and starts no goroutine. It is the only one that imports
// hdrhistogram-go and benchmath.
//
// Definitions (H is the run length: the later of the planned duration and the
// last finish; S the successes, O the arrivals, A the attempts sent):
//
//	success_ratio         |S| / |O|; an unfinished arrival is no success
//	unfinished_ratio      arrivals still open when the run ended / |O|
//	slo_ratio             arrivals that ended OK within their class's objective / arrivals of classes that have one
//	degraded_ratio        successes by another model than the one wanted / |S|
//	goodput_per_min       |S| / H
//	attempts_per_success  |A| / |S|
//	amplification         |A| / |O|
//	refused_ratio         (429 + 529 answers) / attempts answered
//	makespan_s            the instant of the last success
//	optimum_share         see [Snapshot.Optimum]; 0 to 1
//	utilisation.d         cost served in d / (level at start + refill · H), fullest pool
//	response_time_ms.q    due instant to end, waiting included
//	service_time_ms.q     last attempt, sent to done
//	ttft_ms.q             last attempt, sent to first token
//	queue_wait_ms.q       ready to go but held
//	backoff_ms.q          asleep between attempts
//	peak_attempts_per_100ms              most attempts sent in one 100 ms window of a fixed grid
//	peak_attempts_per_100ms.after_first_s  the same without the first second
//	lateness_ms.q         send minus the instant it was scheduled for (live runs)
//	tokens_per_min        tokens of the successes, in and out / H
//	cost_usd_per_success  price of all billed tokens / |S|
//
// q is p50, p90, p95, p99 or max; values are the upper edge of an HDR cell, so up
// to 0.1 % above what was measured. A class has its own success_ratio,
// goodput_per_min and response_time_ms, see [ForClass].
//
// Percentiles are over successes; failures are counted apart and never mixed
// in. A percentile q that rests on fewer than 1/(1−q) samples is withheld.
// May change before v1.
package metrics
