package cmd

import (
	"os"

	"ratecliff/load"
	"ratecliff/scenario"
)

func readTrace(file scenario.TraceFile) (load.Trace, error) {
	f, err := os.Open(file.Path)
	if err != nil {
		return load.Trace{}, err
	}
	defer f.Close()
	return load.ReadTrace(f, load.TraceOptions{Format: file.Format, Sort: file.Sort})
}
