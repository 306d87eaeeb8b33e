package client

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/claviger-id/claviger/storage"
)

// Bounds of a registration, generous for what is reasonable.
const (
	maxID       = 128
	maxName     = 200
	maxURI      = 2048
	maxList     = 100
	maxScope    = 128
	subjectSize = 26
)

// Validate returns every problem of a registration, one per line, or nil.
func Validate(c storage.Client) error { return errors.Join(Problems(c)...) }

// Wrong is what is wrong with a registration, each with a text for who sent it.
type Wrong []error

func (w Wrong) Error() string { return errors.Join(w...).Error() }

// Problems returns every problem of a registration.
func Problems(c storage.Client) []error {
	v := &problems{}
	v.id(c.ID)
	v.name(c.Name)
	v.authentication(c)
	v.grants(c)
	v.redirects(func() { v.uris("redirect URI", c.RedirectURIs, Public(c)) })
	v.uris("post-logout redirect URI", c.PostLogoutRedirectURIs, Public(c))
	if c.BackchannelLogoutURI != "" {
		if why := wrongURI(c.BackchannelLogoutURI, false); why != "" {
			v.add("the backchannel_logout_uri %q %s", c.BackchannelLogoutURI, why)
		}
	}
	v.frontchannel(c)
	v.session(c)
	v.presentation(c)
	v.scopes(c.Scopes)
	v.roles(c.Roles)
	v.audiences("audience", c.Audiences)
	v.audiences("resource URI", c.ResourceURIs)
	v.keys(c)
	v.assertionIssuers(c)
	v.algorithms(c)
	v.subject(c)
	v.profile(c)
	// Nobody agrees in somebody else's name.
	if c.Acting && c.Consent {
		v.add("acting and require_consent exclude each other")
	}
	if c.RequiredACR != "" && !slices.Contains(classes(), c.RequiredACR) {
		v.add("the required_acr %q is none of %s", c.RequiredACR, strings.Join(classes(), ", "))
	}
	return v.sorted()
}

// classes are what package flow issues as acr.
func classes() []string {
	return []string{"urn:claviger:acr:password", "urn:claviger:acr:mfa", "urn:claviger:acr:phishing-resistant"}
}

type problems struct {
	all []error
	// ofRedirects says that what is added is about the redirect URIs.
	ofRedirects bool
}

// redirectError is a problem of the redirect URIs, for which RFC 7591 section
// 3.2.2 has a code of its own.
type redirectError struct{ error }

// AboutRedirects says that the redirect URIs are all that is wrong.
func AboutRedirects(problems []error) bool {
	for _, p := range problems {
		var own redirectError
		if !errors.As(p, &own) {
			return false
		}
	}
	return len(problems) > 0
}

func (v *problems) add(format string, args ...any) {
	err := fmt.Errorf(format, args...)
	if v.ofRedirects {
		err = redirectError{err}
	}
	v.all = append(v.all, err)
}

// redirects runs what looks at the redirect URIs.
func (v *problems) redirects(look func()) {
	v.ofRedirects = true
	look()
	v.ofRedirects = false
}

// sorted makes the order of the problems that of their text: maps have none.
func (v *problems) sorted() []error {
	slices.SortStableFunc(v.all, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return v.all
}

// id: the characters that need no escaping anywhere, and nothing that could be
// taken for a subject (RFC 9700 section 4.15).
func (v *problems) id(id string) {
	const allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~"
	switch {
	case id == "":
		v.add("the client id is missing")
	case len(id) > maxID:
		v.add("the client id is longer than %d characters", maxID)
	case strings.Trim(id, allowed) != "":
		v.add("the client id %q holds something else than letters, digits and - . _ ~", id)
	case len(id) == subjectSize && strings.Trim(id, "abcdefghijklmnopqrstuvwxyz234567") == "":
		v.add("the client id %q looks like the subject of a person", id)
	}
}

func (v *problems) name(name string) {
	switch {
	case strings.TrimSpace(name) == "":
		v.add("the name is missing")
	case utf8.RuneCountInString(name) > maxName:
		v.add("the name is longer than %d characters", maxName)
	case !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }):
		v.add("the name holds characters that cannot be shown")
	}
}

func (v *problems) authentication(c storage.Client) {
	if !slices.Contains(AuthMethods(), AuthMethod(c)) {
		v.add("the authentication method is %q; it can be %s", c.AuthMethod, strings.Join(AuthMethods(), ", "))
		return
	}
	if Public(c) {
		if len(c.Secrets) > 0 {
			v.add("a public client has no secret")
		}
		if c.PKCEOptional {
			v.add("a public client cannot be exempted from PKCE")
		}
		return
	}
	if !HasSecret(c) {
		if len(c.Secrets) > 0 {
			v.add("a client that authenticates with %s has no secret", AuthMethod(c))
		}
		return
	}
	if len(c.Secrets) == 0 {
		v.add("a client that authenticates with %s needs a secret", AuthMethod(c))
	}
	if len(c.Secrets) > 2 {
		v.add("a client has two secrets at most, while one replaces the other")
	}
	for _, s := range c.Secrets {
		if len(s.SHA256) != sha256.Size {
			v.add("a secret is not a SHA-256")
		}
	}
}

