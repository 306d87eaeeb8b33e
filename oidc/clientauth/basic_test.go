package clientauth

import (
	"encoding/base64"
	"net/url"
	"testing"
)

func FuzzBasic(f *testing.F) {
	f.Add("portal", "secret")
	f.Add("a:b", "c:d %")
	f.Add("", "é")
	f.Fuzz(func(t *testing.T, id, token string) {
		header := "Basic " + base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(id)+":"+url.QueryEscape(token)))
		got, ok := basic(header)
		if !ok || got.id != id || got.secret != token {
			t.Fatalf("%q, %q: %+v, %t", id, token, got, ok)
		}
		_, _ = basic("Basic " + id) // must not panic
	})
}
