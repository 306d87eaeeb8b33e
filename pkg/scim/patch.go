package scim

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/scim2/filter-parser/v2"
)

// maxPatches is how many operations one PATCH may have.
const maxPatches = 100

// patchOperation is one operation of RFC 7644 section 3.5.2. Directories write
// their names with capitals as well.
type patchOperation struct {
	Op    string
	Path  string
	Value any
}

// patches reads the body of a PATCH.
func patches(body []byte) ([]patchOperation, error) {
	var in struct{ Operations []patchOperation }
	if err := json.Unmarshal(body, &in); err != nil {
		return nil, &Error{Status: 400, Type: invalidSyntax, Detail: "The body is not a PatchOp.", Cause: err}
	}
	switch {
	case len(in.Operations) == 0:
		return nil, bad(invalidSyntax, "There is no operation.")
	case len(in.Operations) > maxPatches:
		return nil, bad(tooMany, "These are too many operations for one request.")
	}
	for i := range in.Operations {
		op := &in.Operations[i]
		op.Op = strings.ToLower(op.Op)
		switch {
		case op.Op != "add" && op.Op != "replace" && op.Op != "remove":
			return nil, bad(invalidSyntax, "An operation is add, replace or remove.")
		case op.Op == "remove" && op.Path == "":
			return nil, bad(noTarget, "What is to be removed needs a path.")
		case len(op.Path) > maxFilter || deep(op.Path):
			return nil, bad(invalidPath, "The path is too long, or too deep.")
		}
	}
	return in.Operations, nil
}

// patch carries out operations on a resource, which it changes.
func (k *kind) patch(resource map[string]any, all []patchOperation) error {
	for _, op := range all {
		if op.Path != "" {
			if err := k.patchAt(resource, op, op.Path, true); err != nil {
				return err
			}
			continue
		}
		m, ok := op.Value.(map[string]any)
		if !ok {
			return bad(invalidValue, "Without a path the value is an object of attributes.")
		}
		for _, name := range slices.Sorted(maps.Keys(m)) {
			if inner, ok := m[name].(map[string]any); ok && k.extension != "" && strings.EqualFold(name, k.extension) {
				for _, sub := range slices.Sorted(maps.Keys(inner)) {
					if err := k.patchAt(resource, patchOperation{Op: op.Op, Value: inner[sub]}, k.extension+":"+sub, false); err != nil {
						return err
					}
				}
				continue
			}
			// Names may be paths here too: Entra ID sends "name.familyName".
			if err := k.patchAt(resource, patchOperation{Op: op.Op, Value: m[name]}, name, false); err != nil {
				return err
			}
		}
	}
	return nil
}

// patchAt carries out one operation at a path. What somebody named outright has to
// be there and may be changed; in an object without a path, what cannot be changed
// is left alone, as in a replacement (RFC 7644 section 3.5.1).
func (k *kind) patchAt(resource map[string]any, op patchOperation, text string, outright bool) error {
	path, err := filter.ParsePath([]byte(text))
	var p *place
	if err == nil {
		p = k.locate(path.AttributePath.URI(), path.AttributePath.AttributeName, orElse(path.AttributePath.SubAttributeName(), path.SubAttributeName()))
	}
	if strings.EqualFold(text, enterprise) {
		return nil
	}
	switch {
	case p == nil && outright:
		return &Error{Status: 400, Type: invalidPath, Detail: "The path leads to nothing that there is.", Cause: err}
	case p == nil, p.attr.dropped, p.sub != nil && p.sub.dropped:
		return nil
	case p.attr.mutability == "readOnly" || p.sub != nil && p.sub.mutability == "readOnly":
		if !outright {
			return nil
		}
		return bad(mutability, p.attr.name+" cannot be changed.")
	}
	in := resource
	if p.extended {
		if in, _ = resource[k.extension].(map[string]any); in == nil {
			in = map[string]any{}
			resource[k.extension] = in
		}
	}
	if op.Op == "remove" || op.Value == nil {
		if p.attr.required && p.sub == nil && path.ValueExpression == nil || p.sub != nil && p.sub.required && !p.attr.multi {
			return bad(mutability, p.attr.name+" is required.")
		}
	}
	if path.ValueExpression != nil {
		if !p.attr.multi || len(p.attr.sub) == 0 {
			return bad(invalidPath, p.attr.name+" has no values to choose from.")
		}
		if err := checkFilter(k, path.ValueExpression, p.attr); err != nil {
			return &Error{Status: 400, Type: invalidPath, Detail: "The filter in the path is not one for " + p.attr.name + ".", Cause: err}
		}
		return k.patchChosen(in, op, p, path.ValueExpression)
	}
	return patchWhole(in, op, p)
}

