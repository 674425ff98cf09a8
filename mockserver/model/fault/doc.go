// Package fault decides which requests go wrong and how: rules as data, drawn
// from the seed and the request's identity, never from the order in which
// requests arrive. It is pure: what an effect means for charges and instants is
// the model's business, what it looks like on the wire the mock's. May change
// before v1.
package fault
