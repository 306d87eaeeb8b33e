package client

import (
	"net/url"
	"slices"
	"strings"

	"github.com/claviger-id/claviger/storage"
)

// Policy is what applications that register themselves may be registered as.
// What is not listed may not.
type Policy struct {
	Scopes, GrantTypes, Profiles, AuthMethods []string
	// Hosts are those that browsers may be sent to: names, "*.example.org" for
	// whatever is below one, or "*" for any host and any private-use scheme.
	Hosts []string
}

// Within is the policy with a lower ceiling of scopes; none means the same one.
func (p Policy) Within(scopes []string) Policy {
	if len(scopes) > 0 {
		p.Scopes = slices.DeleteFunc(slices.Clone(p.Scopes), func(s string) bool { return !slices.Contains(scopes, s) })
	}
	return p
}

// Problems returns everything about a registration that the policy does not
// allow.
func (p Policy) Problems(c storage.Client) []error {
	v := &problems{}
	for _, s := range c.Scopes {
		if !slices.Contains(p.Scopes, s) {
			v.add("the scope %q may not be registered here", s)
		}
	}
	for _, g := range c.GrantTypes {
		if slices.Contains(GrantTypes(), g) && !slices.Contains(p.GrantTypes, g) {
			v.add("the grant type %q may not be registered here", g)
		}
	}
	if slices.Contains(Profiles(), Profile(c)) && !slices.Contains(p.Profiles, Profile(c)) {
		v.add("the profile %q may not be registered here", Profile(c))
	}
	if m := AuthMethod(c); slices.Contains(AuthMethods(), m) && !slices.Contains(p.AuthMethods, m) {
		v.add("the authentication method %q may not be registered here", m)
	}
	v.redirects(func() {
		for _, uri := range c.RedirectURIs {
			p.host(v, "redirect URI", uri)
		}
	})
	for _, uri := range c.PostLogoutRedirectURIs {
		p.host(v, "post-logout redirect URI", uri)
	}
	// RFC 7591 section 5: what people are shown must not lead elsewhere.
	for member, uri := range map[string]string{
		"client_uri": c.ClientURI, "logo_uri": c.LogoURI, "policy_uri": c.PolicyURI, "tos_uri": c.TermsURI,
		"initiate_login_uri": c.InitiateLoginURI, "frontchannel_logout_uri": c.FrontchannelLogoutURI,
	} {
		if uri != "" {
			p.host(v, member, uri)
		}
	}
	// These are words of ours that give power over others: an operator's.
	for member, set := range map[string]bool{
		"audiences": len(c.Audiences) > 0, "resource_uris": len(c.ResourceURIs) > 0, "pkce_optional": c.PKCEOptional,
		"session_idle": c.SessionIdle != 0, "session_absolute": c.SessionAbsolute != 0,
		"assertion_issuers": len(c.AssertionIssuers) > 0, "acting": c.Acting,
	} {
		if set {
			v.add("%s is for an operator to register", member)
		}
	}
	return v.sorted()
}

func (p Policy) host(v *problems, what, uri string) {
	u, err := url.Parse(uri)
	if err != nil || p.allows(strings.ToLower(u.Hostname())) {
		return // what cannot be read is told of already
	}
	v.add("the %s %q leads to a host that may not be registered here", what, uri)
}

func (p Policy) allows(host string) bool {
	return slices.ContainsFunc(p.Hosts, func(allowed string) bool {
		below, wild := strings.CutPrefix(allowed, "*")
		switch {
		case allowed == "*":
			return true
		case host == "":
			return false // a private-use scheme
		case wild:
			return strings.HasSuffix(host, below) && len(host) > len(below)
		}
		return host == allowed
	})
}
