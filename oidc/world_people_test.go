package oidc_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"time"

	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

// enroll makes Ada and the clients.
func (w *world) enroll() {
	w.t.Helper()
	ctx := context.Background()
	w.person = storage.Person{
		ID: secret.NewID(), Subject: secret.NewID(), State: storage.PersonActive, CreatedAt: begun, UpdatedAt: begun,
	}
	if err := w.People.Seal(&w.person, person.Profile{
		UserID: "aquill", GivenName: "Ada", FamilyName: "Quill", NPI: "1234567893", Organization: "Cove Clinic", Email: "ada@example.org",
	}); err != nil {
		w.t.Fatal(err)
	}
	secrets := []storage.ClientSecret{
		{SHA256: hash("old secret"), ExpiresAt: begun.Add(time.Hour)}, {SHA256: hash(clientSecret)},
	}
	both := []string{"authorization_code", "refresh_token"}
	scopes := []string{"openid", "profile", "email", "provider", "api:read"}
	all := []storage.Client{
		{ID: "portal", AuthMethod: "client_secret_basic", Secrets: secrets, PostLogoutRedirectURIs: []string{goodbye}},
		{ID: "post", AuthMethod: "client_secret_post", Secrets: secrets, IDTokenAlg: "RS256", Audiences: []string{"https://api.example/"}},
		{ID: "spa", AuthMethod: "none", RedirectURIs: []string{callback, "http://127.0.0.1/cb", "com.example.app:/cb"}},
		{ID: "bank", Profile: "fapi2", AuthMethod: "private_key_jwt", JWKS: bankKey.set(), DPoPBound: true, Audiences: []string{"https://api.example/", "https://labs.example/"}},
		{ID: "service", AuthMethod: "private_key_jwt", JWKS: bankKey.set(), GrantTypes: []string{"client_credentials", "urn:ietf:params:oauth:grant-type:token-exchange"},
			Audiences: []string{"https://labs.example/", "https://x.example/"}, ResourceURIs: []string{"https://api.example/"}},
		{ID: "mesh", AuthMethod: "self_signed_tls_client_auth", JWKS: bankKey.set(), CertificateBound: true, GrantTypes: []string{"client_credentials"}},
		{ID: "discreet", AuthMethod: "client_secret_basic", Secrets: secrets, SubjectType: "pairwise", UserinfoAlg: "PS256", IDTokenAlg: "EdDSA"},
		{ID: "screen", AuthMethod: "none", GrantTypes: []string{"urn:ietf:params:oauth:grant-type:device_code", "refresh_token"}},
		{ID: "night", AuthMethod: "client_secret_basic", Secrets: secrets},
		{ID: "legacy", AuthMethod: "client_secret_basic", Secrets: secrets, PKCEOptional: true, GrantTypes: []string{"authorization_code"}},
	}
	if err := w.Store.Tx(ctx, func(tx storage.Tx) error {
		if err := tx.People().Insert(ctx, w.person); err != nil {
			return err
		}
		for _, c := range all {
			c.Name, c.Scopes, c.CreatedAt, c.UpdatedAt = c.ID, scopes, begun, begun
			if c.ID == "night" {
				c.Scopes = append(slices.Clone(scopes), "offline_access")
			}
			if c.GrantTypes == nil {
				c.GrantTypes = both
			}
			if c.RedirectURIs == nil {
				c.RedirectURIs = []string{callback, callback + "?tenant=a"}
			}
			if err := tx.Clients().Insert(ctx, c); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		w.t.Fatal(err)
	}
	if err := w.Clients.Poll(ctx); err != nil {
		w.t.Fatal(err)
	}
}

// somebodyElse makes another person.
func (w *world) somebodyElse() storage.Person { return w.somebodyNamed("bwren", "Bea", "Wren") }

func (w *world) somebodyNamed(userID, given, family string) storage.Person {
	w.t.Helper()
	other := storage.Person{
		ID: secret.NewID(), Subject: secret.NewID(), State: storage.PersonActive, CreatedAt: begun, UpdatedAt: begun,
	}
	if err := w.People.Seal(&other, person.Profile{UserID: userID, GivenName: given, FamilyName: family}); err != nil {
		w.t.Fatal(err)
	}
	if err := w.Store.Tx(w.t.Context(), func(tx storage.Tx) error { return tx.People().Insert(w.t.Context(), other) }); err != nil {
		w.t.Fatal(err)
	}
	return other
}

const (
	callback     = "https://rp.example/cb"
	goodbye      = "https://rp.example/bye?x=1"
	clientSecret = "s3cr%t & +:"
	verifier     = "0123456789abcdefghijklmnopqrstuvwxyz-._~ABCDEFG"
)

func hash(s string) []byte {
	sum := sha256.Sum256([]byte(s))
	return sum[:]
}

func challengeOf(verifier string) string { return base64.RawURLEncoding.EncodeToString(hash(verifier)) }
