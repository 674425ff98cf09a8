package journal

import (
	"crypto/sha256"
	"encoding/hex"
)

// KeyHash stands for an API key in evidence: the first 12 hexadecimal digits of
// its SHA-256. "" stands for no key.
func KeyHash(key string) string {
	if key == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:6])
}

// Text is what evidence keeps of a text that a client chose: at most [MaxText]
// bytes.
func Text(s string) string { return s[:min(len(s), MaxText)] }
