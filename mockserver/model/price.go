package model

import (
	_ "embed"
	"encoding/json"
	"fmt"

	"ratecliff/load"
)

//go:embed prices.json
var priceFile []byte

// Price is what the tokens of one model cost, in USD per million tokens.
type Price struct {
	Input        float64 `json:"input"`
	CacheWrite   float64 `json:"cache_write"`    // written to the cache for 5 minutes, the default
	CacheWrite1h float64 `json:"cache_write_1h"` // written to the cache for 1 hour; not used by Cost
	CacheRead    float64 `json:"cache_read"`
	Output       float64 `json:"output"`

	// Long replaces every price above for a request whose whole prompt, cached or
	// not, is longer than LongAbove tokens; nil where one price holds for all.
	Long      *Price `json:"long,omitempty"`
	LongAbove int64  `json:"long_above,omitempty"`
}

// Cost is what a request costs in USD: the sum over kinds of tokens × price / 1e6.
func (p Price) Cost(t load.Tokens) float64 {
	if p.Long != nil && t.Prompt() > p.LongAbove {
		p = *p.Long
	}
	return (float64(t.Input)*p.Input + float64(t.CacheWrite)*p.CacheWrite +
		float64(t.CacheRead)*p.CacheRead + float64(t.Output)*p.Output) / 1e6
}

// ModelPrice is the price of a class of models.
type ModelPrice struct {
	Models []string `json:"models"` // names, or prefixes with a trailing *, as in [Pool]
	Price
	Note string `json:"note,omitempty"`
}

// PriceTable is dated price data.
type PriceTable struct {
	Date   string       `json:"date"` // when the prices were last checked
	Source string       `json:"source"`
	Note   string       `json:"note,omitempty"`
	Prices []ModelPrice `json:"prices"`
}

// Prices returns the embedded price table. Every call decodes it anew, so the
// caller owns what it gets.
func Prices() PriceTable {
	var t PriceTable
	if err := json.Unmarshal(priceFile, &t); err != nil {
		panic(fmt.Sprintf("embedded prices.json: %v", err)) // a test decodes it
	}
	return t
}

// Lookup is the price of a model: a full name beats every pattern, and the
// longest pattern wins. ok is false for a model without a known price.
func (t PriceTable) Lookup(model string) (price Price, ok bool) {
	best := 0
	for _, p := range t.Prices {
		if fit := match(p.Models, model); fit > best {
			best, price = fit, p.Price
		}
	}
	return price, best > 0
}
