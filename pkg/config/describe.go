package config

import (
	"cmp"
	"encoding"
	"fmt"
	"net/url"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// Value is one key of a configuration as it holds.
type Value struct {
	Key string `json:"key"`
	// Value is a text, a number, a truth value or a list of them.
	Value any `json:"value"`
	// From is where it comes from: default, or the name of a file.
	From string `json:"from"`
}

const fromDefault = "default"

// Describe lists every key of c in the order of the reference, with where it comes
// from: the file at path, or the defaults. A path may be empty. No secret is in a
// configuration but what somebody put into a URL, which is left out.
func Describe(c Config, path string) ([]Value, error) {
	written := map[string]any{}
	if path != "" {
		text, err := os.ReadFile(path) //nolint:gosec // the operator names the file
		if err != nil {
			return nil, fmt.Errorf("configuration: %w", err)
		}
		if err := toml.Unmarshal(text, &written); err != nil {
			return nil, fmt.Errorf("configuration: %w", err)
		}
	}
	d := describing{path: path}
	d.table("", reflect.ValueOf(c), written, false)
	return d.values, nil
}

type describing struct {
	path   string
	values []Value
}

// table lists the members of a struct or the entries of a map. In an entry of a map, what
// is empty and was not written is as for everybody, and not a value that holds.
func (d *describing) table(prefix string, v reflect.Value, written map[string]any, entry bool) {
	member := func(name string, value reflect.Value) {
		in, ok := written[name]
		if entry && !ok && value.IsZero() {
			return
		}
		d.value(prefix+name, value, in, ok, entry)
	}
	if v.Kind() == reflect.Map {
		names := v.MapKeys()
		slices.SortFunc(names, func(a, b reflect.Value) int { return cmp.Compare(a.String(), b.String()) })
		for _, name := range names {
			in, ok := written[name.String()]
			d.value(prefix+name.String(), v.MapIndex(name), in, ok, true)
		}
		return
	}
	for i := range v.NumField() {
		field := v.Type().Field(i)
		switch name := field.Tag.Get("toml"); {
		case name != "":
			member(name, v.Field(i))
		case field.Anonymous: // its members are written as if they were the struct's own
			d.table(prefix, v.Field(i), written, entry)
		}
	}
}

func (d *describing) value(key string, v reflect.Value, written any, ok, entry bool) {
	_, isText := v.Interface().(encoding.TextMarshaler)
	if kind := v.Kind(); !isText && (kind == reflect.Struct || kind == reflect.Map) {
		inner, _ := written.(map[string]any)
		d.table(key+".", v, inner, entry)
		return
	}
	from := fromDefault
	if ok {
		from = d.path
	}
	shown := plain(v)
	if strings.HasSuffix(key, "url") {
		shown = withoutSecrets(fmt.Sprint(shown))
	}
	d.values = append(d.values, Value{Key: key, Value: shown, From: from})
}

// plain is a value as it would be written.
func plain(v reflect.Value) any {
	if m, ok := v.Interface().(encoding.TextMarshaler); ok {
		text, err := m.MarshalText()
		if err != nil {
			return err.Error()
		}
		return string(text)
	}
	switch v.Kind() {
	case reflect.Slice:
		list := []any{}
		for i := range v.Len() {
			list = append(list, plain(v.Index(i)))
		}
		return list
	case reflect.Struct:
		members := map[string]any{}
		for i := range v.NumField() {
			if name := v.Type().Field(i).Tag.Get("toml"); name != "" {
				members[name] = plain(v.Field(i))
			}
		}
		return members
	default:
		return v.Interface()
	}
}

// withoutSecrets is a URL without what may let somebody in: a password, a query.
func withoutSecrets(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return "(not shown)"
	}
	if u.User != nil {
		u.User = url.User("…")
	}
	if u.RawQuery != "" {
		u.RawQuery = "…"
	}
	return u.String()
}
