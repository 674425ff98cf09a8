package mockserver

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"ratecliff/mockserver/model"
)

// modelObject is a model on the wire.
type modelObject struct {
	Type           string         `json:"type"`
	ID             string         `json:"id"`
	DisplayName    string         `json:"display_name"`
	CreatedAt      string         `json:"created_at"`
	MaxInputTokens int64          `json:"max_input_tokens"`
	MaxTokens      int64          `json:"max_tokens"`
	Capabilities   map[string]any `json:"capabilities"`
}

// catalogue is the models that the service offers, newest first: those of the
// embedded table that some pool has, then names that only a pool knows.
func catalogue(pools []model.PoolLimits) []model.ModelInfo {
	var list []model.ModelInfo
	for _, m := range model.Models().Models {
		if _, ok := model.PoolOf(pools, m.ID); ok {
			list = append(list, m)
		}
	}
	for _, p := range pools {
		for _, name := range p.Models {
			known := slices.ContainsFunc(list, func(m model.ModelInfo) bool { return m.Is(name) })
			if !strings.HasSuffix(name, "*") && !known {
				list = append(list, model.ModelInfo{ID: name, DisplayName: name, CreatedAt: time.Unix(0, 0).UTC()})
			}
		}
	}
	return list
}

func newModelObject(m *model.ModelInfo) modelObject {
	supported := func(ok bool) map[string]any { return map[string]any{"supported": ok} }
	return modelObject{
		Type: "model", ID: m.ID, DisplayName: m.DisplayName, CreatedAt: m.CreatedAt.Format(time.RFC3339),
		MaxInputTokens: m.MaxInputTokens, MaxTokens: m.MaxTokens,
		Capabilities: map[string]any{"batch": supported(true), "thinking": supported(true), "fast_mode": supported(m.Fast)},
	}
}

// offer is what the service has: its pools and models. It is never changed, only
// replaced.
type offer struct {
	pools      []model.PoolLimits
	models     []model.ModelInfo
	byName     map[string]*model.ModelInfo // by id and alias
	count      model.CountLimits
	batches    model.BatchLimits
	workspaces map[string]model.Workspace
	owners     map[string][]string // API key to the id of its workspace, where that is not the default
}

func newOffer(m *model.Model, cfg *model.Config) *offer {
	o := &offer{pools: m.Pools(), models: catalogue(m.Pools()), workspaces: cfg.Workspaces, byName: map[string]*model.ModelInfo{}, owners: map[string][]string{}}
	for name, w := range cfg.Workspaces {
		id := []string{name}
		for _, key := range w.Keys {
			o.owners[key] = id
		}
	}
	o.count, o.batches = m.SideLimits()
	for i := range o.models {
		info := &o.models[i]
		o.byName[info.ID] = info
		for _, name := range info.Aliases {
			o.byName[name] = info
		}
	}
	return o
}

// workspace is the workspace header of an API key, or the default one.
func (o *offer) workspace(key string, byDefault []string) []string {
	if id, ok := o.owners[key]; ok {
		return id
	}
	return byDefault
}

// model finds a model by id or alias; nil when there is none.
func (o *offer) model(name string) *model.ModelInfo { return o.byName[name] }

// listModels answers GET /v1/models and /v1/models/{id}.
func (s *Server) listModels(w http.ResponseWriter, r *http.Request, x *exchange) {
	if failure := s.head(r, x); failure != nil {
		s.fail(w, x, failure)
		return
	}
	o := s.offer.Load()
	name := strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, pathModels), "/")
	if name == "" {
		s.sendPage(w, r, x, len(o.models), func(i int) string { return o.models[i].ID },
			func(i int) any { return newModelObject(&o.models[i]) })
		return
	}
	m := o.model(name)
	if m == nil {
		s.fail(w, x, notFound("model: "+name))
		return
	}
	s.answer(w, x, newModelObject(m))
}
