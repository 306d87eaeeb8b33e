package scim

import (
	"cmp"
	"strings"
	"time"

	"github.com/scim2/filter-parser/v2"
)

// Bounds of a filter.
const (
	maxFilter  = 2000
	maxDepth   = 20
	maxAnchors = 20
)

// parseFilter reads a filter (RFC 7644 section 3.4.2.2) over attributes that there
// are.
func parseFilter(k *kind, text string) (filter.Expression, error) {
	if len(text) > maxFilter || deep(text) {
		return nil, bad(invalidFilter, "The filter is too long, or too deep.")
	}
	e, err := filter.ParseFilter([]byte(text))
	if err != nil {
		return nil, &Error{Status: 400, Type: invalidFilter, Detail: "The filter cannot be read.", Cause: err}
	}
	return e, checkFilter(k, e, nil)
}

// deep says that parentheses and brackets stand deeper in one another than any
// filter needs.
func deep(text string) bool {
	depth := 0
	for _, c := range text {
		switch c {
		case '(', '[':
			depth++
		case ')', ']':
			depth--
		}
		if depth > maxDepth {
			return true
		}
	}
	return false
}

// checkFilter refuses a filter over an attribute that there is not. Within brackets,
// of is the attribute whose values are meant.
func checkFilter(k *kind, e filter.Expression, of *attribute) error {
	switch e := e.(type) {
	case *filter.LogicalExpression:
		if err := checkFilter(k, e.Left, of); err != nil {
			return err
		}
		return checkFilter(k, e.Right, of)
	case *filter.NotExpression:
		return checkFilter(k, e.Expression, of)
	case *filter.ValuePath:
		p := at(k, e.AttributePath, of)
		if p == nil || of != nil || !p.attr.multi || len(p.attr.sub) == 0 {
			return bad(invalidFilter, "The filter names an attribute that does not exist, or has no values to choose from.")
		}
		return checkFilter(k, e.ValueFilter, p.attr)
	case *filter.AttributeExpression:
		if at(k, e.AttributePath, of) == nil {
			return bad(invalidFilter, "The filter names an attribute that does not exist.")
		}
	}
	return nil
}

// at is what a path of a filter means: within brackets a sub-attribute.
func at(k *kind, path filter.AttributePath, of *attribute) *place {
	if of == nil {
		return k.locate(path.URI(), path.AttributeName, path.SubAttributeName())
	}
	if sub := find(of.sub, path.AttributeName); sub != nil && path.SubAttributeName() == "" {
		return &place{attr: of, sub: sub}
	}
	return nil
}

// matches says whether a resource is one of those that a filter chooses.
func matches(k *kind, e filter.Expression, resource map[string]any) bool {
	return match(k, e, resource, nil)
}

// match does so; within brackets for one value of an attribute.
func match(k *kind, e filter.Expression, in map[string]any, of *attribute) bool {
	switch e := e.(type) {
	case nil:
		return true
	case *filter.LogicalExpression:
		if e.Operator == filter.AND {
			return match(k, e.Left, in, of) && match(k, e.Right, in, of)
		}
		return match(k, e.Left, in, of) || match(k, e.Right, in, of)
	case *filter.NotExpression:
		return !match(k, e.Expression, in, of)
	case *filter.ValuePath:
		p := at(k, e.AttributePath, nil)
		if p.extended {
			in, _ = in[k.extension].(map[string]any)
		}
		values, _ := in[p.attr.name].([]any)
		for _, v := range values {
			if m, ok := v.(map[string]any); ok && match(k, e.ValueFilter, m, p.attr) {
				return true
			}
		}
		return false
	case *filter.AttributeExpression:
		p := at(k, e.AttributePath, of)
		if p.extended {
			in, _ = in[k.extension].(map[string]any)
		}
		values, leaf := valuesOf(p, in, of)
		if e.Operator == filter.PR {
			return len(values) > 0
		}
		for _, v := range values {
			if compare(leaf, v, e.Operator, e.CompareValue) {
				return true
			}
		}
		// What is absent is not equal to anything.
		return len(values) == 0 && (e.Operator == filter.NE) == (e.CompareValue != nil) && (e.Operator == filter.NE || e.Operator == filter.EQ)
	}
	return false
}

