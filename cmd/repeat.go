package cmd

import "strings"

// command is how to repeat the run, without what changes nothing in the results.
func (s *session) command() string {
	parts := []string{"ratecliff"}
	args := s.w.Args
	for i := 0; i < len(args); i++ {
		switch arg := args[i]; {
		case arg == "--out":
			i++
		case strings.HasPrefix(arg, "--out="), arg == "--quiet", arg == "--quiet=true":
		default:
			parts = append(parts, quote(arg))
		}
	}
	return strings.Join(parts, " ")
}

// quote makes an argument safe to paste into a shell.
func quote(arg string) string {
	if arg != "" && strings.IndexFunc(arg, unsafeInShell) < 0 {
		return arg
	}
	return "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
}

func unsafeInShell(r rune) bool {
	plain := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_=./:,@%+", r)
	return !plain
}
