package cmd_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ratecliff/cmd"
)

// TestBadFiles: what is wrong with a scenario file is said with its place, and
// nothing is written.
func TestBadFiles(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, text string
		want       string // what lint and compare say, without the snippet
	}{
		{"unknown key", changed(t, "duration:", "duraton:"), `s.yaml:3:1: unknown key "duraton" here; did you mean "duration"?`},
		{"wrong type", changed(t, "input: 10", "input: lots"), `s.yaml:7:53: classes.calls.input: distribution "lots": want a number, a duration, or a mapping with dist`},
		{"bad duration", changed(t, "duration: 5s", "duration: 5 parsecs"), `s.yaml:3:11: duration: "5 parsecs" is not a duration; write it like 300ms, 10s, 5m or 1h30m`},
		{"duplicate key", changed(t, "name: tiny", "name: tiny\nname: other"), `s.yaml:3:1: key "name" stands here a second time; it was first on line 2`},
		{"empty", "", `s.yaml:1:1: the file is empty`},
		{"no mapping", "- a\n", `s.yaml:1:1: a scenario is a mapping, not`},
		{"alias bomb", bomb(), `aliases stand for more than 10000 values`},
		{"too large", strings.Repeat("# 9 bytes\n", 1<<20), `s.yaml: the file has 10485760 bytes, more than the 1048576 that a scenario may have; traces belong in files of their own`},
		{"negative rate", changed(t, "{process: burst, n: 10}", "{process: poisson, rate: -3/s}"), `s.yaml:7:46: classes.calls.arrivals.rate must be greater than 0, is -3`},
		{"negative limit", changed(t, "rpm: 60", "rpm: -60"), `s.yaml:5:15: server.rpm is -60: a limit cannot be negative (0 means no limit)`},
		{"request larger than a bucket", changed(t, "rpm: 60, burst: 5", "itpm: 1000", "input: 10", "input: 5000"), `classes.calls.input allows requests of up to 5000 (input tokens), but the server's bucket holds 1000: they could never be admitted`},
		{"burst above what can be admitted", changed(t, "n: 10", "n: 31"), `classes.calls.arrivals.n is 31 at once, but until the run ends after 25s (duration and drain) the server admits at most 30: the rest could never be admitted`},
		{"missing trace", changed(t, "{process: burst, n: 10}", "{process: replay, file: gone.csv}"), `trace "gone.csv" cannot be opened: open `},
		{"unknown strategy", changed(t, "full-jitter", "ful-jitter"), `unknown strategy "ful-jitter"; did you mean "full-jitter"?`},
		{"unknown profile", changed(t, "{rpm: 60, burst: 5, ", "{profile: strat, "), `unknown profile "strat", did you mean "start"?`},
		{"unknown strategy in expect", changed(t, "- no-retry: success", "- no-rety: success"), `did you mean "no-retry"?`},
		{"not YAML", "version: 1\n\tname: x\n", `s.yaml:2:`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			path := file(t, "s.yaml", c.text)
			out := filepath.Join(t.TempDir(), "out")
			for _, args := range [][]string{{"lint", path}, {"compare", path, "--out", out}} {
				e := run(t, args...)
				e.want(t, cmd.Usage)
				if !strings.Contains(e.err, c.want) || e.out != "" {
					t.Errorf("%s says %q on standard output and\n%s\nwant %q", args[0], e.out, e.err, c.want)
				}
				if line := strings.Contains(e.err, "s.yaml:") && !strings.Contains(e.err, "s.yaml: "); line == strings.HasPrefix(e.err, "error: ") {
					t.Errorf("a mistake with a line is marked as an error, or one without is not: %s", e.err)
				}
			}
			if _, err := os.Stat(out); err == nil {
				t.Error("a run folder was made")
			}
		})
	}
}

// bomb is a few lines that stand for nine to the power of eleven values.
func bomb() string {
	text := "version: 1\na0: &a0 [x, x, x, x, x, x, x, x, x]\n"
	for i := range 11 {
		was, is := string(rune('a'+i)), string(rune('b'+i))
		if i == 0 {
			was = "a0"
		}
		text += is + ": &" + is + " [" + strings.TrimSuffix(strings.Repeat("*"+was+", ", 9), ", ") + "]\n"
	}
	return text
}

func TestAllMistakesOfAllFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"a.yaml": changed(t, "rpm: 60", "rpm: -60", "duration: 5s", "duration: soon"),
		"b.yaml": changed(t, "n: 10", "n: ten"),
		"c.yaml": tiny,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	at := func(name string) string { return filepath.Join(dir, name) }
	e := run(t, "lint", at("a.yaml"), at("gone.yaml"), at("b.yaml"), at("c.yaml"))
	e.want(t, cmd.Usage)
	golden(t, "lint/several.txt", strings.ReplaceAll(e.out+"---\n"+e.err, dir+string(filepath.Separator), ""))
}

