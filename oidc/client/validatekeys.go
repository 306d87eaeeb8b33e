package client

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"github.com/claviger-id/claviger/storage"
)

// maxJWKS is the largest key set that is registered by value, in bytes.
const maxJWKS = 64 << 10

// keys: what verifies the client's signatures, and what its certificate is
// recognised by.
func (v *problems) keys(c storage.Client) {
	if len(c.JWKS) > 0 && c.JWKSURI != "" {
		v.add("there are keys by value and by address; one of jwks and jwks_uri is enough") // RFC 7591 section 2
	}
	if len(c.JWKS) > maxJWKS || len(c.JWKS) > 0 && !keySet(c.JWKS) {
		v.add("the jwks is not a set of public keys of at most %d bytes", maxJWKS)
	}
	if c.JWKSURI != "" {
		if why := wrongURI(c.JWKSURI, false); why != "" {
			v.add("the jwks_uri %q %s", c.JWKSURI, why)
		}
	}
	hasKeys := len(c.JWKS) > 0 || c.JWKSURI != ""
	switch method := AuthMethod(c); {
	case (method == AuthPrivateKey || method == AuthSelfSignedTLS) && !hasKeys:
		v.add("a client that authenticates with %s needs jwks or jwks_uri", method)
	case method == AuthTLS && names(c.TLSSubject) != 1:
		v.add("a client that authenticates with %s needs exactly one name of its certificate", method)
	case method != AuthTLS && c.TLSSubject != nil:
		v.add("the name of a certificate is for clients that authenticate with %s", AuthTLS)
	}
	if (c.RequireSignedRequest || c.RequestObjectAlg != "") && !hasKeys {
		v.add("signed requests need jwks or jwks_uri")
	}
}

// maxIssuer bounds the name of an issuer: it becomes part of subjects, which
// have 255 characters at most (OpenID Connect Core section 2).
const maxIssuer = 120

// assertionIssuers: whose assertions are taken.
func (v *problems) assertionIssuers(c storage.Client) {
	if MayUse(c, GrantJWTBearer) != (len(c.AssertionIssuers) > 0) {
		v.add("the grant type %s needs assertion_issuers, and they it", GrantJWTBearer)
	}
	if len(c.AssertionIssuers) > maxList {
		v.add("there are more than %d assertion issuers", maxList)
		return
	}
	for i, one := range c.AssertionIssuers {
		switch {
		case one.Issuer == "" || len(one.Issuer) > maxIssuer || strings.ContainsFunc(one.Issuer, func(r rune) bool { return r <= ' ' || r > '~' || r == '#' }):
			v.add("the assertion issuer %q is not between 1 and %d printable characters without #", one.Issuer, maxIssuer)
		case slices.ContainsFunc(c.AssertionIssuers[:i], func(o storage.AssertionIssuer) bool { return o.Issuer == one.Issuer }):
			v.add("the assertion issuer %q is listed twice", one.Issuer)
		case (len(one.JWKS) > 0) == (one.JWKSURI != ""):
			v.add("the assertion issuer %q needs jwks or jwks_uri, and not both", one.Issuer)
		case len(one.JWKS) > maxJWKS || len(one.JWKS) > 0 && !keySet(one.JWKS):
			v.add("the jwks of the assertion issuer %q is not a set of public keys of at most %d bytes", one.Issuer, maxJWKS)
		case one.JWKSURI != "" && wrongURI(one.JWKSURI, false) != "":
			v.add("the jwks_uri of the assertion issuer %q %s", one.Issuer, wrongURI(one.JWKSURI, false))
		}
	}
}

// keySet looks at the members alone; who verifies with a key judges it again.
func keySet(text []byte) bool {
	var set struct {
		Keys []map[string]json.RawMessage `json:"keys"`
	}
	if json.Unmarshal(text, &set) != nil || len(set.Keys) == 0 {
		return false
	}
	for _, k := range set.Keys {
		for _, private := range []string{"d", "p", "q", "dp", "dq", "qi", "k"} {
			if _, ok := k[private]; ok {
				return false
			}
		}
		if _, ok := k["kty"]; !ok {
			return false
		}
	}
	return true
}

func names(s *storage.TLSSubject) int {
	if s == nil {
		return 0
	}
	n := 0
	for _, name := range []string{s.DN, s.DNS, s.URI, s.IP, s.Email} {
		if name != "" {
			n++
		}
	}
	return n
}

