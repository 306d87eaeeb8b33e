package web_test

import (
	"net/http/httptest"
	"testing"

	"github.com/claviger-id/claviger/pkg/web"
)

func TestAddress(t *testing.T) {
	for name, c := range map[string]struct {
		trusted   []string
		peer      string
		forwarded []string
		want      string
	}{
		"no proxy":                 {nil, "192.0.2.1:1", nil, "192.0.2.1"},
		"nobody is trusted":        {nil, "192.0.2.1:1", []string{"203.0.113.9"}, "192.0.2.1"},
		"the peer is not trusted":  {[]string{"10.0.0.0/8"}, "192.0.2.1:1", []string{"203.0.113.9"}, "192.0.2.1"},
		"one proxy":                {[]string{"10.0.0.0/8"}, "10.0.0.1:1", []string{"203.0.113.9"}, "203.0.113.9"},
		"the client lies":          {[]string{"10.0.0.0/8"}, "10.0.0.1:1", []string{"198.51.100.7, 203.0.113.9"}, "203.0.113.9"},
		"the client lies in a row": {[]string{"10.0.0.0/8"}, "10.0.0.1:1", []string{"10.9.9.9, 203.0.113.9"}, "203.0.113.9"},
		"two proxies":              {[]string{"10.0.0.0/8"}, "10.0.0.1:1", []string{"198.51.100.7, 203.0.113.9, 10.0.0.2"}, "203.0.113.9"},
		"two header lines":         {[]string{"10.0.0.0/8"}, "10.0.0.1:1", []string{"198.51.100.7", "203.0.113.9"}, "203.0.113.9"},
		"only proxies":             {[]string{"10.0.0.0/8"}, "10.0.0.1:1", []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
		"garbage":                  {[]string{"10.0.0.0/8"}, "10.0.0.1:1", []string{"203.0.113.9, unknown"}, "10.0.0.1"},
		"empty":                    {[]string{"10.0.0.0/8"}, "10.0.0.1:1", []string{""}, "10.0.0.1"},
		"no header":                {[]string{"10.0.0.0/8"}, "10.0.0.1:1", nil, "10.0.0.1"},
		"a port":                   {[]string{"10.0.0.1"}, "10.0.0.1:1", []string{"203.0.113.9:4711"}, "203.0.113.9"},
		"IPv6":                     {[]string{"fd00::/8"}, "[fd00::1]:1", []string{"2001:db8::7"}, "2001:db8::7"},
		"IPv6 in brackets":         {[]string{"fd00::/8"}, "[fd00::1]:1", []string{"[2001:db8::7]:80"}, "2001:db8::7"},
		"IPv4 in IPv6":             {[]string{"10.0.0.0/8"}, "[::ffff:10.0.0.1]:1", []string{"::ffff:203.0.113.9"}, "203.0.113.9"},
		"no peer":                  {nil, "@", nil, "invalid IP"},
	} {
		proxies, err := web.ParseProxies(c.trusted)
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = c.peer
		for _, v := range c.forwarded {
			r.Header.Add("X-Forwarded-For", v)
		}
		if got := proxies.Address(r).String(); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
	for _, bad := range []string{"", "10.0.0.0/33", "proxy.example", "10.0.0"} {
		if _, err := web.ParseProxies([]string{bad}); err == nil {
			t.Errorf("ParseProxies(%q): accepted", bad)
		}
	}
}
