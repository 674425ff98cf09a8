package scenario

// Setting is one value of a variant.
type Setting struct {
	Path  string
	Value string // as written
}

// Axis is one path of the matrix with its values, as written.
type Axis struct {
	Path   string
	Values []string
}

// Variant is one cell of the matrix: the scenario with the cell's values set.
type Variant struct {
	Settings []Setting // in the order of the axes; empty without a matrix
	Scenario *Scenario
}
