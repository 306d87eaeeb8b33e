package client

import (
	"net/url"
	"strings"

	"github.com/claviger-id/claviger/storage"
)

// The kinds of application (OpenID Connect Dynamic Client Registration section
// 2).
const (
	ApplicationWeb    = "web"
	ApplicationNative = "native"
)

// presentation: what the application says of itself, to people and operators.
func (v *problems) presentation(c storage.Client) {
	for member, uri := range map[string]string{
		"client_uri": c.ClientURI, "logo_uri": c.LogoURI, "policy_uri": c.PolicyURI, "tos_uri": c.TermsURI,
	} {
		if uri == "" {
			continue
		}
		if why := wrongURI(uri, false); why != "" {
			v.add("the %s %q %s", member, uri, why)
		}
	}
	// OpenID Connect Dynamic Client Registration section 2: it MUST be https.
	if u := c.InitiateLoginURI; u != "" && (wrongURI(u, false) != "" || !strings.HasPrefix(u, "https://")) {
		v.add("the initiate_login_uri %q is not an https address", u)
	}
	if len(c.Contacts) > maxList {
		v.add("there are more than %d contacts", maxList)
	}
	for what, all := range map[string][]string{
		"contact": c.Contacts, "software_id": {c.SoftwareID}, "software_version": {c.SoftwareVersion},
	} {
		for _, text := range all {
			if len(text) > maxName || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\uFFFD' }) {
				v.add("a %s is longer than %d bytes, or holds characters that cannot be shown", what, maxName)
			}
		}
	}
	switch c.ApplicationType {
	case "", ApplicationNative:
	case ApplicationWeb:
		v.redirects(func() { v.web(c.RedirectURIs) })
	default:
		v.add("the application_type is %q; it can be %s or %s", c.ApplicationType, ApplicationWeb, ApplicationNative)
	}
}

// web: a scheme of its own is for what is installed.
func (v *problems) web(uris []string) {
	for _, uri := range uris {
		if u, err := url.Parse(uri); err == nil && u.Scheme != "https" && u.Scheme != "http" && wrongURI(uri, true) == "" {
			v.add("the redirect URI %q is for application_type %s", uri, ApplicationNative)
		}
	}
}
