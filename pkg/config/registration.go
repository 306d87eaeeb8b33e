package config

import (
	"strings"
	"time"
)

func (c Config) registration(k *check) {
	r := c.Registration
	k.that(r.Enabled || !r.InsecureOpen, "registration.insecure_open: without registration.enabled it opens nothing")
	for name, values := range map[string][]string{
		"scopes": r.Scopes, "grant_types": r.GrantTypes, "profiles": r.Profiles, "auth_methods": r.AuthMethods, "redirect_hosts": r.RedirectHosts,
	} {
		k.that(len(values) > 0 || !r.Enabled, "registration.%s: what is not listed may not be registered, and this list is empty", name)
		for _, v := range values {
			k.that(v != "" && !strings.ContainsAny(v, " \t\r\n"), "registration.%s: %q is not one word", name, v)
		}
	}
	for _, h := range r.RedirectHosts {
		name := strings.TrimPrefix(h, "*.")
		k.that(h == "*" || name != "" && strings.ToLower(name) == name && !strings.ContainsAny(name, "*/:@?"),
			"registration.redirect_hosts: %q is neither a host name in lower case, nor one after \"*.\", nor \"*\"", h)
	}
	for name, d := range map[string]Duration{"unused": r.Unused, "secret_life": r.SecretLife} {
		k.that(d.bad == "", "registration.%s: %q is not a duration such as 720h", name, d.bad)
		never := name == "secret_life" && d.Duration == 0
		k.that(d.bad != "" || never || d.Duration >= time.Hour, "registration.%s: %v is less than an hour", name, d.Duration)
	}
	k.that(r.PerHour >= 1 && r.PerHour <= 10000, "registration.per_hour: %d is not between 1 and 10000", r.PerHour)
	k.that(r.MaxClients >= 1 && r.MaxClients <= 100000, "registration.max_clients: %d is not between 1 and 100000", r.MaxClients)
}
