package relying

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// Logout ends the session here and sends the browser to the provider to end the
// sign-in there (OpenID Connect RP-Initiated Logout 1.0 section 2). Serve it for
// POST only, behind [http.CrossOriginProtection], so that no other site can
// sign people out.
//
// Whoever signs out is signed out of this browser and sent on, whatever the session store
// answers: the next person at the computer must not find them there. A session that could
// not be removed is in the log, and is tried again for some minutes. Without its cookie
// nobody can use it; the provider tells of its end, too, and it has its limits.
func (a *Application) Logout(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	cookie, err := r.Cookie(a.cookieName(""))
	if err != nil {
		http.Redirect(w, r, a.endSessionURL(Session{}, false), http.StatusSeeOther)
		return
	}
	http.SetCookie(w, a.cookie("", "", -1))
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), logoutTime)
	defer cancel()
	session, err := a.Sessions.Find(ctx, cookie.Value)
	if err := a.Sessions.End(ctx, cookie.Value); err != nil {
		a.log().ErrorContext(ctx, "A session could not be removed at its logout; it is tried again.", "error", err)
		a.forgetLater(context.WithoutCancel(ctx), cookie.Value)
	}
	http.Redirect(w, r, a.endSessionURL(session, err == nil), http.StatusSeeOther)
}

const (
	// logoutTime is how long a person who signs out waits for the session store.
	logoutTime = 3 * time.Second
	// maxForgetting is how many sessions are tried to be removed again at once: a store
	// that is down for long must not fill the memory of the application.
	maxForgetting = 100
)

// forgetPauses are how long is waited before the removal of a session is tried again.
var forgetPauses = [...]time.Duration{time.Second, 5 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute}

// forgetLater tries again to remove a session that could not be removed.
func (a *Application) forgetLater(ctx context.Context, cookie string) {
	if a.forgetting.Add(1) > maxForgetting {
		a.forgetting.Add(-1)
		a.log().ErrorContext(ctx, "Too many sessions are waiting to be removed: one stays until its limit.")
		return
	}
	go func() {
		defer a.forgetting.Add(-1)
		var err error
		for _, wait := range forgetPauses {
			time.Sleep(wait)
			if err = a.forget(ctx, cookie); err == nil {
				return
			}
		}
		a.log().ErrorContext(ctx, "A session could not be removed at its logout: it stays until its limit.", "error", err)
	}()
}

// forget removes a session, in bounded time.
func (a *Application) forget(ctx context.Context, cookie string) error {
	ctx, cancel := context.WithTimeout(ctx, logoutTime)
	defer cancel()
	return a.Sessions.End(ctx, cookie)
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
