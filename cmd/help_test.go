package cmd_test

import (
	"cmp"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"ratecliff/cmd"
	"ratecliff/scenario"
)

// TestHelp pins every help text, and with it every flag there is.
func TestHelp(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"", "compare", "run", "mock", "report", "list", "show", "init", "lint", "schema", "version"} {
		e := run(t, strings.Fields(name+" --help")...)
		e.want(t, cmd.Success)
		if e.err != "" {
			t.Errorf("%s --help writes %q to standard error", name, e.err)
		}
		golden(t, "help/"+cmp.Or(name, "ratecliff")+".txt", e.out)
		for _, line := range strings.Split(e.out, "\n") {
			if utf8.RuneCountInString(line) > 92 {
				t.Errorf("%s --help has a line of more than 92 columns: %s", name, line)
			}
		}
		if name != "" {
			if other := run(t, "help", name); other != e {
				t.Errorf("'help %s' differs from '%s --help'", name, name)
			}
		}
	}
	if bare := run(t); bare.code != cmd.Success || bare.out != run(t, "--help").out {
		t.Errorf("without arguments: exit %d and %q, want the help", bare.code, bare.out)
	}
}

// TestExamplesInHelp parses every example that a help text shows.
func TestExamplesInHelp(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"compare", "run", "lint", "init", "show"} {
		for _, line := range strings.Split(run(t, name, "--help").out, "\n") {
			example, ok := strings.CutPrefix(line, "  ratecliff ")
			if !ok || strings.Contains(example, "[flags]") || strings.Contains(example, "|") {
				continue
			}
			example, _, _ = strings.Cut(example, " >")
			example = strings.ReplaceAll(strings.ReplaceAll(example, "'", ""), "scenarios/", "../scenarios/")
			// The help of a command reads its flags and then stops.
			run(t, append(strings.Fields(example), "--help")...).want(t, cmd.Success)
		}
	}
}

func TestListsAndShows(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"strategies", "profiles", "scenarios"} {
		e := run(t, "list", kind)
		e.want(t, cmd.Success)
		golden(t, "list/"+kind+".txt", e.out)
		one := map[string]string{"strategies": "strategy", "profiles": "profile", "scenarios": "scenario"}[kind]
		for _, line := range strings.Split(strings.TrimSpace(e.out), "\n") {
			name := strings.Fields(line)[0]
			if shown := run(t, "show", one, name); shown.code != cmd.Success || !strings.Contains(shown.out, name) {
				t.Errorf("show %s %s: exit %d, %s%s", one, name, shown.code, shown.out, shown.err)
			}
		}
	}
	golden(t, "show/sdk-python.txt", run(t, "show", "strategy", "sdk-python").out)
	golden(t, "show/start.txt", run(t, "show", "profile", "start").out)
}

// TestShownStrategyIsWrittenLikeOnesOwn puts what 'show' prints into a file.
func TestShownStrategyIsWrittenLikeOnesOwn(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"sdk-python", "token-bucket", "semaphore-5", "priority-queue"} {
		text := run(t, "show", "strategy", name).out
		item := "strategies:\n  - " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n    ") + "\n  - no-retry"
		path := file(t, "own.yaml", changed(t, "strategies: [no-retry, full-jitter]", item))
		run(t, "lint", path).want(t, cmd.Success)
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	if got, want := run(t, "version").out, "ratecliff v0.0.0-test (abc), go0\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := run(t, "--version").out, "ratecliff v0.0.0-test\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestTemplatesPassLint(t *testing.T) {
	t.Parallel()
	for _, kind := range scenario.Templates() {
		e := run(t, "init", kind)
		e.want(t, cmd.Success)
		linted := run(t, "lint", file(t, "mine.yaml", e.out))
		linted.want(t, cmd.Success)
		if !strings.Contains(linted.out, "mine.yaml: ok (") {
			t.Errorf("lint says %q", linted.out)
		}
	}
}

func TestSchemas(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"schema"}, {"schema", "scenario"}, {"schema", "summary"}} {
		e := run(t, args...)
		e.want(t, cmd.Success)
		var doc map[string]any
		if err := json.Unmarshal([]byte(e.out), &doc); err != nil || doc["$schema"] == nil {
			t.Errorf("%v prints no schema: %v", args, err)
		}
	}
	if run(t, "schema").out != run(t, "schema", "scenario").out {
		t.Error("the schema without a name is not the scenario's")
	}
}

func TestCompletion(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"compare bu":                "burst\n",
		"compare burst --strategy ": "sdk-python\t",
		"compare burst --profile ":  "tier-1\n",
		"compare burst --clock ":    "virtual\nwall\n",
		"list ":                     "profiles\n",
		"init ":                     "mixed-priority\n",
	} {
		args := append([]string{"__complete"}, strings.Split(line, " ")...)
		if e := run(t, args...); !strings.Contains(e.out, want) {
			t.Errorf("completing %q gives %q, want %q in it", line, e.out, want)
		}
	}
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		if e := run(t, "completion", shell); e.code != cmd.Success || len(e.out) < 1000 {
			t.Errorf("completion %s: exit %d, %d bytes", shell, e.code, len(e.out))
		}
	}
}
