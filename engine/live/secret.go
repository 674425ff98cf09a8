package live

// Secret is an API key. Every way of printing it shows a mask, so that a key
// reaches neither a log nor a result.
type Secret string

const mask = "[redacted]"

// String is a mask, or "" for an empty secret.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return mask
}

// GoString is the mask, for %#v.
func (s Secret) GoString() string { return `live.Secret("` + s.String() + `")` }

// MarshalText writes the mask, for JSON, YAML and the like.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// reveal is the value itself, for the request header only.
func (s Secret) reveal() string { return string(s) }
