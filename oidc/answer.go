package oidc

import (
	"encoding/json"
	"html"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/claviger-id/claviger/oidc/client"
	"github.com/claviger-id/claviger/pkg/web"
	"github.com/claviger-id/claviger/storage"
)

// The ways to bring an answer to an application (OAuth 2.0 Multiple Response
// Types section 2.1, Form Post Response Mode). A code never goes into a
// fragment.
const (
	modeQuery    = "query"
	modeFormPost = "form_post"
	// JARM section 2.3.
	modeJWT         = "jwt"
	modeQueryJWT    = "query.jwt"
	modeFormPostJWT = "form_post.jwt"
)

// responseModes returns the modes that are offered.
func responseModes() []string {
	return []string{modeQuery, modeFormPost, modeJWT, modeQueryJWT, modeFormPostJWT}
}

// answerLife is the life of a signed answer (JARM section 2.1: ten minutes at
// most).
const answerLife = 2 * time.Minute

// answerTo is where the answer to an authorization request goes. It stands only
// for addresses that the client has registered.
type answerTo struct {
	client                   storage.Client
	redirectURI, mode, state string
}

// answer sends the parameters to the application, with the state as it came and
// with the issuer (RFC 9207 section 2).
func (p *Provider) answer(w http.ResponseWriter, r *http.Request, to answerTo, params url.Values) error {
	params.Set("iss", p.Issuer)
	if to.state != "" {
		params.Set("state", to.state)
	}
	if to.mode == modeJWT || to.mode == modeQueryJWT || to.mode == modeFormPostJWT {
		var err error
		if params, err = p.signed(to, params); err != nil {
			return err
		}
	}
	if to.mode == modeFormPost || to.mode == modeFormPostJWT {
		return formPost(w, r, to.redirectURI, params)
	}
	join := "?"
	if strings.Contains(to.redirectURI, "?") {
		join = "&" // the query that was registered is kept (RFC 6749 section 3.1.2)
	}
	seeOther(w, to.redirectURI+join+params.Encode())
	return nil
}

// signed is JARM section 2.1: one parameter that holds all others.
func (p *Provider) signed(to answerTo, params url.Values) (url.Values, error) {
	told := map[string]any{"aud": to.client.ID, "exp": p.Now().Add(answerLife).Unix()}
	for name := range params {
		told[name] = params.Get(name)
	}
	payload, err := json.Marshal(told)
	if err != nil {
		return nil, err
	}
	alg := to.client.AuthorizationAlg
	if alg == "" {
		alg = client.AlgES256
	}
	token, err := p.Keys.Sign(alg, "JWT", payload)
	if err != nil {
		return nil, err
	}
	return url.Values{"response": {token}}, nil
}

// answerError sends an error to the application (RFC 6749 section 4.1.2.1) and
// returns it, for the log.
func (p *Provider) answerError(w http.ResponseWriter, r *http.Request, to answerTo, cause error) error {
	e := asError(cause)
	params := url.Values{"error": {string(e.Code)}}
	if text := plain(e.Description); text != "" {
		params.Set("error_description", text)
	}
	if err := p.answer(w, r, to, params); err != nil {
		return err
	}
	return e
}

// formPost writes a page that posts the parameters to the application, by
// itself where scripts run and with a button where they do not.
func formPost(w http.ResponseWriter, r *http.Request, redirectURI string, params url.Values) error {
	var b strings.Builder
	b.WriteString("<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>One moment</title></head>\n<body>\n")
	b.WriteString(`<form method="post" action="` + html.EscapeString(redirectURI) + "\">\n")
	for _, name := range slices.Sorted(maps.Keys(params)) {
		b.WriteString(`<input type="hidden" name="` + html.EscapeString(name) + `" value="` + html.EscapeString(params.Get(name)) + "\">\n")
	}
	b.WriteString("<noscript><p>Press the button to go back to the application.</p></noscript>\n<button>Continue</button>\n</form>\n")
	b.WriteString(`<script nonce="` + web.Nonce(r.Context()) + `">document.forms[0].submit()</script>` + "\n</body>\n</html>\n")
	web.AllowFormAction(w, redirectURI)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(http.StatusOK)
	_, err := w.Write([]byte(b.String()))
	return err
}
