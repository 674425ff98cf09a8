package cmd

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"ratecliff/report"
	"ratecliff/scenario"
)

// annotate marks the mistakes of a scenario in the files view of a GitHub
// Actions job.
//
// Source: GitHub Docs, Workflow commands for GitHub Actions, "Setting an error
// message"; escapes as in actions/toolkit, command.ts.
func annotate(w *World, err error) {
	var mistakes *scenario.Errors
	if w.Env("GITHUB_ACTIONS") != "true" || !errors.As(err, &mistakes) {
		return
	}
	property := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
	message := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	for _, m := range mistakes.Issues {
		text := m.Message
		if m.Hint != "" {
			text += "; " + m.Hint
		}
		if m.Line == 0 {
			fmt.Fprintf(w.Stderr, "::error ::%s\n", message.Replace(m.File+": "+text))
			continue
		}
		fmt.Fprintf(w.Stderr, "::error file=%s,line=%d,col=%d::%s\n", property.Replace(m.File), m.Line, m.Column, message.Replace(text))
	}
}

// summarise appends the report to the summary page of a GitHub Actions job. It
// never fails a run: the results are elsewhere too.
func summarise(w *World, doc *report.Document) {
	path := w.Env("GITHUB_STEP_SUMMARY")
	if path == "" {
		return
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err == nil {
		err = errors.Join(report.Markdown(f, doc), f.Close())
	}
	if err != nil {
		fmt.Fprintf(w.Stderr, "note: the job summary could not be written: %v\n", err)
	}
}
