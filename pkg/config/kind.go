package config

import (
	"fmt"
	"reflect"
	"regexp"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// otherKind is what the library says of a value that is of another kind than its key.
var otherKind = regexp.MustCompile(`^toml: cannot decode TOML ([a-z -]+) into (?:struct field \S+ of type )?(\S+)$`)

// found and expected are the kinds in words of an operator.
var (
	found = map[string]string{
		"integer": "a number", "float": "a number", "string": "a text", "boolean": "true or false", "array": "a list", "inline table": "a table", "table": "a table",
	}
	expected = map[string]string{
		"string": "a text in quotes", "int": "a whole number", "bool": "true or false", "[]string": "a list of texts", "config.Duration": "a time in quotes",
	}
)

// told is what is wrong with a value, without the names of this program's insides.
func told(bad *toml.DecodeError, text []byte) string {
	m := otherKind.FindStringSubmatch(bad.Error())
	if m == nil {
		return strings.TrimPrefix(bad.Error(), "toml: ")
	}
	key := strings.Join(bad.Key(), ".")
	is, ok := found[m[1]]
	if !ok {
		is = "a " + m[1]
	}
	want, ok := expected[m[2]]
	switch {
	case !ok && strings.HasPrefix(m[2], "[]"):
		want = "a list of tables, [[" + key + "]]"
	case !ok:
		want = "a table, [" + key + "]"
	}
	what := "there is " + is
	if value, ok := written(text, bad.Key()); ok {
		what = value + " is " + is
	}
	return fmt.Sprintf("%s: %s; what is expected is %s%s", key, what, want, example(bad.Key()))
}

// written is a number or a truth value as it stands in the file; texts may be secrets.
func written(text []byte, key []string) (string, bool) {
	var at any
	whole := map[string]any{}
	if toml.Unmarshal(text, &whole) != nil {
		return "", false
	}
	at = whole
	for _, name := range key {
		table, ok := at.(map[string]any)
		if !ok {
			return "", false
		}
		at = table[name]
	}
	switch at.(type) {
	case int64, float64, bool:
		return fmt.Sprint(at), true
	}
	return "", false
}

// example is what the key is by default, where that shows how it is written.
func example(key []string) string {
	v := reflect.ValueOf(Default())
	for _, name := range key {
		if v.Kind() != reflect.Struct {
			return ""
		}
		member := reflect.Value{}
		for i := range v.NumField() {
			if v.Type().Field(i).Tag.Get("toml") == name {
				member = v.Field(i)
			}
		}
		if !member.IsValid() {
			return ""
		}
		v = member
	}
	switch {
	case v.IsZero():
		return ""
	case v.Kind() == reflect.String:
		return fmt.Sprintf(", such as %q", v.String())
	case v.Kind() == reflect.Int || v.Kind() == reflect.Bool:
		return fmt.Sprintf(", such as %v", v.Interface())
	}
	return ""
}
