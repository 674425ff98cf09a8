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
//	optimum_share         see [Snapshot.Optimum]; 0 to 1; the product of the next two
//	optimum_share.goodput |S| / N*: of what could be served, how much was
//	optimum_share.makespan T*(S) / T_S: how soon it could have been done
//	optimum_share.wait    least time S can have waited for admission together / time it waited
//	neighbour_refused_ratio  attempts refused although the tenant alone would have had the call let in by
//	                      then, of the tenant that has most of them / its attempts; each tenant has a
//	                      shadow of the buckets that it alone draws on
//	class_wait_ratio      mean wait (held and asleep) of the most urgent class / of the least urgent one
//	utilisation_of_demand.d  cost served in d / min(level at start + refill · H, cost of all arrivals)
//	utilisation.binding   utilisation of the limit with the least supply for its demand
//	utilisation.d         cost served in d / (level at start + refill · H), fullest pool
//	blameable_loss_ratio.d  refill lost to a full bucket while calls waited or slept / (level at start +
//	                      refill · H), fullest pool; says something of the limit that binds
//	lost_ratio            arrivals that ended lost, timed out, shed or dropped / |O|
//	deadline_miss_ratio   arrivals with a deadline that did not end OK before it / arrivals with one
//	useful_ratio          successes by the model wanted, before their deadline / |O|
//	useful_goodput_per_min  successes by the model wanted, before their deadline / H
//	wasted_attempts_ratio (|A| − |S|) / |A|
//	wasted_tokens_ratio   tokens billed that no success has / tokens billed
//	wasted_input_ratio    prompt tokens sent that no success has / prompt tokens sent (billed or refused)
//	amplification.layerN  by how much retry layer N (1 is the innermost) multiplies what it is given:
//	                      attempts ordered by it or inside it, for each from outside; the four multiply
//	                      to attempts per call sent
//	fairness.tenants      Jain's (Σy)²/(n·Σy²) over tenants, y the share of a tenant's arrivals that succeeded
//	fairness.sizes        the same over quarters of the arrivals by size (prompt and output tokens)
//	priority_inversion_ratio  attempts served that were sent while a more urgent call waited or slept /
//	                      attempts served; any such call is taken to fit where the lesser one did
//	permit_idle_ratio     time permits of a concurrency limit were held by sleeping calls / time held
//	herd.peak_to_mean     fullest 100 ms window / mean, from 1 s on to the last attempt
//	herd.fano             variance / mean of attempts per 100 ms, same span; Poisson arrivals have 1
//	herd.periodicity      highest peak of the autocorrelation of attempts per second from 1 s on, over lags
//	                      of 1 to 120 s and at most half the span; a peak is higher than its neighbours
//	herd.lag_s            the lag of that peak
//	goodput_cv            deviation / mean of successes per 10 s, warm-up cut by MSER, up to the last success
//	drain_s.p50, .p95     the instant by which that share of the arrivals had succeeded, to a bin
//	tail_factor           makespan / drain_s.p95, when all succeeded
//	recovery_s            after an outage, until goodput is ≥ 95 % and backlog ≤ 105 % (or one call more)
//	                      of what they were in the minute before it, over 10 s and on average over 60 s
//	recovered_ratio       outages recovered from within ten times their length / outages; one that was not
//	                      counts only if calls arrived for so long
//	recovery_amplification  attempts / arrivals from the end of an outage until recovery, at least 10 s, at
//	                      most ten times its length, while calls arrive; the worst outage
//	keeps_up_ratio        successes / arrivals in the minute before the first outage, or in the last minute
//	                      of the arrivals where there is none
//	response_time_ms.q    due instant to end, waiting included
//	offered_time_ms.q     the same over all arrivals, of which those without success wait for ever
//	service_time_ms.q     last attempt, sent to done
//	ttft_ms.q             last attempt, sent to first token
//	queue_wait_ms.q       ready to go but held
//	backoff_ms.q          asleep between attempts
//	wasted_service_ms.q   in attempts before the last one
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