// patchWhole carries out an operation on an attribute, or on one sub-attribute.
func patchWhole(in map[string]any, op patchOperation, p *place) error {
	name := p.attr.name
	if p.sub != nil {
		if p.attr.multi {
			return patchEach(in, op, p)
		}
		m, _ := in[name].(map[string]any)
		if m == nil {
			m = map[string]any{}
			in[name] = m
		}
		return set(m, p.sub, op)
	}
	switch {
	case op.Op == "remove" && op.Value != nil && p.attr.multi:
		// Entra ID names what is to be removed in the value.
		v, err := p.attr.value(op.Value)
		if err != nil {
			return err
		}
		gone := map[string]bool{}
		named, _ := v.([]any)
		for _, g := range named {
			gone[keyOf(g)] = true
		}
		in[name] = slices.DeleteFunc(list(in[name]), func(one any) bool { return gone[keyOf(one)] })
		return nil
	case op.Op == "remove", op.Value == nil:
		delete(in, name)
		return nil
	}
	v, err := p.attr.value(op.Value)
	if err != nil {
		return err
	}
	switch {
	case p.attr.multi && op.Op == "add":
		more, _ := v.([]any)
		all, err := p.attr.add(list(in[name]), more)
		if err != nil {
			return err
		}
		in[name] = all
	case p.attr.kind == "complex" && !p.attr.multi:
		m, _ := in[name].(map[string]any)
		if m == nil {
			m = map[string]any{}
		}
		given, _ := v.(map[string]any)
		maps.Copy(m, given)
		in[name] = m
	default:
		in[name] = v
	}
	return nil
}

// add adds values (section 3.5.2.1): what is there already is not added again, and of
// two primary values the last is. The attribute may come to no more than it holds: every
// operation goes over all of it.
func (a *attribute) add(all, more []any) ([]any, error) {
	wanted, there := map[string]bool{}, map[string]bool{}
	for _, one := range more {
		wanted[keyOf(one)] = true
	}
	for _, one := range all {
		if wanted[keyOf(one)] {
			there[content(one)] = true
		}
	}
	primary := -1
	for _, one := range more {
		if there[content(one)] {
			continue
		}
		if len(all) >= max(a.most, maxValues) {
			return nil, bad(tooMany, a.name+" would have too many values.")
		}
		if m, ok := one.(map[string]any); ok && m["primary"] == true {
			primary = len(all)
		}
		there[content(one)] = true
		all = append(all, one)
	}
	for i, one := range all {
		if m, ok := one.(map[string]any); ok && primary >= 0 && i != primary && m["primary"] == true {
			m["primary"] = false
		}
	}
	return all, nil
}

// patchEach carries out an operation on a sub-attribute of every value.
func patchEach(in map[string]any, op patchOperation, p *place) error {
	all := list(in[p.attr.name])
	if len(all) == 0 {
		return bad(noTarget, p.attr.name+" has no value.")
	}
	for _, one := range all {
		m, _ := one.(map[string]any)
		if err := set(m, p.sub, op); err != nil {
			return err
		}
	}
	return nil
}

// patchChosen carries out an operation on the values that a filter chooses.
func (k *kind) patchChosen(in map[string]any, op patchOperation, p *place, chosen filter.Expression) error {
	all := list(in[p.attr.name])
	found := false
	kept := make([]any, 0, len(all))
	for _, one := range all {
		m, _ := one.(map[string]any)
		if !match(k, chosen, m, p.attr) {
			kept = append(kept, one)
			continue
		}
		found = true
		switch {
		case p.sub != nil:
			if err := set(m, p.sub, op); err != nil {
				return err
			}
		case op.Op == "remove":
			continue
		default:
			v, err := p.attr.single(op.Value)
			if err != nil {
				return err
			}
			given, _ := v.(map[string]any)
			maps.Copy(m, given)
		}
		kept = append(kept, one)
	}
	in[p.attr.name] = kept
	if found || op.Op == "remove" {
		return nil
	}
	// Section 3.5.2.3 for a replacement. What is added where nothing is chosen
	// becomes a value that would be: Entra ID adds emails[type eq "work"].value.
	e, ok := chosen.(*filter.AttributeExpression)
	if op.Op != "add" || !ok || e.Operator != filter.EQ {
		return bad(noTarget, "The path chooses no value of "+p.attr.name+".")
	}
	m := map[string]any{find(p.attr.sub, e.AttributePath.AttributeName).name: e.CompareValue}
	if p.sub != nil {
		if err := set(m, p.sub, op); err != nil {
			return err
		}
	} else {
		v, err := p.attr.single(op.Value)
		if err != nil {
			return err
		}
		given, _ := v.(map[string]any)
		maps.Copy(m, given)
	}
	in[p.attr.name] = append(kept, m)
	return nil
}

func set(m map[string]any, a *attribute, op patchOperation) error {
	if op.Op == "remove" || op.Value == nil {
		delete(m, a.name)
		return nil
	}
	v, err := a.value(op.Value)
	if err == nil {
		m[a.name] = v
	}
	return err
}

func list(v any) []any {
	all, _ := v.([]any)
	return slices.Clone(all)
}

// keyOf is what a value of an attribute is of: two of the same are of the same thing.
func keyOf(one any) string {
	m, _ := one.(map[string]any)
	if value, ok := m["value"].(string); ok {
		return "=" + value
	}
	return content(one)
}

// content is all that a value says.
func content(one any) string {
	text, err := json.Marshal(one)
	if err != nil {
		return "" // what came as JSON can be written as JSON
	}
	return string(text)
}
