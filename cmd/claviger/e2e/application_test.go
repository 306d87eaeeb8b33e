package e2e

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"golang.org/x/oauth2"
)

// application is a relying party that shows what it was told, and asks for what a
// test wants it to ask for.
type application struct {
	t      *testing.T
	config oauth2.Config

	mu        sync.Mutex
	verifiers map[string]string // by state
	token     *oauth2.Token     // of the newest answer
}

// newApplication registers an application, which the server learns when it starts, with
// what else its document is to say.
func (in *installation) newApplication(t *testing.T, id string, more ...map[string]any) *application {
	t.Helper()
	a := &application{t: t, verifiers: map[string]string{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /back", a.back)
	l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	server := &httptest.Server{Listener: l, Config: &http.Server{Handler: mux}}
	server.Start()
	t.Cleanup(server.Close)
	a.config = oauth2.Config{
		ClientID: id, RedirectURL: server.URL + "/back", Scopes: []string{"openid"},
		Endpoint: oauth2.Endpoint{AuthURL: in.issuer + "/authorize", TokenURL: in.issuer + "/token", AuthStyle: oauth2.AuthStyleInParams},
	}
	document := map[string]any{
		"client_name": "Chart Reader", "redirect_uris": []string{a.config.RedirectURL}, "scope": "openid",
		"grant_types": []string{"authorization_code", "refresh_token"}, "token_endpoint_auth_method": "none",
	}
	for _, m := range more {
		maps.Copy(document, m)
	}
	in.registerFile(id, document)
	return a
}

// ask is the address of a request, with parameters in pairs.
func (a *application) ask(parameters ...string) string {
	state, verifier := "state-"+oauth2.GenerateVerifier(), oauth2.GenerateVerifier()
	a.mu.Lock()
	a.verifiers[state] = verifier
	a.mu.Unlock()
	with := []oauth2.AuthCodeOption{oauth2.S256ChallengeOption(verifier)}
	for i := 0; i+1 < len(parameters); i += 2 {
		with = append(with, oauth2.SetAuthURLParam(parameters[i], parameters[i+1]))
	}
	return a.config.AuthCodeURL(state, with...)
}

// back is where the person comes back to.
func (a *application) back(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if q.Has("error") {
		_, _ = fmt.Fprintf(w, `<!doctype html><p id="refused">%s</p>`, html.EscapeString(q.Get("error")))
		return
	}
	a.mu.Lock()
	verifier := a.verifiers[q.Get("state")]
	a.mu.Unlock()
	token, err := a.config.Exchange(r.Context(), q.Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		_, _ = fmt.Fprintf(w, `<!doctype html><p id="failed">%s</p>`, html.EscapeString(err.Error()))
		return
	}
	a.mu.Lock()
	a.token = token
	a.mu.Unlock()
	_, _ = fmt.Fprintf(w, `<!doctype html><p id="told">%s</p>`, html.EscapeString(claimsOf(token)))
}

// claimsOf is the text of an ID token's claims. That it verifies is for others to
// test.
func claimsOf(token *oauth2.Token) string {
	raw, _ := token.Extra("id_token").(string)
	parts := strings.Split(raw, ".")
	if len(parts) != 3 {
		return ""
	}
	text, _ := base64.RawURLEncoding.DecodeString(parts[1])
	return string(text)
}

// claimed is what the application was told of who came back.
type claimed struct {
	SID  string   `json:"sid"`
	ACR  string   `json:"acr"`
	AMR  []string `json:"amr"`
	Time int64    `json:"auth_time"`
}

// told waits for the person to come back to the application.
func (b *browser) told() (t claimed) {
	b.t.Helper()
	if err := json.Unmarshal([]byte(b.see("#told")), &t); err != nil {
		b.t.Fatal(err)
	}
	return t
}

// refresh uses the newest refresh token. A refusal is returned as the error code and
// the hint, and leaves the token as it was.
func (a *application) refresh() (code, hint string) {
	a.t.Helper()
	a.mu.Lock()
	defer a.mu.Unlock()
	next, err := a.config.TokenSource(a.t.Context(), &oauth2.Token{RefreshToken: a.token.RefreshToken}).Token()
	var refused *oauth2.RetrieveError
	switch {
	case err == nil:
		a.token = next
		return "", ""
	case !errors.As(err, &refused):
		a.t.Fatal(err)
	}
	var answer struct {
		Hint string `json:"claviger_hint"`
	}
	if err := json.Unmarshal(refused.Body, &answer); err != nil {
		a.t.Fatalf("%v in %s", err, refused.Body)
	}
	return refused.ErrorCode, answer.Hint
}
