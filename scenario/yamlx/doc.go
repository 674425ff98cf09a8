// Package yamlx reads YAML into a tree that remembers where every value stood,
// and decodes such trees into Go structs, reporting every mistake at once with
// file, line, column, the source line and the nearest known name.
//
// It is the only package that knows the YAML library. Reading is strict: one
// document, no duplicate keys, no unknown keys, no tags, bounded size and
// bounded aliases. Nothing in it is safe for concurrent use while a tree is
// being changed. May change before v1.
package yamlx
