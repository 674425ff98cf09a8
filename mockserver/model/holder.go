package model

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"ratecliff/ratelimit"
)

// holder is whoever limits belong to: an organisation, a workspace or a key.
type holder struct {
	scope    Scope
	name     string // of a workspace or a key
	key      int    // the API key that owns an organisation; 0 where all share it
	limits   []PoolLimits
	sets     []ratelimit.Set // by pool
	most     int             // cap on requests in flight; 0 is none
	inFlight int
	money    purse
	ramps    []ramp                  // by pool; nil without an acceleration limit
	days     []ratelimit.FixedWindow // by pool; nil without a limit per day
	stirred  []stir                  // by pool; nil without noise
}

// tenant is where a key belongs: indices of holders, -1 for none.
type tenant struct{ workspace, key int32 }

// tenants maps keys to workspaces and to limits of their own.
type tenants struct {
	workspaces map[string]int32
	owner      map[string]int32 // key to workspace
	limits     map[string]ScopeLimits
	keys       map[string]int32 // key to its holder
	others     int32            // holder of all keys too many to be told apart, -1 until there is one
	byID       map[string]tenant
	byIndex    map[int]tenant
}

// everyKey stands for keys that no other entry names.
const everyKey = "*"

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// settle makes the holders below the organisation that are known beforehand.
func (m *Model) settleTenants() {
	if len(m.cfg.Workspaces)+len(m.cfg.KeyLimits) == 0 {
		return
	}
	t := &tenants{
		workspaces: map[string]int32{}, owner: map[string]int32{}, limits: m.cfg.KeyLimits, keys: map[string]int32{},
		others: -1, byID: map[string]tenant{}, byIndex: map[int]tenant{},
	}
	m.tenants = t
	for _, name := range sorted(m.cfg.Workspaces) {
		w := m.cfg.Workspaces[name]
		t.workspaces[name] = m.addScope(OfWorkspace, name, &w.ScopeLimits)
		for _, key := range w.Keys {
			t.owner[key] = t.workspaces[name]
		}
	}
	for _, key := range sorted(t.limits) {
		if l := t.limits[key]; key != everyKey {
			t.keys[key] = m.addScope(OfKey, key, &l)
		}
	}
}

// addScope adds a holder below the organisation. Its limits hold in every pool of
// messages on their own.
func (m *Model) addScope(scope Scope, name string, l *ScopeLimits) int32 {
	h := &holder{scope: scope, name: name, most: l.Concurrency, limits: make([]PoolLimits, len(m.pools))}
	h.money.limit = pico(l.SpendLimit)
	cfg := m.cfg
	cfg.Burst = 0 // the organisation's own
	for i := range h.limits {
		h.limits[i] = PoolLimits{Name: m.pools[i].Name, RPM: l.RPM, ITPM: l.ITPM, OTPM: l.OTPM}
		cfg.capacities(&h.limits[i])
		if m.cfg.Burst > 0 && l.RPM > 0 {
			h.limits[i].Burst.Requests = min(m.cfg.Burst, h.limits[i].Burst.Requests)
		}
	}
	m.fill(h)
	m.holders = append(m.holders, h)
	return int32(len(m.holders) - 1)
}

// fill makes the buckets of a holder's limits, filled to the start level.
func (m *Model) fill(h *holder) {
	levels := m.cfg.StartLevels.or(*m.cfg.StartLevel)
	h.sets = make([]ratelimit.Set, len(h.limits))
	for i, p := range h.limits {
		h.sets[i] = ratelimit.NewSetAt(ratelimit.Limits{
			RPM: p.RPM, ITPM: p.ITPM, OTPM: p.OTPM, Burst: p.Burst,
			Algorithm: m.cfg.Algorithm, Windows: m.cfg.BurstWindows.or(m.cfg.BurstWindow), Phase: m.cfg.WindowPhase,
		}, levels)
		h.sets[i].Advance(m.now)
	}
}

// addOrganisation adds the organisation that owns key.
func (m *Model) addOrganisation(key int) int32 {
	h := &holder{key: key, limits: m.all, most: m.cfg.Concurrency}
	h.money = purse{cap: pico(m.cfg.Spend.Cap), limit: pico(m.cfg.Spend.Limit)}
	m.fill(h)
	m.addRamps(h)
	m.addDays(h)
	m.addNoise(h)
	m.holders = append(m.holders, h)
	return int32(len(m.holders) - 1)
}

// tenantOf is where the key of a request belongs.
func (m *Model) tenantOf(req *Request) tenant {
	t := m.tenants
	var found tenant
	var known bool
	if req.KeyID == "" {
		found, known = t.byIndex[req.Key]
	} else {
		found, known = t.byID[req.KeyID]
	}
	if !known {
		found = m.newTenant(req)
	}
	if req.Workspace != "" {
		found.workspace = -1
		if i, ok := t.workspaces[req.Workspace]; ok {
			found.workspace = i
		}
	}
	return found
}

// newTenant finds out where a key belongs: by what it is called, else by its
// index.
func (m *Model) newTenant(req *Request) tenant {
	t := m.tenants
	index := strconv.Itoa(req.Key)
	id := strings.Clone(cmp.Or(req.KeyID, index))
	found := tenant{workspace: -1}
	if i, ok := t.owner[id]; ok {
		found.workspace = i
	} else if i, ok := t.owner[index]; ok {
		found.workspace = i
	}
	if i, ok := t.keys[index]; ok && !t.named(id) {
		found.key = i
	} else {
		found.key = m.keyHolder(id)
	}
	switch {
	case len(t.byID)+len(t.byIndex) >= maxNames:
	case req.KeyID == "":
		t.byIndex[req.Key] = found
	default:
		t.byID[id] = found
	}
	return found
}

// named says whether a key has limits under its own name.
func (t *tenants) named(id string) bool {
	_, ok := t.limits[id]
	return ok && id != everyKey
}

// keyHolder is the holder of a key's own limits, or -1. Keys beyond maxNames
// share one.
func (m *Model) keyHolder(id string) int32 {
	t := m.tenants
	if i, ok := t.keys[id]; ok {
		return i
	}
	l, ok := t.limits[everyKey]
	switch {
	case !ok:
		return -1
	case len(t.keys) < maxNames:
		t.keys[id] = m.addScope(OfKey, id, &l)
		return t.keys[id]
	case t.others < 0:
		t.others = m.addScope(OfKey, everyKey, &l)
	}
	return t.others
}
