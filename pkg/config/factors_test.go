package config_test

import (
	"testing"

	"github.com/claviger-id/claviger/pkg/config"
)

func TestFactorsOf(t *testing.T) {
	f := config.Factors{Required: "mfa", Roles: map[string]string{"admin": "phishing-resistant", "clerk": "password", "nurse": "mfa"}}
	for name, test := range map[string]struct {
		roles []string
		want  string
	}{
		"no role":      {nil, "mfa"},
		"another role": {[]string{"visitor"}, "mfa"},
		"a lesser one": {[]string{"clerk"}, "password"},
		"the stricter": {[]string{"clerk", "admin", "nurse"}, "phishing-resistant"},
		"beside one":   {[]string{"visitor", "clerk"}, "password"},
	} {
		if got := f.Of(test.roles); got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
}
