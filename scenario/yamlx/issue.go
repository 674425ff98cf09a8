package yamlx

import (
	"fmt"
	"sort"
	"strconv"
	"strings"
	"unicode"
)

// Issue is one mistake. Its text is "file:line:column: message" followed by the
// source line and a caret, or "flag: message" for a mistake in a flag.
type Issue struct {
	File    string
	Line    int    // from 1; 0 when the mistake has no place
	Column  int    // from 1, in characters
	Path    string // where in the document, such as "server.burst"; "" when unknown
	Message string
	Hint    string // what to do about it; may be empty
	Snippet string // the source line with a caret under the place; may be empty
}

// Error is the issue as it is shown.
func (i Issue) Error() string {
	var b strings.Builder
	b.WriteString(i.File)
	if i.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", i.Line, i.Column)
	}
	b.WriteString(": ")
	b.WriteString(i.Message)
	if i.Hint != "" {
		b.WriteString("; ")
		b.WriteString(i.Hint)
	}
	if i.Snippet != "" {
		b.WriteByte('\n')
		b.WriteString(i.Snippet)
	}
	return b.String()
}

// Issues collects mistakes. The zero value is empty and ready.
type Issues []Issue

// MaxIssues is how many mistakes are kept; a file with more is not a scenario
// with mistakes but something else.
const MaxIssues = 100

// Full says that no further mistake will be kept.
func (l Issues) Full() bool { return len(l) >= MaxIssues }

// Add notes a mistake at a node, unless the list is full.
func (l *Issues) Add(at *Node, path, message, hint string) {
	if l.Full() {
		return
	}
	if len(*l) == MaxIssues-1 {
		path, message, hint = "", fmt.Sprintf("too many mistakes: only %d are shown", MaxIssues-1), ""
	}
	i := Issue{Path: path, Message: message, Hint: hint}
	if at != nil && at.Source != nil {
		i.File = at.Source.Name
		if !at.Source.Flag {
			i.Line, i.Column = at.Line, at.Column
			i.Snippet = snippet(at.Source.Text, at.Line, at.Column)
		}
	}
	*l = append(*l, i)
}

// Addf notes a mistake at a node, without a hint.
func (l *Issues) Addf(at *Node, path, format string, args ...any) {
	l.Add(at, path, fmt.Sprintf(format, args...), "")
}

// Sorted is the list in the order of the file, each mistake once.
func (l Issues) Sorted() Issues {
	out := append(Issues(nil), l...)
	sort.SliceStable(out, func(i, j int) bool {
		a, b := out[i], out[j]
		if a.File != b.File {
			return a.File < b.File
		}
		if a.Line != b.Line {
			return a.Line < b.Line
		}
		return a.Column < b.Column
	})
	seen := make(map[string]bool, len(out))
	kept := out[:0]
	for _, i := range out {
		key := i.File + "\x00" + strconv.Itoa(i.Line) + ":" + strconv.Itoa(i.Column) + i.Message
		if !seen[key] {
			seen[key] = true
			kept = append(kept, i)
		}
	}
	return kept
}

// snippetWidth is how many characters of a source line are shown.
const snippetWidth = 100

// snippet is the source line with a caret under the column.
func snippet(text []byte, line, column int) string {
	if line < 1 {
		return ""
	}
	row, ok := lineOf(text, line)
	if !ok {
		return ""
	}
	runes := []rune(strings.TrimRight(row, "\r"))
	column = min(max(column, 1), len(runes)+1)
	if cut := column - snippetWidth + 20; len(runes) > snippetWidth && cut > 0 {
		runes, column = runes[cut:], column-cut
	}
	if len(runes) > snippetWidth {
		runes = runes[:snippetWidth]
	}
	for i, r := range runes {
		if r == '\t' {
			runes[i] = ' '
		} else if !unicode.IsPrint(r) {
			runes[i] = '·'
		}
	}
	number := strconv.Itoa(line)
	margin := strings.Repeat(" ", len(number))
	shown := strings.TrimRight(string(runes), " ")
	return fmt.Sprintf("  %s | %s\n  %s | %s^", number, shown, margin, strings.Repeat(" ", column-1))
}

func lineOf(text []byte, line int) (string, bool) {
	rest := string(text)
	for n := 1; ; n++ {
		row, after, more := strings.Cut(rest, "\n")
		if n == line {
			return row, true
		}
		if !more {
			return "", false
		}
		rest = after
	}
}
