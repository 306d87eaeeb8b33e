package scim

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
)

// decode reads a JSON object.
func decode(body []byte) (map[string]any, error) {
	var m map[string]any
	d := json.NewDecoder(bytes.NewReader(body))
	if err := d.Decode(&m); err != nil || m == nil || d.More() {
		return nil, &Error{Status: http.StatusBadRequest, Type: invalidSyntax, Detail: "The body is not a JSON object.", Cause: err}
	}
	return m, nil
}

// resource brings a resource that somebody sent into the form in which this
// package has them: names as the schemas write them, values of the kind that they
// say. What no schema has, and what is not kept, is left out.
func (k *kind) resource(in map[string]any) (map[string]any, error) {
	out, err := object(append(common(), k.attributes...), in)
	if err != nil {
		return nil, err
	}
	for name, value := range in {
		if m, ok := value.(map[string]any); ok && k.extension != "" && strings.EqualFold(name, k.extension) {
			if out[k.extension], err = object(k.extended, m); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

func object(attributes []attribute, in map[string]any) (map[string]any, error) {
	out := map[string]any{}
	for name, value := range in {
		a := find(attributes, name)
		if a == nil || a.dropped || value == nil {
			continue
		}
		v, err := a.value(value)
		if err != nil {
			return nil, err
		}
		out[a.name] = v
	}
	return out, nil
}

// maxValues is how many values an attribute may have in one request.
const maxValues = 1000

// value brings a value of the attribute into its form.
func (a *attribute) value(v any) (any, error) {
	if !a.multi {
		return a.single(v)
	}
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	if len(list) > maxValues {
		return nil, bad(tooMany, a.name+" has too many values for one request.")
	}
	out := []any{}
	for _, one := range list {
		single, err := a.single(one)
		if err != nil {
			return nil, err
		}
		out = append(out, single)
	}
	return out, nil
}

func (a *attribute) single(v any) (any, error) {
	wrong := bad(invalidValue, "The value of "+a.name+" is not of its kind, "+a.kind+".")
	switch a.kind {
	case "complex":
		if s, ok := v.(string); ok && find(a.sub, "value") != nil {
			return map[string]any{"value": s}, nil
		}
		m, ok := v.(map[string]any)
		if !ok {
			return nil, wrong
		}
		return object(a.sub, m)
	case "boolean":
		switch v := v.(type) {
		case bool:
			return v, nil
		case string: // as Entra ID writes them
			if strings.EqualFold(v, "true") || strings.EqualFold(v, "false") {
				return strings.EqualFold(v, "true"), nil
			}
		}
		return nil, wrong
	}
	s, ok := v.(string)
	if !ok {
		return nil, wrong
	}
	return s, nil
}
