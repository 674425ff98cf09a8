package compare

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"ratecliff/engine"
	"ratecliff/library"
	"ratecliff/mockserver/model"
	"ratecliff/scenario"
)

// awsVariable is what aws-sdk-go-v2 asks the environment for at every decision.
const awsVariable = "AWS_NEW_RETRIES_2026"

// awsMode is how the AWS SDK runs in this process.
func awsMode() library.AWSMode { return os.Getenv(awsVariable) == "true" }

// addGates puts the gates of client libraries of others into a stack; their
// retry layers go inside the strategy's own.
func addGates(out *engine.Stack, parts *library.Parts) {
	for _, g := range parts.Gates {
		out.Gates = append(out.Gates, engine.HeldGate{Gate: g})
	}
}

// requests is what a client may know of the requests per minute of a model.
func requests(limits []model.PoolLimits) library.Published {
	return func(name string) (string, int64) {
		i, ok := model.PoolOf(limits, name)
		if !ok {
			return name, 0
		}
		return limits[i].Name, int64(limits[i].RPM)
	}
}

// followable is an error when a strategy reads the wall clock and the run's time
// is another: virtual, or so many times as fast.
func followable(cells []cell, virtual bool, compress float64) error {
	if !virtual && (compress == 0 || compress == 1) {
		return nil
	}
	for i := range cells {
		if read := cells[i].strategy.Clocked(); len(read) > 0 {
			return fmt.Errorf("strategy %s: %s reads the wall clock, and the run's time is not the wall's", cells[i].strategy.Name, read[0])
		}
	}
	return nil
}

// confessLibraries says what libraries of others keep from being repeated.
func (r *Result) confessLibraries(cells []cell, virtual bool) {
	var drawn, aws []string
	for i := range cells {
		s := cells[i].strategy
		if virtual && len(s.Random()) > 0 && !slices.Contains(drawn, s.Name) {
			drawn = append(drawn, s.Name)
		}
		if library.UsesAWS(s.Libraries) && !slices.Contains(aws, s.Name) {
			aws = append(aws, s.Name)
		}
	}
	if len(drawn) > 0 {
		r.confess("not_repeatable", len(drawn), "the library draws its jitter from randomness of its own, so equal seeds give other results: "+strings.Join(drawn, ", "))
	}
	if len(aws) > 0 {
		how := "legacy retry mode (" + awsVariable + " is not \"true\")"
		if awsMode() == library.AWS2026 {
			how = "2026 retry mode (" + awsVariable + "=true)"
		}
		r.confess("aws_retry_mode", len(aws), "aws-sdk-go-v2 ran in its "+how+": "+strings.Join(aws, ", "))
	}
}

// parts are what the libraries of the strategy add to one client process.
func parts(s *scenario.Strategy, limits []model.PoolLimits) library.Parts {
	if len(s.Libraries) == 0 {
		return library.Parts{}
	}
	return library.Build(s.Libraries, awsMode(), requests(limits))
}
