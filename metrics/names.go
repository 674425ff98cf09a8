package metrics

import "fmt"

// fill puts named values where their names belong, among the first count values
// of the enumeration I. Unknown names are an error.
func fill[I interface {
	~uint8
	String() string
}, V any](named map[string]V, count I, put func(I, V)) error {
	index := make(map[string]I, count)
	for i := I(0); i < count; i++ {
		index[i.String()] = i
	}
	for name, v := range named {
		i, ok := index[name]
		if !ok {
			return fmt.Errorf("unknown name %q", name)
		}
		put(i, v)
	}
	return nil
}
