package yamlx

import (
	"reflect"
	"strings"
)

// FieldSet says which keys a struct takes.
type FieldSet struct {
	Names []string // in the order of the struct
	index map[string][]int
}

// Index is the reflection index of the field under a key, or nil.
func (f FieldSet) Index(key string) []int { return f.index[key] }

// Fields lists the keys of a struct type from its yaml tags. A field without a
// tag goes by its name in lower case, "-" hides it, "inline" lifts the fields
// of a struct into this one.
func Fields(t reflect.Type) FieldSet {
	f := FieldSet{index: make(map[string][]int)}
	f.add(t, nil)
	return f
}

func (f *FieldSet) add(t reflect.Type, prefix []int) {
	for i := range t.NumField() {
		field := t.Field(i)
		name, options, _ := strings.Cut(field.Tag.Get("yaml"), ",")
		index := append(append([]int(nil), prefix...), i)
		switch {
		case name == "-" || !field.IsExported():
		case strings.Contains(options, "inline"):
			f.add(field.Type, index)
		default:
			if name == "" {
				name = strings.ToLower(field.Name)
			}
			f.Names = append(f.Names, name)
			f.index[name] = index
		}
	}
}
