package scenario_test

import (
	"strings"
	"testing"

	"ratecliff/scenario"
)

const withLibraries = `
version: 1
name: s
duration: 10s
classes: {calls: {arrivals: {process: burst, n: 3}, input: 10, output: 10}}
strategies:
  - name: mine
    retry: [{attempts: 2, delay: {kind: fixed, base: 1s}}]
    libraries: LIST
`

func TestLibraries(t *testing.T) {
	t.Parallel()
	for list, want := range map[string]string{
		"[cenkalti]":                            "",
		"[gobreaker, cenkalti, failsafe-retry]": "",
		"[]":                                    "",
		"[cenkalti, go-retryablehttp, aws-standard]": "",
		"[cenkalty]":                                `libraries[0]: "cenkalty" is not known; one of cenkalti, cenkalti-no-jitter,`,
		"[gobreaker, cenkalty]":                     `did you mean "cenkalti"?`,
		"[cenkalti, gobreaker, cenkalti]":           `libraries[2] is "cenkalti", which is in the list already`,
		"[failsafe-retry, go-retryablehttp-client]": `libraries[1] is "go-retryablehttp-client" beside "failsafe-retry": only one of them can make the requests`,
		"[cenkalti, go-retryablehttp, aws-standard, cenkalti-no-jitter]": `libraries makes 5 retry layers together with retry, at most 4 are possible`,
		"cenkalti": `libraries`,
		"[7]":      `libraries[0]`,
	} {
		s, err := scenario.Load("s.yaml", []byte(strings.Replace(withLibraries, "LIST", list, 1)), scenario.Options{})
		switch {
		case want == "" && err != nil:
			t.Errorf("%s: %v", list, err)
		case want == "" && list != "[]" && len(s.Strategies[0].Libraries) == 0:
			t.Errorf("%s: not read", list)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%s: %v\nwant %s", list, err, want)
		}
	}
}

func TestWhatLibrariesNeed(t *testing.T) {
	t.Parallel()
	s := scenario.Strategy{Libraries: []scenario.Library{scenario.Cenkalti, scenario.Gobreaker, scenario.AWSAdaptive, scenario.RetryableHTTP}}
	if got := s.Clocked(); len(got) != 2 || got[0] != scenario.Gobreaker || got[1] != scenario.AWSAdaptive {
		t.Errorf("these read the clock: %v", got)
	}
	if got := s.Random(); len(got) != 2 || got[0] != scenario.Cenkalti || got[1] != scenario.AWSAdaptive {
		t.Errorf("these draw by themselves: %v", got)
	}
	known := scenario.Libraries()
	if len(known) != 15 {
		t.Errorf("%d libraries", len(known))
	}
	if scenario.Library("x").ReadsClock() || scenario.Library("x").Random() {
		t.Error("an unknown library has traits")
	}
}
