package fault

import "time"

// Config is what goes wrong. The zero Config is nothing.
type Config struct {
	// Suite names an embedded list of rules, which come after the Rules; see
	// [Suites].
	Suite string `yaml:"suite,omitempty" json:"suite,omitempty"`

	// Rules decide in their order: the first one that fires has the request.
	// Every rule counts every request that it matches, fired or not.
	Rules []Rule `yaml:"rules,omitempty" json:"rules,omitempty"`
}

// Rule is one thing that goes wrong, and when.
type Rule struct {
	// Name shows in the journal and in messages. Empty means "rule" and its place.
	Name string `yaml:"name,omitempty" json:"name,omitempty"`

	// Match says which requests the rule is for. Empty matches every request.
	Match Match `yaml:"match,omitempty" json:"match,omitzero"`

	// Effect is what becomes of them. Required.
	Effect Effect `yaml:"effect" json:"effect"`
}

// Match selects requests. All conditions that are given must hold. Nth and Every
// count the requests that meet all conditions but chance.
type Match struct {
	// Nth lists which requests, counted from 1. Empty means any.
	Nth []int64 `yaml:"nth,omitempty" json:"nth,omitempty"`

	// Every takes the k-th request, the 2k-th and so on; 0 means any.
	Every int64 `yaml:"every,omitempty" json:"every,omitempty"`

	// PerKey counts each API key's requests apart. False counts all together.
	PerKey bool `yaml:"per_key,omitempty" json:"per_key,omitempty"`

	// Probability is the share of requests that the rule fires for, 0 to 1, drawn
	// from the seed and the request's identity. Absent means 1.
	Probability *float64 `yaml:"probability,omitempty" json:"probability,omitempty"`

	// From is when the rule begins, since the start of the service.
	From time.Duration `yaml:"from,omitempty" json:"from,omitempty"`

	// To is when it ends; 0 means never.
	To time.Duration `yaml:"to,omitempty" json:"to,omitempty"`

	// Ramp is how long after To the probability takes to fall evenly to nothing: an
	// outage that eases off. 0 ends at once.
	Ramp time.Duration `yaml:"ramp,omitempty" json:"ramp,omitempty"`

	// Repeat makes the span from From to the end of the Ramp come again in every
	// such period since the start. 0 means once.
	Repeat time.Duration `yaml:"repeat,omitempty" json:"repeat,omitempty"`

	// Models are names, or prefixes with a trailing *. Empty means any.
	Models []string `yaml:"models,omitempty" json:"models,omitempty"`

	// Headers must all be there with these values, or prefixes with a trailing *;
	// an empty value asks only that the header be there. Virtual time sends no
	// headers.
	Headers []Header `yaml:"headers,omitempty" json:"headers,omitempty"`

	// Endpoints are the resources asked for. Empty means any.
	Endpoints []Endpoint `yaml:"endpoints,omitempty" json:"endpoints,omitempty"`

	// Attempts lists tries, counted from 1: the hint or the retry count that the
	// client sends. Empty means any.
	Attempts []int `yaml:"attempts,omitempty" json:"attempts,omitempty"`

	// Stream asks for a streamed (true) or a plain (false) request. Absent means
	// any.
	Stream *bool `yaml:"stream,omitempty" json:"stream,omitempty"`
}

// Header is one HTTP header field.
type Header struct {
	// Name of the header, in any case.
	Name string `yaml:"name" json:"name"`

	// Value of the header.
	Value string `yaml:"value,omitempty" json:"value,omitempty"`
}

// Endpoint names a resource of the API.
type Endpoint string

// The endpoints.
const (
	Messages    Endpoint = "messages"
	CountTokens Endpoint = "count_tokens"
	Batches     Endpoint = "batches"
	Models      Endpoint = "models"
)

// Charge says what a request that goes wrong costs.
type Charge string

// The charges. The empty Charge is nothing for an error below 500 and for an
// overload, which are decided ahead of the buckets; the request for any other
// error; everything for an answer that is spoilt on its way.
const (
	ChargeNothing Charge = "nothing" // the buckets are not asked
	ChargeRequest Charge = "request" // one request; the tokens are given back
	ChargeAll     Charge = "all"     // input and what was produced
)
