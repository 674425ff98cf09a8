package load

// Priority orders calls: a lower number is more urgent. The zero value is
// Critical.
type Priority int8

// The named priorities of scenario files.
const (
	Critical Priority = iota
	High
	Medium
	Low
)