func (v *problems) grants(c storage.Client) {
	for _, g := range c.GrantTypes {
		if !slices.Contains(GrantTypes(), g) {
			v.add("the grant type %q is not offered; there are %s", g, strings.Join(GrantTypes(), " and "))
		}
	}
	code := MayUse(c, GrantAuthorizationCode)
	alone := MayUse(c, GrantClientCredentials) || MayUse(c, GrantTokenExchange) || MayUse(c, GrantJWTBearer)
	switch {
	case !code && !alone && !MayUse(c, GrantDeviceCode):
		v.add("the grant type %s is missing, and nothing else begins a grant", GrantAuthorizationCode)
	case !code && !MayUse(c, GrantDeviceCode) && MayUse(c, GrantRefreshToken):
		v.add("the grant type %s needs one that begins a grant", GrantRefreshToken)
	case code && len(c.RedirectURIs) == 0:
		v.redirects(func() { v.add("a redirect URI is missing") })
	}
	if alone && Public(c) {
		v.add("a public client cannot act on its own; the grant types %s and %s are for others", GrantClientCredentials, GrantTokenExchange)
	}
	if slices.Contains(c.Scopes, ScopeOffline) && !MayUse(c, GrantRefreshToken) {
		v.add("the scope %s needs the grant type %s", ScopeOffline, GrantRefreshToken)
	}
}

// frontchannel: OpenID Connect Front-Channel Logout 1.0 section 2. What the
// browser loads unseen belongs to the application.
func (v *problems) frontchannel(c storage.Client) {
	if c.FrontchannelLogoutURI == "" {
		return
	}
	if why := wrongURI(c.FrontchannelLogoutURI, false); why != "" {
		v.add("the frontchannel_logout_uri %q %s", c.FrontchannelLogoutURI, why)
		return
	}
	own, err := url.Parse(c.FrontchannelLogoutURI)
	same := func(uri string) bool {
		u, err := url.Parse(uri)
		return err == nil && u.Scheme == own.Scheme && u.Host == own.Host
	}
	if err != nil || !slices.ContainsFunc(c.RedirectURIs, same) {
		v.add("the frontchannel_logout_uri %q has not the scheme, host and port of a redirect URI", c.FrontchannelLogoutURI)
	}
}

func (v *problems) uris(what string, uris []string, public bool) {
	if len(uris) > maxList {
		v.add("there are more than %d %ss", maxList, what)
		return
	}
	for i, uri := range uris {
		if slices.Contains(uris[:i], uri) {
			v.add("the %s %q is listed twice", what, uri)
			continue
		}
		if why := wrongURI(uri, public); why != "" {
			v.add("the %s %q %s", what, uri, why)
		}
	}
}

// wrongURI says what is wrong with a URI that browsers are sent to, or "":
// https anywhere, http on this machine only, and for applications that are
// installed a private-use scheme in the form of a reversed domain name
// (RFC 8252 sections 7.1, 7.3 and 8.4).
func wrongURI(uri string, public bool) string {
	u, err := url.Parse(uri)
	switch {
	case uri == "" || len(uri) > maxURI:
		return fmt.Sprintf("is not between 1 and %d characters long", maxURI)
	case strings.ContainsFunc(uri, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune("\"'<>\\^`{|}*", r) }):
		return "holds a character that a URI cannot have, or a wildcard"
	case err != nil || !u.IsAbs():
		return "is not an absolute URI"
	case strings.Contains(uri, "#"):
		return "has a fragment" // RFC 6749 section 3.1.2
	case u.User != nil:
		return "holds a user name"
	}
	switch u.Scheme {
	case "https":
		if u.Hostname() == "" {
			return "names no host"
		}
		return ""
	case "http":
		if !thisMachine(u.Hostname()) {
			return "is http; that is for localhost, 127.0.0.1 and [::1] only"
		}
		return ""
	}
	if !public && !strings.Contains(u.Scheme, ".") {
		return "has a scheme that is not https"
	}
	if !strings.Contains(u.Scheme, ".") {
		return "has a scheme that is neither https nor a reversed domain name"
	}
	if !public {
		return "has a scheme of its own; that is for public clients only"
	}
	if u.Opaque != "" {
		return "has no path that begins with a slash"
	}
	return ""
}

func thisMachine(host string) bool {
	address, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && address.IsLoopback()
}

// scopes: scope-token of RFC 6749 section 3.3.
func (v *problems) scopes(scopes []string) {
	if len(scopes) > maxList {
		v.add("there are more than %d scopes", maxList)
		return
	}
	for i, s := range scopes {
		switch {
		case s == "" || len(s) > maxScope || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' || r == '"' || r == '\\' }):
			v.add("%q is not a scope", s)
		case slices.Contains(scopes[:i], s):
			v.add("the scope %q is listed twice", s)
		}
	}
}

var roleName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)

func (v *problems) roles(roles []string) {
	if len(roles) > maxList {
		v.add("there are more than %d required_roles", maxList)
		return
	}
	for i, r := range roles {
		switch {
		case !roleName.MatchString(r):
			v.add("%q is not a role", r)
		case slices.Contains(roles[:i], r):
			v.add("the role %q is listed twice", r)
		}
	}
}

func (v *problems) audiences(what string, audiences []string) {
	if len(audiences) > maxList {
		v.add("there are more than %d %ss", maxList, what)
		return
	}
	for i, a := range audiences {
		switch {
		case a == "" || len(a) > maxURI || strings.ContainsFunc(a, func(r rune) bool { return r <= ' ' || r > '~' }):
			v.add("%q is not an %s", a, what)
		case slices.Contains(audiences[:i], a):
			v.add("the %s %q is listed twice", what, a)
		}
	}
}
