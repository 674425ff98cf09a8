package wire

import (
	"strconv"
	"unicode/utf8"
)

// Content is what a finished answer says. It follows from the fields alone, so
// that a streamed and a plain answer to one request say the same.
type Content struct {
	Phase    int    // where in the cycle of plain words the text begins, from 0
	Thinking int64  // tokens of a thinking block that opens the answer; 0 means none
	Tool     string // name of the tool that the answer calls; "" means none
	ToolID   string // "toolu_01…"
	Input    []byte // JSON object given to the tool
	Mark     string // signature of the thinking block
}

// CallTokens is the estimated number of output tokens of the call alone.
func (c *Content) CallTokens() int64 {
	if c.Tool == "" {
		return 0
	}
	return EstimateTokens(int64(len(c.Tool) + len(c.Input)))
}

// blockKind is the kind of a content block.
type blockKind uint8

const (
	textBlock blockKind = iota
	thinkingBlock
	toolBlock
)

// block is one content block: its share of the output, in tokens.
type block struct {
	kind     blockKind
	from, to int64
}

// blocks lays the output out: thinking first, the call last, text between them.
// An answer without any of the others has a text block, even an empty one.
func (c *Content) blocks(output int64) (list [3]block, n int) {
	think := min(max(c.Thinking, 0), output)
	call := output
	if c.Tool != "" {
		call = max(think, output-c.CallTokens())
	}
	if think > 0 {
		list[n], n = block{thinkingBlock, 0, think}, n+1
	}
	if call > think || think == 0 && c.Tool == "" {
		list[n], n = block{textBlock, think, call}, n+1
	}
	if c.Tool != "" {
		list[n], n = block{toolBlock, call, output}, n+1
	}
	return list, n
}

// appendBody appends what a whole block says, in the plain form.
func (c *Content) appendBody(dst []byte, b *block) []byte {
	switch b.kind {
	case thinkingBlock:
		dst = appendWords(append(dst, `{"type":"thinking","thinking":"`...), c.Phase, (b.to-b.from)*BytesPerToken)
		dst = appendString(append(dst, `","signature":`...), c.Mark)
		return append(dst, '}')
	case toolBlock:
		dst = c.appendCall(dst)
		dst = append(dst, `,"input":`...)
		return append(append(dst, c.Input...), '}')
	case textBlock:
	}
	dst = appendWords(append(dst, `{"type":"text","text":"`...), c.Phase+int(b.from*BytesPerToken%int64(len(filler))), (b.to-b.from)*BytesPerToken)
	return append(dst, `"}`...)
}

func (c *Content) appendCall(dst []byte) []byte {
	dst = appendString(append(dst, `{"type":"tool_use","id":`...), c.ToolID)
	return appendString(append(dst, `,"name":`...), c.Tool)
}

// appendOpen appends the block as content_block_start has it.
func (c *Content) appendOpen(dst []byte, kind blockKind) []byte {
	switch kind {
	case thinkingBlock:
		return append(dst, `{"type":"thinking","thinking":"","signature":""}`...)
	case toolBlock:
		return append(c.appendCall(dst), `,"input":{}}`...)
	case textBlock:
	}
	return append(dst, `{"type":"text","text":""}`...)
}

// appendWords appends n bytes of the endless cycle of plain words, from the
// given place in it.
func appendWords(dst []byte, at int, n int64) []byte {
	at %= len(filler)
	for n > 0 {
		piece := filler[at:min(int64(len(filler)), int64(at)+n)]
		dst = append(dst, piece...)
		n -= int64(len(piece))
		at = 0
	}
	return dst
}

// slice is the part of the call's JSON that belongs to the tokens from..to of
// the block, cut between characters.
func (c *Content) slice(b *block, from, to int64) []byte {
	size := int64(len(c.Input))
	if b.from == b.to {
		return c.Input
	}
	cut := func(at int64) int64 {
		switch {
		case at >= b.to:
			return size
		case at <= b.from:
			return 0
		}
		i := size * (at - b.from) / (b.to - b.from)
		for i < size && !utf8.RuneStart(c.Input[i]) {
			i++
		}
		return i
	}
	return c.Input[cut(from):cut(to)]
}

func appendIndex(dst []byte, i int) []byte { return strconv.AppendInt(dst, int64(i), 10) }
