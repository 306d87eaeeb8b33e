package config

import (
	"strings"
	"testing"
)

// TestOtherKinds: a value of another kind is told in words of who wrote it.
func TestOtherKinds(t *testing.T) {
	for text, want := range map[string]string{
		"[public]\nlisten = 8080":                "c.toml:2:10: public.listen: 8080 is a number; what is expected is a text in quotes, such as \"127.0.0.1:8080\"",
		"[mail]\nport = \"hunter2\"":             "c.toml:2:8: mail.port: there is a text; what is expected is a whole number, such as 587",
		"[mail]\nport = 1.5":                     "mail.port: 1.5 is a number; what is expected is a whole number, such as 587",
		"[mail]\nnew_browser = \"yes\"":          "mail.new_browser: there is a text; what is expected is true or false, such as true",
		"[outbound]\nallow = \"10.0.0.0/8\"":     "outbound.allow: there is a text; what is expected is a list of texts",
		"[outbound]\nallow = [10]":               "outbound.allow: there is a number; what is expected is a text in quotes",
		"public = 3":                             "public: 3 is a number; what is expected is a table, [public]",
		"[agreement]\ndocuments = 1":             "agreement.documents: 1 is a number; what is expected is a list of tables, [[agreement.documents]]",
		"[[agreement.documents]]\nversion = 1":   "agreement.documents.version: there is a number; what is expected is a text in quotes",
		"[session.roles]\nnurse = true":          "session.roles.nurse: true is true or false; what is expected is a table, [session.roles.nurse]",
		"[public]\nlisten = 2026-11-30":          "public.listen: there is a local date; what is expected is a text in quotes",
		"[mail]\nport = 99999999999999999999999": "decimal number is too large",
	} {
		_, err := Parse("c.toml", []byte(text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q:\n got %v\nwant %s", text, err, want)
		}
		if err != nil && (strings.Contains(err.Error(), "config.") || strings.Contains(err.Error(), "hunter2")) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
