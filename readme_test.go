package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"ratecliff/cmd"
)

// elsewhere are the command lines of the documentation that are not run here,
// and why. Those of ratecliff are still checked for their flags.
var elsewhere = map[string]string{
	"go test ./...":           "is running",
	".ci/run":                 "runs these tests",
	"go build -o ratecliff .": "was done by whoever runs this",
	"go run . compare scenarios/burst.yaml --clock wall":                                                                   "takes half a minute; package cmd tests the wall clock on a smaller one",
	"go run . compare scenarios/burst.yaml --clock wall --strategies no-retry,token-bucket --compress 60":                  "waits for real",
	"./ratecliff mock --profile tier-1 --listen 127.0.0.1:0 --ready-file .mock.env --compress 20 &":                        "serves until it is stopped; package cmd tests it",
	"./ratecliff mock --profile start --listen 127.0.0.1:8429 --ready-file .mock.env &":                                    "serves until it is stopped; package cmd tests it",
	"./ratecliff run scenarios/morning-peak.yaml --strategy full-jitter --set duration=20s --target http://127.0.0.1:8429": "needs the mock",
	"until [ -f .mock.env ]; do sleep 0.1; done":                                                                           "needs the mock",
	". ./.mock.env && export ANTHROPIC_BASE_URL ANTHROPIC_API_KEY":                                                         "needs the mock",
	`curl -i $ANTHROPIC_BASE_URL/v1/messages -H "x-api-key: $ANTHROPIC_API_KEY" \`:                                         "needs the mock",
	`-H 'anthropic-version: 2023-06-01' -H 'content-type: application/json' \`:                                             "needs the mock",
	`-d '{"model": "claude-sonnet-4-5", "max_tokens": 64, "messages": [{"role": "user", "content": "hi"}]}'`:               "needs the mock",
	"kill $!; wait $!": "stops the mock",
	"./ratecliff mock --faults retry-basics --journal exchanges.jsonl --clock stepped --listen 127.0.0.1:8429 --ready-file .mock.env &": "serves until it is stopped; package cmd tests it",
	"./ratecliff mock --clock stepped --faults overload --headers 2024 --journal exchanges.jsonl --ready-file .mock.env &":              "serves until it is stopped; package cmd tests it",
	"e2e/run -quick": "needs Node; the gate runs it",
}

// TestCommandsInDocs runs every command that the documentation shows, in the
// order in which it shows them, in a folder that holds only the scenarios.
func TestCommandsInDocs(t *testing.T) {
	blocks := map[string][]string{}
	for _, page := range pages(t) {
		blocks[page] = fenced(text(t, page), "sh")
	}
	for _, page := range pages(t) {
		t.Run(page, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.CopyFS(filepath.Join(dir, "scenarios"), os.DirFS("scenarios")); err != nil {
				t.Fatal(err)
			}
			t.Chdir(dir)
			for _, block := range blocks[page] {
				for line := range strings.Lines(block) {
					line, _, _ = strings.Cut(line, "  #")
					if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
						runLine(t, line)
					}
				}
			}
		})
	}
}

// runLine runs one command line, with what it prints going where it says.
func runLine(t *testing.T, line string) {
	t.Helper()
	command, ours := strings.CutPrefix(line, "go run . ")
	if !ours {
		command, ours = strings.CutPrefix(line, "./ratecliff ")
	}
	_, skipped := elsewhere[line]
	switch {
	case adminExample.MatchString(line): // TestAdminExamples
	case !ours && !skipped:
		t.Errorf("%q is neither run here nor known to run elsewhere", line)
	case !ours:
	case skipped:
		args := append(strings.Fields(strings.TrimSuffix(command, " &")), "--help")
		if code, _, errs := execute(t, args...); code != cmd.Success {
			t.Errorf("%s: exit %d\n%s", line, code, errs)
		}
	default:
		command, file, redirected := strings.Cut(command, " > ")
		code, out, errs := execute(t, words(t, command)...)
		if code != cmd.Success {
			t.Errorf("%s: exit %d\n%s%s", line, code, out, errs)
		}
		if redirected {
			if err := os.WriteFile(file, out, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// words are the arguments of a command line: no more of a shell than globs and
// single quotes.
func words(t *testing.T, command string) []string {
	t.Helper()
	var out []string
	for _, word := range strings.Fields(command) {
		if bare := strings.Trim(word, "'"); bare != word {
			out = append(out, bare)
			continue
		}
		if found, err := filepath.Glob(word); err == nil && len(found) > 0 {
			out = append(out, found...)
			continue
		}
		out = append(out, word)
	}
	return out
}

func execute(t *testing.T, args ...string) (code cmd.Code, stdout, stderr []byte) {
	t.Helper()
	var out, errs bytes.Buffer
	code = cmd.Run(context.Background(), cmd.World{
		Args: args, Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs,
		Env:     func(string) string { return "" },
		Now:     func() time.Time { return time.Date(2026, 11, 22, 16, 17, 2, 0, time.UTC) },
		Columns: func() int { return 120 },
		Build:   cmd.Build{Version: "v0.0.0", Go: runtime.Version()},
	})
	return code, out.Bytes(), errs.Bytes()
}

// TestOutputInReadme compares the output that the README shows, of which … may
// stand for any number of lines, with what the command prints.
func TestOutputInReadme(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("another processor may round the last digit in another way")
	}
	page := text(t, "README.md")
	fresh := page
	const mark = "<!-- output of: go run . "
	for _, part := range strings.Split(page, mark)[1:] {
		command, rest, _ := strings.Cut(part, " -->\n")
		_, out, _ := execute(t, append(strings.Fields(command), "--out", filepath.Join(t.TempDir(), "out"))...)
		block := fenced(rest, "text")[0]
		fresh = strings.Replace(fresh, block, refreshed(t, command, block, out), 1)
	}
	if fresh == page {
		return
	}
	if *update {
		if err := os.WriteFile("README.md", []byte(fresh), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Errorf("the output in the README is no longer what is printed: 'go test . -update' makes it\n%s", fresh)
}

// refreshed is a block of output as the command prints it now: the lines at the
// same place of its head, and below the next ones that begin with the same word.
func refreshed(t *testing.T, command, block string, out []byte) string {
	t.Helper()
	var b strings.Builder
	have, head := lines(out), true
	for _, old := range lines([]byte(block)) {
		if old == "…" {
			head = false
			b.WriteString("…\n")
			continue
		}
		same := func(line string) bool { return head || line == old || begins(line) == begins(old) }
		i := slices.Index(have, old)
		if i < 0 {
			i = slices.IndexFunc(have, same)
		}
		if i < 0 {
			t.Errorf("%s no longer prints a line such as %q", command, old)
			continue
		}
		b.WriteString(have[i] + "\n")
		have = have[i+1:]
	}
	return b.String()
}

// begins is the name at the head of a line: that of a strategy, or the mark of a
// verdict and whom it speaks of.
func begins(line string) string {
	words := strings.Fields(line)
	switch {
	case len(words) > 1 && len(words[0]) != len([]rune(words[0])):
		return words[1]
	case len(words) > 0:
		return words[0]
	}
	return ""
}

// TestGoInReadme holds that the Go code of the README is code that is tested.
func TestGoInReadme(t *testing.T) {
	t.Parallel()
	tested := text(t, "mockserver/mockservertest/example_test.go")
	blocks := fenced(text(t, "README.md"), "go")
	if len(blocks) == 0 {
		t.Error("the README shows no Go")
	}
	for _, block := range blocks {
		if !strings.Contains(tested, block) {
			t.Errorf("not in mockserver/mockservertest/example_test.go:\n%s", block)
		}
	}
}

// TestReadmeIsShortAndWhole holds its length and that it names every exit code.
func TestReadmeIsShortAndWhole(t *testing.T) {
	t.Parallel()
	page := text(t, "README.md")
	if n := strings.Count(page, "\n"); n >= 300 {
		t.Errorf("the README has %d lines, want fewer than 300", n)
	}
	for _, code := range []cmd.Code{cmd.Success, cmd.VerdictFail, cmd.Usage, cmd.Refused, cmd.Inconclusive, cmd.Failure, cmd.Interrupted} {
		if !strings.Contains(page, "\n| "+strconv.Itoa(int(code))+" |") {
			t.Errorf("the README does not explain exit code %d", code)
		}
	}
}
