package cmd

import (
	"context"
	"errors"
	"fmt"

	"ratecliff/scenario"
)

// Code is an exit code of the program.
type Code int

// The exit codes, all of them.
const (
	Success      Code = 0   // done, and every verdict passed
	VerdictFail  Code = 1   // an expectation of the scenario was not met
	Usage        Code = 2   // the flags or the input are wrong
	Refused      Code = 3   // a safety rule stopped it
	Inconclusive Code = 4   // nothing failed, but a verdict could not be reached
	Failure      Code = 5   // something broke while running
	Interrupted  Code = 130 // interrupted; partial results were written
)

// coded is an error that says how the program ends. A nil err says nothing more.
type coded struct {
	code Code
	err  error
}

func (e *coded) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit %d", e.code)
	}
	return e.err.Error()
}

func (e *coded) Unwrap() error { return e.err }

func usagef(format string, args ...any) error { return &coded{Usage, fmt.Errorf(format, args...)} }

func refusedf(format string, args ...any) error { return &coded{Refused, fmt.Errorf(format, args...)} }

func failed(err error) error {
	if err == nil {
		return nil
	}
	return &coded{Failure, err}
}

// codeOf maps how a command ended to the exit code.
func codeOf(err error) Code {
	var c *coded
	var mistakes *scenario.Errors
	switch {
	case err == nil:
		return Success
	case errors.As(err, &c):
		return c.code
	case errors.As(err, &mistakes):
		return Usage
	case errors.Is(err, context.Canceled):
		return Interrupted
	default:
		return Usage // cobra's own: unknown command, flag or argument
	}
}
