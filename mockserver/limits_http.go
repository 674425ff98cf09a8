package mockserver

import (
	"hash/fnv"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"ratecliff/mockserver/model"
)

// limitGroup is one group of the Rate Limits API.
type limitGroup struct {
	Type      string   `json:"type"`
	GroupType string   `json:"group_type"`
	Models    []string `json:"models"`
	Limits    []any    `json:"limits"` // limitValue or workspaceLimit
	limitName
}

// limitName is how the later revision names a group: clients of 2026 want it
// beside group_type (sources of the official SDKs, 2026-11).
type limitName struct {
	ID        string    `json:"id,omitempty"` // of the organization's entry
	Group     groupName `json:"group"`
	Entry     string    `json:"rate_limit_id,omitempty"` // the same, in an entry of a workspace
	Workspace string    `json:"workspace_id,omitempty"`
}

// groupName is a group as such, the same in every organization.
type groupName struct {
	ID          string `json:"id"`
	DisplayName string `json:"display_name,omitempty"` // of a group of models
	Type        string `json:"type"`
}

// name fills in the ids of a group, which are the same in every answer.
func (g *limitGroup) name(seed uint64) {
	h := fnv.New64a()
	_, _ = io.WriteString(h, g.GroupType+" "+g.Group.DisplayName) // a hash takes everything
	g.Group.Type, g.Group.ID = g.GroupType, identity("rlg_01", 22, 0, h.Sum64())
	entry := identity("rl_01", 22, seed, ^h.Sum64())
	if g.Workspace != "" {
		g.Entry = entry
	} else {
		g.ID = entry
	}
}

// modelGroup is a group of the models of one pool.
func (o *offer) modelGroup(kind string, pool int) limitGroup {
	g := limitGroup{Type: kind, GroupType: "model_group", Models: o.modelsOf(pool)}
	g.Group.DisplayName = o.pools[pool].Name
	return g
}

// limitValue is one limiter of a group.
type limitValue struct {
	Type  string `json:"type"`
	Value int64  `json:"value"`
}

// workspaceLimit is one limiter of a workspace.
type workspaceLimit struct {
	limitValue
	OrgLimit *int64 `json:"org_limit"`
	Source   source `json:"source"`
}

// source is where a limit of a workspace is set.
type source struct {
	Type string `json:"type"`
}

// limitPage is a page of groups.
type limitPage struct {
	Data     []limitGroup `json:"data"`
	NextPage *string      `json:"next_page"`
}

// add appends a limiter; 0 is no limit and is not listed.
func (g *limitGroup) add(name string, value int64) {
	if value > 0 {
		g.Limits = append(g.Limits, limitValue{Type: name, Value: value})
	}
}

// groups is the truth about every limit of the organization, as data.
func (o *offer) groups() []limitGroup {
	var list []limitGroup
	for i := range o.pools {
		p := &o.pools[i]
		g := o.modelGroup("rate_limit", i)
		g.add("requests_per_minute", int64(p.RPM))
		g.add("input_tokens_per_minute", int64(p.ITPM))
		g.add("output_tokens_per_minute", int64(p.OTPM))
		list = append(list, g)
	}
	for _, side := range []struct {
		group, limiter string
		value          int64
	}{
		{"batch", "enqueued_batch_requests", o.batches.Queued},
		{"token_count", "requests_per_minute", int64(o.count.RPM)},
	} {
		g := limitGroup{Type: "rate_limit", GroupType: side.group}
		if side.group == "batch" {
			g.add("requests_per_minute", int64(o.batches.RPM))
		}
		if g.add(side.limiter, side.value); g.Limits != nil {
			list = append(list, g)
		}
	}
	return list
}

