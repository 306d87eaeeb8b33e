package scim

import (
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/scim2/filter-parser/v2"
)

// view chooses the attributes of an answer (RFC 7644 section 3.9).
type view struct {
	only, without []*place
}

// maxNamed is how many attributes somebody may name.
const maxNamed = 100

func viewed(k *kind, q url.Values) (view, error) {
	only, err := named(k, q.Get("attributes"))
	if err != nil {
		return view{}, err
	}
	without, err := named(k, q.Get("excludedAttributes"))
	if err == nil && only != nil && without != nil {
		err = bad(invalidValue, "Name attributes, or excludedAttributes, not both.")
	}
	return view{only, without}, err
}

// named reads a list of attributes. Those that there are not count for nothing.
func named(k *kind, text string) ([]*place, error) {
	if text == "" {
		return nil, nil
	}
	all := []*place{}
	names := strings.Split(text, ",")
	if len(names) > maxNamed {
		return nil, bad(invalidValue, "These are too many attributes.")
	}
	for _, name := range names {
		name = strings.TrimSpace(name)
		if k.extension != "" && strings.EqualFold(name, k.extension) {
			all = append(all, &place{extended: true})
			continue
		}
		path, err := filter.ParseAttrPath([]byte(name))
		if err != nil {
			continue
		}
		if p := k.locate(path.URI(), path.AttributeName, path.SubAttributeName()); p != nil {
			all = append(all, p)
		}
	}
	return all, nil
}

// wants says that an attribute that is only returned on request is wanted.
func (v view) wants(name string) bool {
	return slices.ContainsFunc(v.only, func(p *place) bool { return p.attr != nil && p.attr.name == name })
}

// lacks says that an attribute is not wanted.
func (v view) lacks(name string) bool {
	if v.only != nil {
		return !v.wants(name)
	}
	return slices.ContainsFunc(v.without, func(p *place) bool { return p.attr != nil && p.attr.name == name && p.sub == nil })
}

// of is what the view leaves of a resource.
func (v view) of(k *kind, whole map[string]any) map[string]any {
	switch {
	case v.only != nil:
		out := map[string]any{"schemas": whole["schemas"], "id": whole["id"]}
		for _, p := range v.only {
			if from, to := v.side(k, p, whole), out; from != nil {
				if p.extended {
					if to, _ = out[k.extension].(map[string]any); to == nil {
						to = map[string]any{}
						out[k.extension] = to
					}
				}
				keep(p, from, to)
			}
		}
		return out
	case v.without != nil:
		for _, p := range v.without {
			if p.extended && p.attr == nil {
				delete(whole, k.extension)
			} else if from := v.side(k, p, whole); from != nil && orElse(p.attr.returned, "default") != "always" {
				drop(p, from)
			}
		}
	}
	return whole
}

// side is the object that holds what a place means.
func (view) side(k *kind, p *place, whole map[string]any) map[string]any {
	if !p.extended {
		return whole
	}
	m, _ := whole[k.extension].(map[string]any)
	return m
}

func keep(p *place, from, to map[string]any) {
	if p.attr == nil { // the extension as a whole
		maps.Copy(to, from)
		return
	}
	value, ok := from[p.attr.name]
	if !ok {
		return
	}
	if p.sub == nil {
		to[p.attr.name] = value
		return
	}
	pick := func(one map[string]any, into map[string]any) map[string]any {
		if v, ok := one[p.sub.name]; ok {
			into[p.sub.name] = v
		}
		return into
	}
	switch value := value.(type) {
	case map[string]any:
		into, _ := to[p.attr.name].(map[string]any)
		if into == nil {
			into = map[string]any{}
		}
		to[p.attr.name] = pick(value, into)
	case []any:
		before, _ := to[p.attr.name].([]any)
		list := make([]any, len(value))
		for i, one := range value {
			into := map[string]any{}
			if i < len(before) {
				into, _ = before[i].(map[string]any)
			}
			m, _ := one.(map[string]any)
			list[i] = pick(m, into)
		}
		to[p.attr.name] = list
	}
}

func drop(p *place, from map[string]any) {
	if p.sub == nil {
		delete(from, p.attr.name)
		return
	}
	switch value := from[p.attr.name].(type) {
	case map[string]any:
		delete(value, p.sub.name)
	case []any:
		for _, one := range value {
			if m, ok := one.(map[string]any); ok {
				delete(m, p.sub.name)
			}
		}
	}
}