func (v *problems) algorithms(c storage.Client) {
	for what, alg := range map[string]string{
		"ID tokens": c.IDTokenAlg, "access tokens": c.AccessTokenAlg, "UserInfo": c.UserinfoAlg,
		"introspection": c.IntrospectionAlg, "authorization responses": c.AuthorizationAlg,
	} {
		if alg != "" && !slices.Contains(Algorithms(), alg) {
			v.add("the algorithm of %s is %q; it can be %s", what, alg, strings.Join(Algorithms(), " or "))
		}
	}
	for what, alg := range map[string]string{"assertions": c.AuthAlg, "request objects": c.RequestObjectAlg} {
		if alg != "" && !slices.Contains(signedWith(c, ""), alg) {
			v.add("the algorithm of %s is %q; it can be %s", what, alg, strings.Join(signedWith(c, ""), " or "))
		}
	}
}

// subject: OpenID Connect Core section 8.1.
func (v *problems) subject(c storage.Client) {
	if c.SectorURI != "" {
		if why := wrongURI(c.SectorURI, false); why != "" || !strings.HasPrefix(c.SectorURI, "https://") {
			v.add("the sector_identifier_uri %q is not an https address", c.SectorURI)
		}
	}
	switch c.SubjectType {
	case "", SubjectPublic:
		return
	case SubjectPairwise:
	default:
		v.add("the subject type is %q; it can be %s or %s", c.SubjectType, SubjectPublic, SubjectPairwise)
		return
	}
	if c.SectorURI != "" {
		return
	}
	hosts := map[string]bool{}
	for _, uri := range c.RedirectURIs {
		if u, err := url.Parse(uri); err == nil {
			hosts[u.Hostname()] = true
		}
	}
	if len(hosts) > 1 {
		v.add("the redirect URIs of a pairwise client have several hosts; it needs a sector_identifier_uri")
	}
}

// profile: whatever contradicts the client's profile, all of it.
func (v *problems) profile(c storage.Client) {
	if !slices.Contains(Profiles(), Profile(c)) {
		v.add("the profile is %q; it can be %s", c.Profile, strings.Join(Profiles(), ", "))
		return
	}
	switch Profile(c) {
	case ProfileSMART:
		v.smart(c)
		return
	case ProfileFAPI2:
	default:
		return
	}
	// FAPI 2.0 Security Profile sections 5.3.2.1, 5.3.2.2 and 5.4.1.
	if m := AuthMethod(c); m != AuthPrivateKey && m != AuthTLS && m != AuthSelfSignedTLS {
		v.add("profile fapi2: clients authenticate with %s, %s or %s, not with %s", AuthPrivateKey, AuthTLS, AuthSelfSignedTLS, m)
	}
	if !SenderConstrained(c) {
		v.add("profile fapi2: access tokens are bound to a key (dpop_bound_access_tokens) or a certificate (tls_client_certificate_bound_access_tokens)")
	}
	if c.PKCEOptional {
		v.add("profile fapi2: there is no exemption from PKCE")
	}
	for what, alg := range map[string]string{
		"ID tokens": c.IDTokenAlg, "access tokens": c.AccessTokenAlg, "UserInfo": c.UserinfoAlg,
		"introspection": c.IntrospectionAlg, "authorization responses": c.AuthorizationAlg,
	} {
		if alg == AlgRS256 {
			v.add("profile fapi2: %s are not signed with RS256", what)
		}
	}
	v.ofRedirects = true
	defer func() { v.ofRedirects = false }()
	for _, uri := range c.RedirectURIs {
		if !strings.HasPrefix(uri, "https://") {
			v.add("profile fapi2: the redirect URI %q is not https", uri)
		}
	}
}

// smart: SMART App Launch sections 2.0.2 and 5.
func (v *problems) smart(c storage.Client) {
	if m := AuthMethod(c); m != AuthNone && m != AuthBasic && m != AuthPrivateKey {
		v.add("profile smart: clients authenticate with %s, %s or %s, not with %s", AuthPrivateKey, AuthBasic, AuthNone, m)
	}
	if c.PKCEOptional {
		v.add("profile smart: there is no exemption from PKCE")
	}
	if MayUse(c, GrantClientCredentials) && AuthMethod(c) != AuthPrivateKey {
		v.add("profile smart: a client that acts on its own authenticates with %s", AuthPrivateKey)
	}
}
