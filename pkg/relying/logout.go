package relying

import (
	"fmt"
	"net/http"
	"net/url"
)

// Logout ends the session here and sends the browser to the provider to end the
// sign-in there (OpenID Connect RP-Initiated Logout 1.0 section 2). Serve it for
// POST only, behind [http.CrossOriginProtection], so that no other site can
// sign people out.
func (a *Application) Logout(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	session, known := a.Session(r)
	if cookie, err := r.Cookie(a.cookieName("")); err == nil {
		if err := a.Sessions.End(r.Context(), cookie.Value); err != nil {
			a.fault(w, r, fmt.Errorf("signing out: %w", err))
			return
		}
		http.SetCookie(w, a.cookie("", "", -1))
	}
	http.Redirect(w, r, a.endSessionURL(session, known), http.StatusSeeOther)
}

// endSessionURL is where to send the browser: to the provider, or straight to
// the page after it where the provider has no such endpoint.
func (a *Application) endSessionURL(session Session, known bool) string {
	if a.Provider.EndSessionEndpoint == "" {
		if a.PostLogoutRedirectURI == "" {
			return "/"
		}
		return a.PostLogoutRedirectURI
	}
	query := url.Values{"client_id": {a.ID}}
	if known {
		query.Set("id_token_hint", session.IDToken.Raw)
	}
	if a.PostLogoutRedirectURI != "" {
		query.Set("post_logout_redirect_uri", a.PostLogoutRedirectURI)
	}
	return withQuery(a.Provider.EndSessionEndpoint, query)
}
