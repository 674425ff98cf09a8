package queue

import "time"

// Rule names whom a queue drops though there is room.
type Rule string

// The rules. A call without deadline is never late; a share of no deadline is for
// ever.
const (
	NoDrop   Rule = "none"
	CoDel    Rule = "codel"    // the head, when heads have waited longer than Target for Interval, and again after Interval/√n for the nth time (RFC 8289); the last call waiting is kept
	Standing Rule = "standing" // who has waited Target, or Interval when the queue had been empty within Interval before the call came (Maurer, "Fail at Scale", ACM Queue 13(8), 2015)
	Late     Rule = "late"     // a call whose now + expected wait + service is beyond its deadline, when it comes and when it is next; the orders adaptive-lifo, wfq, drr and balanced expect no wait
	Inferior Rule = "inferior" // calls of lower classes ahead of one that would be late for them, lowest first, the latest of those, if that can save it
	Levels   Rule = "levels"   // a call below the level that sheds enough; a class has 100 levels and each call one of them by chance (failsafe-go 0.9.7, adaptivelimiter and priority)
)

// DropConfig sets whom a queue sheds while they wait. A call that is dropped ends
// as shed; retry layers are not asked. The zero value drops none.
type DropConfig struct {
	// Rule is who is dropped. Absent means none.
	Rule Rule `yaml:"rule"`
	// Target is how long a call may wait under the rules codel and standing, at
	// most a year. 0 means by Share.
	Target time.Duration `yaml:"target"`
	// Share is the part of its deadline that a call may wait where Target is 0, from
	// 0 to 1. 0 means 0.05: the 5 ms of RFC 8289 are 5 % of its interval, an
	// interval here is a deadline.
	Share float64 `yaml:"share"`
	// Interval is for how long the rule codel tolerates longer waits, and how long
	// the queue must not have been empty for the rule standing; at most a year.
	// 0 means the mean cost of a call for codel, one refill of the mean request, and
	// 100 ms, as its source, for standing.
	Interval time.Duration `yaml:"interval"`
	// From is how many calls wait when the rule levels begins to drop. 0 means 40:
	// failsafe-go's initial rejection factor 2 times its initial limit of 20.
	From int `yaml:"from"`
	// To is how many calls wait when it drops all. 0 means 1.5·From: failsafe-go's
	// largest rejection factor is 3. Between the two the share dropped grows in
	// proportion.
	To int `yaml:"to"`
	// Window is of how many calls the levels are remembered to find the one below
	// which that share lies, at most 100,000. 0 means 1000, as in failsafe-go.
	Window int `yaml:"window"`
}
