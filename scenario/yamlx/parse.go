package yamlx

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// Limits on what is read.
const (
	MaxBytes   = 1 << 20 // size of one document
	MaxAliased = 10_000  // values that aliases may stand for, all together
	MaxNodes   = 200_000 // values in one document
	maxDepth   = 100     // nesting of values
)

// Parse reads one YAML document. It returns nil when the text has a mistake
// that leaves no tree; the mistakes are added to issues.
func Parse(src *Source, issues *Issues) *Node {
	start := &Node{Source: src, Line: 1, Column: 1}
	if len(src.Text) > MaxBytes {
		issues.Add(&Node{Source: &Source{Name: src.Name, Flag: true}}, "",
			fmt.Sprintf("the file has %d bytes, more than the %d that a scenario may have", len(src.Text), MaxBytes),
			"traces belong in files of their own")
		return nil
	}
	src.Text = bytes.TrimPrefix(src.Text, []byte("\xef\xbb\xbf"))
	if place := invalidText(src); place != nil {
		issues.Add(place, "", "the file is not UTF-8 text", "save it as UTF-8")
		return nil
	}
	if strings.TrimSpace(string(src.Text)) == "" {
		issues.Add(start, "", "the file is empty", "")
		return nil
	}
	return parseText(src, start, issues)
}

func parseText(src *Source, start *Node, issues *Issues) *Node {
	loader, err := yaml.NewLoader(bytes.NewReader(src.Text))
	if err != nil {
		issues.Addf(start, "", "%v", err)
		return nil
	}
	var doc yaml.Node
	if err := loader.Load(&doc); err != nil {
		if errors.Is(err, io.EOF) {
			issues.Add(start, "", "the file holds only comments", "")
		} else {
			syntax(src, err, issues)
		}
		return nil
	}
	c := converter{src: src, issues: issues}
	root := c.convert(&doc, 0)
	if c.stopped {
		return nil
	}
	var second yaml.Node
	if err := loader.Load(&second); !errors.Is(err, io.EOF) {
		at := &Node{Source: src, Line: second.Line, Column: second.Column}
		if len(second.Content) > 0 {
			at.Line, at.Column = second.Content[0].Line, second.Content[0].Column
		}
		if err != nil {
			syntax(src, err, issues)
		} else {
			issues.Add(at, "", "a second document begins here", "one file holds one document: remove the \"---\"")
		}
	}
	return root
}

// invalidText is the place of the first byte that is not UTF-8, or nil.
func invalidText(src *Source) *Node {
	if utf8.Valid(src.Text) {
		return nil
	}
	line, column := 1, 1
	for rest := src.Text; len(rest) > 0; {
		r, size := utf8.DecodeRune(rest)
		if r == utf8.RuneError && size <= 1 {
			break
		}
		column++
		if r == '\n' {
			line, column = line+1, 1
		}
		rest = rest[size:]
	}
	return &Node{Source: src, Line: line, Column: column}
}

// syntax adds what the library said.
func syntax(src *Source, err error, issues *Issues) {
	var one *yaml.LoadError
	var many *yaml.LoadErrors
	switch {
	case errors.As(err, &many):
		for _, e := range many.Errors {
			addSyntax(src, e, issues)
		}
	case errors.As(err, &one):
		addSyntax(src, one, issues)
	default:
		issues.Addf(&Node{Source: src, Line: 1, Column: 1}, "", "%v", err)
	}
}

func addSyntax(src *Source, e *yaml.LoadError, issues *Issues) {
	at := &Node{Source: src, Line: max(e.Mark.Line, 1), Column: max(e.Mark.Column, 1)}
	message, hint := e.Message, ""
	if e.ContextMsg != "" {
		message = e.ContextMsg + ": " + message
		if !src.Flag && e.ContextMark.Line > 0 && e.ContextMark.Line != at.Line {
			message += fmt.Sprintf(" (it began on line %d)", e.ContextMark.Line)
		}
	}
	if row, ok := lineOf(src.Text, at.Line); ok && strings.Contains(row[:len(row)-len(strings.TrimLeft(row, " \t"))], "\t") {
		hint = "YAML indents with spaces, not tabs"
	} else if strings.Contains(message, "mapping values are not allowed") {
		hint = "text with a colon in it needs quotes, and keys of one mapping the same indent"
	}
	issues.Add(at, "", "YAML: "+message, hint)
}
