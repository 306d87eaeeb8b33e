package client

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strings"

	"github.com/claviger-id/claviger/storage"
)

// Requested is what an application that registers itself asks for.
type Requested struct {
	Document
	// SoftwareStatement is RFC 7591 section 2.3.
	SoftwareStatement string `json:"software_statement"`
	// These the client must not choose, or may only repeat (RFC 7592 section
	// 2.2).
	Secret             string          `json:"client_secret"`
	SecretExpiresAt    json.RawMessage `json:"client_secret_expires_at"`
	IssuedAt           json.RawMessage `json:"client_id_issued_at"`
	RegistrationToken  json.RawMessage `json:"registration_access_token"`
	RegistrationURI    json.RawMessage `json:"registration_client_uri"`
	IDTokenEncryption  string          `json:"id_token_encrypted_response_alg"`
	UserinfoEncryption string          `json:"userinfo_encrypted_response_alg"`
	IntrospectionEnc   string          `json:"introspection_encrypted_response_alg"`
	AuthorizationEnc   string          `json:"authorization_encrypted_response_alg"`

	// said is the members that were sent and are not null.
	said map[string]bool
}

// known is the names of all members that mean something here.
var known = func() map[string]bool {
	names := map[string]bool{}
	var walk func(reflect.Type)
	walk = func(t reflect.Type) {
		for i := range t.NumField() {
			if f := t.Field(i); f.Anonymous {
				walk(f.Type)
			} else if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" {
				names[name] = true
			}
		}
	}
	walk(reflect.TypeFor[Requested]())
	return names
}()

// ParseRequested reads what an application registers itself with. Members that
// are not known are ignored, and so are the translations (client_name#es): an
// application has one name in all languages (RFC 7591 sections 2 and 2.2). A member that is null is
// one that was not sent. It returns everything that is wrong.
func ParseRequested(text []byte) (Requested, []error) {
	q := Requested{said: map[string]bool{}}
	decoder := json.NewDecoder(bytes.NewReader(text))
	unreadable := []error{errors.New("the body is not a JSON object")}
	if token, err := decoder.Token(); err != nil || token != json.Delim('{') {
		return q, unreadable
	}
	var wrong []error
	seen := map[string]bool{}
	for decoder.More() {
		token, err := decoder.Token()
		name, _ := token.(string)
		var value json.RawMessage
		if err != nil || decoder.Decode(&value) != nil {
			return q, unreadable
		}
		if seen[name] {
			wrong = append(wrong, fmt.Errorf("the member %q occurs twice", name))
		}
		seen[name] = true
		if !known[name] || string(value) == "null" {
			continue // encoding/json would take the name in any case of letters
		}
		one, err := json.Marshal(map[string]json.RawMessage{name: value})
		if err != nil || json.Unmarshal(one, &q) != nil {
			wrong = append(wrong, fmt.Errorf("the member %q has a value of the wrong type", name))
			continue
		}
		q.said[name] = true
	}
	if _, err := decoder.Token(); err != nil {
		return q, unreadable
	}
	if decoder.More() {
		return q, append(wrong, errors.New("the object is followed by something else"))
	}
	return q, wrong
}

// Client is the registration that is asked for, with the defaults filled in, and
// what in the request contradicts itself. Scopes is what it is registered for
// when it names none.
func (q Requested) Client(id string, scopes []string) (storage.Client, []error) {
	v := &problems{}
	q.types(v)
	for name, alg := range map[string]string{
		"id_token": q.IDTokenEncryption, "userinfo": q.UserinfoEncryption, "introspection": q.IntrospectionEnc, "authorization": q.AuthorizationEnc,
	} {
		if alg != "" {
			v.add("%s_encrypted_response_alg is set, and nothing is encrypted here", name)
		}
	}
	d := q.Document
	d.ID = id
	if len(d.GrantTypes) == 0 { // RFC 7591 section 2
		d.GrantTypes = []string{GrantAuthorizationCode}
	}
	if !q.said["scope"] {
		d.Scope = strings.Join(slices.DeleteFunc(slices.Clone(scopes), func(s string) bool {
			return s == ScopeOffline && !slices.Contains(d.GrantTypes, GrantRefreshToken)
		}), " ")
	}
	if d.ApplicationType == "" {
		d.ApplicationType = ApplicationWeb
	}
	if d.SubjectType == "" {
		d.SubjectType = SubjectPublic
	}
	if d.IDTokenAlg == "" {
		// OpenID Connect Dynamic Client Registration section 2 has RS256, which
		// FAPI 2.0 does not allow.
		d.IDTokenAlg = AlgRS256
		if d.Profile == ProfileFAPI2 {
			d.IDTokenAlg = AlgES256
		}
	}
	if strings.TrimSpace(d.Name) == "" {
		d.Name = id
		if len(d.RedirectURIs) > 0 {
			if u, err := url.Parse(d.RedirectURIs[0]); err == nil && u.Hostname() != "" {
				d.Name = u.Hostname() // where people will find themselves
			}
		}
	}
	c := d.Client()
	c.Consent = true // nobody here has looked at it
	return c, v.sorted()
}

// types: response types and grant types have to agree (RFC 7591 section 2.1).
func (q Requested) types(v *problems) {
	for _, t := range q.ResponseTypes {
		if t != "code" {
			v.add("the response type %q is not offered; there is code", t)
		}
	}
	code := len(q.GrantTypes) == 0 || slices.Contains(q.GrantTypes, GrantAuthorizationCode)
	switch {
	case slices.Contains(q.ResponseTypes, "code") && !code:
		v.add("the response type code needs the grant type %s", GrantAuthorizationCode)
	case q.said["response_types"] && len(q.ResponseTypes) == 0 && code:
		v.add("the grant type %s needs the response type code", GrantAuthorizationCode)
	}
}

// Answered is the document of a registration as its owner is answered, with the
// defaults filled in.
func Answered(c storage.Client) Document {
	d := Describe(c)
	d.ResponseTypes = []string{}
	if MayUse(c, GrantAuthorizationCode) {
		d.ResponseTypes = []string{"code"}
	}
	return d
}
