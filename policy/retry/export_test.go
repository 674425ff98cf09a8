package retry

// InFlight is the weight of calls and of retries under way.
func (a *Account) InFlight() (calls, retries float64) { return a.open, a.retry }

// Counts says whether retries are counted in flight at all.
func (a *Account) Counts() bool { return a.budget.Kind == InFlight }
