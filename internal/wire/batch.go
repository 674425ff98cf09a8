package wire

// maxCustomID is the longest custom_id of a batched request.
const maxCustomID = 64

// CustomIDOK says whether a custom_id matches ^[a-zA-Z0-9_-]{1,64}$.
func CustomIDOK(id string) bool { return len(id) <= maxCustomID && nameOK(id) }

// AppendCustomID appends the head of a line of batch results; the result and a
// closing brace must follow.
func AppendCustomID(dst []byte, id string) []byte {
	return append(appendString(append(dst, `{"custom_id":`...), id), `,"result":`...)
}