func TestBrokenTraceIsNamedByLine(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	rows := "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46.6805900,374,44\n2023-11-16 18:15:50.9951690,abc,109\n"
	path := filepath.Join(dir, "s.yaml")
	write(t, filepath.Join(dir, "t.csv"), rows)
	write(t, path, changed(t, "{process: burst, n: 10}", "{process: replay, file: t.csv}"))
	for _, verb := range []string{"lint", "compare"} {
		e := run(t, verb, path)
		e.want(t, cmd.Usage)
		if want := `t.csv: trace line 3: broken row: input "abc" is not a number of tokens`; !strings.Contains(e.err, want) {
			t.Errorf("%s says %s\nwant %s", verb, e.err, want)
		}
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestBadCommandLines: every message and exit code, in one golden file.
func TestBadCommandLines(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	write(t, at("ok.yaml"), tiny)
	write(t, at("swept.yaml"), tiny+"matrix:\n  server.burst: [1, 5]\n")
	write(t, at("bad.json"), "{")
	if err := os.Mkdir(at("other"), 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, at("other/thesis.tex"), "x")
	var b strings.Builder
	for _, line := range strings.Split(strings.TrimSpace(badLines), "\n") {
		var args []string
		for _, arg := range strings.Fields(line) {
			args = append(args, strings.ReplaceAll(strings.ReplaceAll(arg, "$", dir+string(filepath.Separator)), "''", ""))
		}
		e := run(t, args...)
		if e.out != "" {
			t.Errorf("%s writes to standard output: %s", line, e.out)
		}
		b.WriteString("> " + line + "\n" + strings.ReplaceAll(e.err, dir+string(filepath.Separator), "$") + "= " + codes[e.code] + "\n\n")
	}
	golden(t, "badlines.txt", b.String())
	if got := files(t, dir) + files(t, at("other")); got != "bad.json ok.yaml other swept.yamlthesis.tex" {
		t.Errorf("the folder now holds %s", got)
	}
}

var codes = map[cmd.Code]string{
	cmd.Success: "0 success", cmd.VerdictFail: "1 verdict failed", cmd.Usage: "2 usage", cmd.Refused: "3 refused",
	cmd.Inconclusive: "4 inconclusive", cmd.Failure: "5 failure", cmd.Interrupted: "130 interrupted",
}

// badLines are command lines that must not run; $ is the folder of the test.
const badLines = `
compre
nonsense
help nonsense
compare
compare $ok.yaml $ok.yaml
compare nothing-like-it
compare brust
compare $gone.yaml
compare $burst.yaml
compare $
compare $ok.yaml --sedes 3
compare $ok.yaml -x
compare $ok.yaml --seeds
compare $ok.yaml --seeds 0
compare $ok.yaml --seeds -1
compare $ok.yaml --seeds many
compare $ok.yaml --seed -1
compare $ok.yaml --compress fast
compare $ok.yaml --clock sundial
compare $ok.yaml --format pdf
compare $ok.yaml --format ''
compare $ok.yaml --strategy ful-jitter
compare $ok.yaml --strategy ''
compare $ok.yaml --strategies ''
compare $ok.yaml --strategies zzz-*
compare $ok.yaml --strategy no-retry --strategies full-jitter
compare $ok.yaml --profile strat
compare $ok.yaml --profile $gone.json
compare $ok.yaml --profile $bad.json
compare $ok.yaml --set server.brust=3
compare $ok.yaml --set server.burst
compare $ok.yaml --matrix server.burst
compare $ok.yaml --matrix server.burst=1,1
compare $ok.yaml --seeds 1000000
compare $ok.yaml --out $other
compare $ok.yaml --out $ok.yaml/run
compare $ok.yaml --compress 10
compare $ok.yaml --clock wall --compress 0.5
compare $ok.yaml --clock wall --compress NaN
compare $ok.yaml --target 127.0.0.1:8429
compare $ok.yaml --target ftp://127.0.0.1
compare $ok.yaml --target http://me:secret@127.0.0.1
compare $ok.yaml --target http://127.0.0.1:1 --clock virtual
compare $ok.yaml --target http://127.0.0.1:1 --compress 10
compare $ok.yaml --target http://127.0.0.1:1 --profile start
compare $ok.yaml --target http://127.0.0.1:1 --set server.rpm=1
compare $ok.yaml --target http://127.0.0.1:1 --matrix server.rpm=1,2
compare $ok.yaml --target live
compare $ok.yaml --target https://api.anthropic.com
compare $ok.yaml --target http://127.0.0.1.evil.com
compare $ok.yaml --target http://localhost.evil
compare $ok.yaml --target http://0.0.0.0:8429
compare $ok.yaml --target http://[::]:8429
compare $ok.yaml --target http://10.0.0.1
compare $ok.yaml --target http://2130706433
run $ok.yaml
run $ok.yaml --strategy no-retry --matrix server.rpm=1,2
run $swept.yaml --strategies no-retry,full-jitter
mock now
mock --listen 0.0.0.0:0
mock --listen :0
mock --listen 8429
mock --profile strat
mock --compress 0
mock --clock virtual
mock --clock stepped --compress 20
mock --faults overlord
mock --faults gone.json
mock --headers 1999
mock --set rpm
mock --set rmp=3
mock --set rpm=-3
mock --journal one --ledger one
report
report $gone
report $other
report $other --format pdf
list
list strategie
show strategy
show strategie full-jitter
show strategy ful-jitter
show profile strat
show scenario brust
init
init bust
lint
schema summry
version now
`
