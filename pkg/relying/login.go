package relying

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	// loginTime is how long a person may take at the provider: a page that was left
	// open there over a long weekend still leads back here.
	loginTime = 96 * time.Hour
	// maxLogins is how many sign-ins one browser may have under way.
	maxLogins = 5
)

// pendingLogin is a sign-in under way. It is kept in the browser that began it,
// sealed, so that anonymous requests use no memory here and so that a callback
// works only in that browser (RFC 9700 section 4.7).
type pendingLogin struct {
	State    string    `json:"state"`
	Nonce    string    `json:"nonce"`
	Verifier string    `json:"verifier"`
	ReturnTo string    `json:"return_to"`
	Begun    time.Time `json:"begun"`
}

// loginSuffix names the cookie of one sign-in, so that two tabs do not
// overwrite each other's.
func loginSuffix(state string) string { return "-login-" + state[:min(len(state), 12)] }

// Login begins a sign-in: it sends the browser to the provider. The parameter
// return_to names the local page to show afterwards; prompt=login asks for the
// password even where the provider still knows the person.
func (a *Application) Login(w http.ResponseWriter, r *http.Request) {
	pending := pendingLogin{
		State: randomText(), Nonce: randomText(), Verifier: randomText(),
		ReturnTo: LocalPath(r.FormValue("return_to")),
		Begun:    a.Provider.env.Now(),
	}
	value, err := json.Marshal(pending)
	if err != nil {
		a.fault(w, r, fmt.Errorf("beginning a sign-in: %w", err))
		return
	}
	suffix := loginSuffix(pending.State)
	sealed, err := seal(a.Key, suffix, value)
	if err != nil {
		a.fault(w, r, fmt.Errorf("beginning a sign-in: %w", err))
		return
	}
	a.forgetLogins(w, r)
	http.SetCookie(w, a.cookie(suffix, sealed, int(loginTime/time.Second)))
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, a.authorizationURL(pending, r.FormValue("prompt")), http.StatusSeeOther)
}

// authorizationURL is the request of OpenID Connect Core 1.0 section 3.1.2.1
// with the code_challenge of RFC 7636 section 4.3.
func (a *Application) authorizationURL(pending pendingLogin, prompt string) string {
	query := url.Values{
		"response_type":         {"code"},
		"client_id":             {a.ID},
		"redirect_uri":          {a.RedirectURI},
		"scope":                 {a.scope()},
		"state":                 {pending.State},
		"nonce":                 {pending.Nonce},
		"code_challenge":        {challengeS256(pending.Verifier)},
		"code_challenge_method": {"S256"},
	}
	if prompt == "login" {
		query.Set("prompt", prompt)
	}
	return withQuery(a.Provider.AuthorizationEndpoint, query)
}

// withQuery adds parameters to an address that may have some already
// (RFC 6749 section 3.1).
func withQuery(address string, query url.Values) string {
	separator := "?"
	if strings.Contains(address, "?") {
		separator = "&"
	}
	return address + separator + query.Encode()
}

// forgetLogins removes sign-ins that were begun and never ended, when there are
// so many that the browser's cookies grow.
func (a *Application) forgetLogins(w http.ResponseWriter, r *http.Request) {
	prefix := a.cookieName("-login-")
	var stale []string
	for _, c := range r.Cookies() {
		if strings.HasPrefix(c.Name, prefix) {
			stale = append(stale, strings.TrimPrefix(c.Name, a.cookieName("")))
		}
	}
	if len(stale) < maxLogins {
		return
	}
	for _, suffix := range stale {
		http.SetCookie(w, a.cookie(suffix, "", -1))
	}
}

// resumeLogin finds the sign-in that a callback belongs to and takes it out of
// the browser: a callback works once.
func (a *Application) resumeLogin(w http.ResponseWriter, r *http.Request) (pendingLogin, error) {
	state := r.URL.Query().Get("state")
	suffix := loginSuffix(state)
	cookie, err := r.Cookie(a.cookieName(suffix))
	if state == "" || err != nil {
		return pendingLogin{}, ErrNoLogin
	}
	http.SetCookie(w, a.cookie(suffix, "", -1))
	value, err := unseal(a.Key, suffix, cookie.Value)
	if err != nil {
		return pendingLogin{}, ErrNoLogin
	}
	var pending pendingLogin
	if err := json.Unmarshal(value, &pending); err != nil {
		return pendingLogin{}, ErrNoLogin
	}
	if pending.State != state || a.Provider.env.Now().Sub(pending.Begun) > loginTime {
		return pendingLogin{}, ErrNoLogin
	}
	return pending, nil
}
