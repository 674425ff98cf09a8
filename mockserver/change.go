package mockserver

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"reflect"
	"strings"
	"time"

	"ratecliff/mockserver/model"
	"ratecliff/mockserver/model/fault"
)

// change reads a change of one part of the configuration into cfg. What the body
// does not name stays as it is; what it names is replaced as a whole. Durations
// are text such as "10s" or nanoseconds; latencies are text too. A profile replaces pools and the other way round; a limit
// profile as a document, with its name and its pools, is taken too.
func change(w http.ResponseWriter, r *http.Request, part string, cfg *model.Config) error {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxAdminBody))
	if err != nil {
		return bad("the body: %v", err)
	}
	var named map[string]json.RawMessage
	if err := json.Unmarshal(body, &named); err != nil {
		return bad("the body: %v", err)
	}
	switch {
	case part == "faults":
		return setFaults(cfg, body)
	case named["name"] != nil:
		p, err := model.DecodeProfile(bytes.NewReader(body))
		if err != nil {
			return bad("the body: %v", err)
		}
		cfg.Profile, cfg.Pools, cfg.CountTokens, cfg.Batches = "", p.Pools, p.CountTokens, p.Batches
		return nil
	}
	return merge(cfg, named)
}

// merge puts the named fields in the place of cfg's.
func merge(cfg *model.Config, named map[string]json.RawMessage) error {
	next := *cfg // shares lists and maps with cfg, which are replaced, never written to
	if named["pools"] != nil {
		next.Profile = ""
	}
	if named["profile"] != nil {
		next.Pools = nil
	}
	fields := reflect.ValueOf(&next).Elem()
	for i := range fields.NumField() {
		name, _, _ := strings.Cut(fields.Type().Field(i).Tag.Get("json"), ",")
		text, ok := named[name]
		if !ok {
			continue
		}
		delete(named, name)
		if err := mergeField(fields.Field(i), text); err != nil {
			return bad("%s: %v", name, err)
		}
	}
	for name := range named {
		return bad("%s: no setting of the service is called so", journalText(name))
	}
	*cfg = next
	return nil
}

func mergeField(field reflect.Value, text json.RawMessage) error {
	field.SetZero()
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	var value any
	if err := dec.Decode(&value); err != nil {
		return err
	}
	text, err := json.Marshal(spans(value, field.Type()))
	if err != nil {
		return err
	}
	dec = json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	return dec.Decode(field.Addr().Interface())
}

// spans writes durations such as "10s" as the nanoseconds that encoding/json
// wants where a value of type t has a duration.
func spans(value any, t reflect.Type) any {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch v := value.(type) {
	case string:
		if d, err := time.ParseDuration(v); err == nil && t == reflect.TypeFor[time.Duration]() {
			return int64(d)
		}
	case []any:
		if t.Kind() == reflect.Slice {
			for i := range v {
				v[i] = spans(v[i], t.Elem())
			}
		}
	case map[string]any:
		for name := range v {
			switch t.Kind() {
			case reflect.Map:
				v[name] = spans(v[name], t.Elem())
			case reflect.Struct:
				if field, ok := tagged(t, name); ok {
					v[name] = spans(v[name], field)
				}
			}
		}
	}
	return value
}

// tagged is the type of the field that JSON calls name.
func tagged(t reflect.Type, name string) (reflect.Type, bool) {
	for _, field := range reflect.VisibleFields(t) {
		if tag, _, _ := strings.Cut(field.Tag.Get("json"), ","); tag == name {
			return field.Type, true
		}
	}
	return nil, false
}

// setFaults replaces what goes wrong.
func setFaults(cfg *model.Config, body []byte) error {
	f, err := fault.DecodeConfig(bytes.NewReader(body))
	if err != nil {
		return bad("%v", err)
	}
	cfg.Faults = f
	return nil
}

// faultsOf is what goes wrong.
func faultsOf(cfg *model.Config) any { return cfg.Faults }
