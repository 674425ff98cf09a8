package load

// Validate reports everything wrong with the process; paths are relative to it.
func (p Process) Validate() []Problem { return nil }

// Validate reports everything wrong with the distribution; paths are relative to it.
func (d Dist) Validate() []Problem { return nil }

func (d *Dist) validateTokens() []Problem { return nil }

func (d *Dist) isZero() bool { return d.Kind == "" }