// valuesOf are the values at a place, and the attribute that they are of.
func valuesOf(p *place, in map[string]any, of *attribute) ([]any, *attribute) {
	if of != nil {
		return present(in[p.sub.name]), p.sub
	}
	value := in[p.attr.name]
	leaf := p.sub
	if leaf == nil {
		if len(p.attr.sub) == 0 {
			return present(value), p.attr
		}
		// RFC 7644 section 3.4.2.2: the value of a multi-valued attribute.
		if leaf = find(p.attr.sub, "value"); leaf == nil {
			return present(value), p.attr
		}
	}
	switch value := value.(type) {
	case map[string]any:
		return present(value[leaf.name]), leaf
	case []any:
		var all []any
		for _, one := range value {
			if m, ok := one.(map[string]any); ok {
				all = append(all, present(m[leaf.name])...)
			}
		}
		return all, leaf
	}
	return nil, leaf
}

func present(v any) []any {
	switch v := v.(type) {
	case nil:
		return nil
	case string:
		if v == "" {
			return nil
		}
	case []any:
		return v
	}
	return []any{v}
}

// compare compares a value as its attribute has it.
func compare(a *attribute, value any, op filter.CompareOperator, with any) bool {
	switch value := value.(type) {
	case bool:
		w, ok := with.(bool)
		if s, is := with.(string); is { // Entra ID writes booleans as strings
			w, ok = strings.EqualFold(s, "true"), strings.EqualFold(s, "true") || strings.EqualFold(s, "false")
		}
		return ok && (op == filter.EQ && value == w || op == filter.NE && value != w)
	case string:
		w, ok := with.(string)
		if !ok {
			return op == filter.NE
		}
		if a.kind == "dateTime" {
			x, err := time.Parse(time.RFC3339Nano, value)
			y, err2 := time.Parse(time.RFC3339Nano, w)
			return err == nil && err2 == nil && ordered(op, x.Compare(y))
		}
		if !a.caseExact {
			value, w = strings.ToLower(value), strings.ToLower(w)
		}
		switch op {
		case filter.CO:
			return strings.Contains(value, w)
		case filter.SW:
			return strings.HasPrefix(value, w)
		case filter.EW:
			return strings.HasSuffix(value, w)
		}
		return ordered(op, cmp.Compare(value, w))
	}
	return false
}

func ordered(op filter.CompareOperator, c int) bool {
	switch op {
	case filter.EQ:
		return c == 0
	case filter.NE:
		return c != 0
	case filter.GT:
		return c > 0
	case filter.GE:
		return c >= 0
	case filter.LT:
		return c < 0
	case filter.LE:
		return c <= 0
	}
	return false
}

// anchor is an equality by which an index finds the few resources that a filter
// can choose.
type anchor struct{ by, value string }

// anchors finds equalities of which one holds for everything that a filter
// chooses, among attributes that have an index. Without any, what the filter
// chooses could only be found by looking at everybody, which is refused.
func anchors(k *kind, e filter.Expression, indexed []string) ([]anchor, error) {
	all, ok := anchored(k, e, nil, indexed)
	if !ok || len(all) > maxAnchors {
		return nil, bad(invalidFilter, "Filters have to say what one of these is equal to: "+strings.Join(indexed, ", ")+
			". Others would be a look at everybody, which is not done.")
	}
	return all, nil
}

func anchored(k *kind, e filter.Expression, of *attribute, indexed []string) ([]anchor, bool) {
	switch e := e.(type) {
	case *filter.LogicalExpression:
		left, ok := anchored(k, e.Left, of, indexed)
		right, also := anchored(k, e.Right, of, indexed)
		if e.Operator == filter.OR {
			return append(left, right...), ok && also
		}
		if ok {
			return left, true
		}
		return right, also
	case *filter.ValuePath:
		return anchored(k, e.ValueFilter, at(k, e.AttributePath, nil).attr, indexed)
	case *filter.AttributeExpression:
		value, ok := e.CompareValue.(string)
		if e.Operator != filter.EQ || !ok {
			return nil, false
		}
		p := at(k, e.AttributePath, of)
		name := p.attr.name
		if p.sub != nil && p.sub.name != "value" {
			name += "." + p.sub.name
		}
		for _, i := range indexed {
			if i == name {
				return []anchor{{name, value}}, true
			}
		}
	}
	return nil, false
}