// overrides are the limits of a workspace that are its own.
func (o *offer) overrides(w *model.Workspace) []limitGroup {
	var list []limitGroup
	for i := range o.pools {
		p := &o.pools[i]
		g := o.modelGroup("workspace_rate_limit", i)
		g.override("requests_per_minute", int64(w.RPM), int64(p.RPM))
		g.override("input_tokens_per_minute", int64(w.ITPM), int64(p.ITPM))
		g.override("output_tokens_per_minute", int64(w.OTPM), int64(p.OTPM))
		if g.Limits != nil {
			list = append(list, g)
		}
	}
	return list
}

// override appends a limiter of a workspace beside the organization's, which is
// null where that has none.
func (g *limitGroup) override(name string, value, org int64) {
	if value <= 0 {
		return
	}
	l := workspaceLimit{limitValue: limitValue{Type: name, Value: value}, Source: source{"workspace"}}
	if org > 0 {
		l.OrgLimit = &org
	}
	g.Limits = append(g.Limits, l)
}

// modelsOf names the models of a pool: those of the table, else its patterns.
func (o *offer) modelsOf(pool int) []string {
	var names []string
	for i := range o.models {
		if p, ok := model.PoolOf(o.pools, o.models[i].ID); ok && p == pool {
			names = append(names, o.models[i].ID)
		}
	}
	if names == nil {
		return o.pools[pool].Models
	}
	return names
}

// organizationLimits answers GET /v1/organizations/rate_limits.
func (s *Server) organizationLimits(w http.ResponseWriter, r *http.Request, x *exchange) {
	if failure := s.adminHead(r, x); failure != nil {
		s.fail(w, x, failure)
		return
	}
	s.sendLimits(w, r, x, s.offer.Load().groups())
}

// sendLimits filters groups by group_type and model and cuts a page of them.
func (s *Server) sendLimits(w http.ResponseWriter, r *http.Request, x *exchange, groups []limitGroup) {
	q := r.URL.Query()
	limit, failure := readLimit(q, maxPage)
	if failure != nil {
		s.fail(w, x, failure)
		return
	}
	if kind := q.Get("group_type"); kind != "" {
		groups = slices.DeleteFunc(groups, func(g limitGroup) bool { return g.GroupType != kind })
	}
	if name := q.Get("model"); name != "" {
		if m := s.offer.Load().model(name); m != nil {
			name = m.ID
		}
		groups = slices.DeleteFunc(groups, func(g limitGroup) bool { return !slices.Contains(g.Models, name) })
		if len(groups) == 0 {
			s.fail(w, x, notFound("model: "+q.Get("model")))
			return
		}
	}
	from, err := strconv.Atoi(q.Get("page"))
	if q.Get("page") != "" && (err != nil || from < 0 || from > len(groups)) {
		s.fail(w, x, invalid("page: Input should be the next_page of an earlier answer"))
		return
	}
	p := limitPage{Data: []limitGroup{}}
	to := min(len(groups), from+limit)
	p.Data = append(p.Data, groups[from:to]...)
	for i := range p.Data {
		p.Data[i].name(s.cfg.Seed)
	}
	if to < len(groups) {
		next := strconv.Itoa(to)
		p.NextPage = &next
	}
	s.answer(w, x, p)
}

// workspaceLimits answers GET /v1/organizations/workspaces/{id}/rate_limits,
// where the id is the workspace's name in the configuration. The default
// workspace cannot be limited.
func (s *Server) workspaceLimits(w http.ResponseWriter, r *http.Request, x *exchange) {
	if failure := s.adminHead(r, x); failure != nil {
		s.fail(w, x, failure)
		return
	}
	id := strings.TrimSuffix(strings.TrimPrefix(r.URL.Path, pathWorkspaces), "/rate_limits")
	o := s.offer.Load()
	workspace, known := o.workspaces[id]
	if !known && id != s.cfg.Workspace {
		s.fail(w, x, notFound("The requested resource could not be found."))
		return
	}
	groups := o.overrides(&workspace)
	for i := range groups {
		groups[i].Workspace = id
	}
	s.sendLimits(w, r, x, groups)
}
