package web_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/claviger-id/claviger/pkg/web"
)

func TestForm(t *testing.T) {
	m := browser(io.Discard)
	var got url.Values
	read := func(_ http.ResponseWriter, r *http.Request) (err error) {
		got, err = web.Form(r)
		return err
	}
	m.Handle("POST /small", read)
	m.HandleRoute(web.Route{Pattern: "POST /large", Handler: read, MaxBody: 64 << 10})
	const form = "application/x-www-form-urlencoded"
	for name, c := range map[string]struct {
		path, media, body string
		status            int
	}{
		"good":            {"/small?b=query", form, "a=1&b=2", 200},
		"with charset":    {"/small", form + "; charset=utf-8", "a=1", 200},
		"empty":           {"/small", form, "", 200},
		"at the limit":    {"/small", form, "a=" + strings.Repeat("x", 8<<10-2), 200},
		"over the limit":  {"/small", form, "a=" + strings.Repeat("x", 8<<10-1), 413},
		"a larger limit":  {"/large", form, "a=" + strings.Repeat("x", 10<<10), 200},
		"no media type":   {"/small", "", "a=1", 415},
		"JSON":            {"/small", "application/json", "{}", 415},
		"multipart":       {"/small", "multipart/form-data; boundary=x", "--x--", 415},
		"bad escape":      {"/small", form, "a=%zz", 400},
		"semicolon":       {"/small", form, "a=1;b=2", 400},
		"NUL":             {"/small", form, "a=%00", 400},
		"not UTF-8":       {"/small", form, "a=%ff", 400},
		"NUL in the name": {"/small", form, "a%00=1", 400},
	} {
		got = nil
		r := httptest.NewRequest("POST", "https://example.com"+c.path, strings.NewReader(c.body))
		if c.media != "" {
			r.Header.Set("Content-Type", c.media)
		}
		resp := do(m, r)
		if resp.StatusCode != c.status {
			t.Errorf("%s: %d %s, want %d", name, resp.StatusCode, body(t, resp), c.status)
		}
		if name == "good" && got.Encode() != "a=1&b=2" {
			t.Errorf("good: %v: the query is no part of the form", got)
		}
	}
}

func TestQuery(t *testing.T) {
	for query, ok := range map[string]bool{
		"a=1&b=2": true, "": true, "a=1&a=2": true, "a=%zz": false, "a=1;b=2": false, "a=%00": false, "a=%ff": false,
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.URL.RawQuery = query
		if _, err := web.Query(r); (err == nil) != ok || err != nil && web.Status(err) != 400 {
			t.Errorf("%q: %v", query, err)
		}
	}
}

func TestRepeated(t *testing.T) {
	for query, want := range map[string]string{
		"a=1&b=2":                 "",
		"a=1&a=1":                 "a",
		"c=1&c=2&b=&b=":           "b",
		"resource=1&resource=2":   "",
		"resource=1&resource=2&x": "",
	} {
		values, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		if got := web.Repeated(values, "resource"); got != want {
			t.Errorf("%q: %q, want %q", query, got, want)
		}
	}
}

func FuzzForm(f *testing.F) {
	for _, s := range []string{"a=1", "a=%00", "a=%zz", "&&=;", "%ff=1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r := httptest.NewRequest("POST", "/", strings.NewReader(s))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		values, err := web.Form(r)
		if err != nil {
			if status := web.Status(err); status != 400 {
				t.Fatalf("%q: status %d", s, status)
			}
			return
		}
		again, err := url.ParseQuery(values.Encode())
		if err != nil || again.Encode() != values.Encode() {
			t.Fatalf("%q does not come back: %v", s, err)
		}
	})
}
