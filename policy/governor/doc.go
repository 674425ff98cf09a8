// Package governor paces calls at a rate it learns from the answers.
//
// Nothing about the server is configured: a governor goes by what answers say
// (429s and the limits they name, limit headers, retry-after) and by how fast
// calls succeed. Each model has a governor of its own, for limits are per model;
// kind pause has one for all.
//
// Three dimensions are steered, requests, input tokens and output tokens, by the
// kinds headers, headers-aimd, aimd, bbr and pid; cubic, atb
// and pause count every call as one. The output of a call is unknown when it goes:
// it is reserved by a moving mean of those seen, ō ← 0.9·ō + 0.1·o, at most the
// call's max_tokens.
//
// A [Governor] belongs to one goroutine. May change before v1.
package governor
