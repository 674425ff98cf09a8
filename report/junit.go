package report

import (
	"encoding/xml"
	"io"
	"strings"
)

type junitSuites struct {
	XMLName xml.Name   `xml:"testsuites"`
	Name    string     `xml:"name,attr"`
	Suite   junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name       string          `xml:"name,attr"`
	Tests      int             `xml:"tests,attr"`
	Failures   int             `xml:"failures,attr"`
	Skipped    int             `xml:"skipped,attr"`
	Timestamp  string          `xml:"timestamp,attr,omitempty"`
	Properties []junitProperty `xml:"properties>property"`
	Cases      []junitCase     `xml:"testcase"`
}

type junitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type junitCase struct {
	Class   string        `xml:"classname,attr"`
	Name    string        `xml:"name,attr"`
	Line    int           `xml:"line,attr,omitempty"`
	Failure *junitMessage `xml:"failure"`
	Skipped *junitMessage `xml:"skipped"`
	Out     string        `xml:"system-out,omitempty"`
}

type junitMessage struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr,omitempty"`
	Text    string `xml:",chardata"`
}

// JUnit writes the verdicts as a test suite, one case each: a failed one as a
// failure, an inconclusive one as skipped.
func JUnit(w io.Writer, d *Document) error {
	_, failed, open := Tally(d.Verdicts)
	suite := junitSuite{
		Name: d.Scenario.Name, Tests: len(d.Verdicts), Failures: failed, Skipped: open, Timestamp: d.Started,
		Properties: junitProperties(d),
	}
	for i := range d.Verdicts {
		suite.Cases = append(suite.Cases, junitCaseOf(d.Scenario.Name, &d.Verdicts[i]))
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(junitSuites{Name: d.Tool.Name, Suite: suite}); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func junitCaseOf(scenario string, v *Verdict) junitCase {
	c := junitCase{Class: scenario, Name: v.Text, Line: v.Line, Out: strings.Join(v.Warnings, "\n")}
	if v.Cell != "" && v.Cell != v.Subject {
		c.Name += " (" + v.Cell + ")"
	}
	message := v.Metric + ": want " + v.Want + ", got " + v.Got
	switch v.Outcome {
	case Pass:
	case Fail:
		c.Failure = &junitMessage{Message: message, Type: "expectation", Text: v.Cell + ": " + message}
	default:
		c.Skipped = &junitMessage{Message: "inconclusive: " + message}
	}
	return c
}

func junitProperties(d *Document) []junitProperty {
	out := []junitProperty{
		{"clock", string(d.Clock)},
		{"provenance", string(d.Provenance)},
		{"scenario_hash", d.Scenario.Hash},
		{"finding", d.Sentence},
	}
	if d.Command != "" {
		out = append(out, junitProperty{"command", d.Command})
	}
	return out
}
