package relying

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
)

// Application is a relying application as it is registered at its provider.
// Its methods Login, Callback and Logout are HTTP handlers. Set the fields
// before first use and leave them alone afterwards.
type Application struct {
	Provider *Provider

	ID     string // client_id
	Secret string // client_secret; empty for a public client
	// RedirectURI is the address of Callback, exactly as registered.
	RedirectURI string
	// PostLogoutRedirectURI is where the provider sends people after they
	// signed out there, exactly as registered; empty to leave them there.
	PostLogoutRedirectURI string
	// Scopes are asked for beside openid.
	Scopes []string

	// Sessions holds who is signed in at this application.
	Sessions *Sessions
	// Cookie begins the name of every cookie of this application. Two
	// applications on one host need different ones.
	Cookie string
	// Key seals what is kept in the browser while a sign-in is under way: 32
	// random bytes, the same on every replica. A new key loses only sign-ins
	// that are under way.
	Key []byte

	// Ended, where it is set, is called when BackchannelLogout was told of the end of a
	// sign-in and has ended its sessions here: for what else the application keeps under
	// that sid. It is called again when the provider tells again; with an error the
	// provider does so later.
	Ended func(ctx context.Context, token LogoutToken) error

	// Log hears of what failed here and no caller is told: a session that could not be
	// removed at its logout, the end of a sign-in that could not be carried out, a refresh
	// that nobody finished. Nil: the default logger of package slog does.
	Log *slog.Logger

	// Fault answers a request that failed: a refusal of the provider, a callback
	// that belongs to no sign-in of this browser (ErrNoLogin), or a provider
	// that cannot be reached. Nil answers with a short plain text.
	Fault func(w http.ResponseWriter, r *http.Request, err error)

	forgetting atomic.Int32 // how many sessions are still to be removed
}

// ErrNoLogin is the fault of a callback that belongs to no sign-in which this
// browser began, or to one that took too long. The remedy is to sign in again.
var ErrNoLogin = errors.New("this browser has not begun this sign-in, or too long ago")

func (a *Application) log() *slog.Logger {
	if a.Log == nil {
		return slog.Default()
	}
	return a.Log
}

func (a *Application) fault(w http.ResponseWriter, r *http.Request, err error) {
	if a.Fault != nil {
		a.Fault(w, r, err)
		return
	}
	status := http.StatusBadGateway
	var refusal *OAuthError
	if errors.Is(err, ErrNoLogin) || errors.As(err, &refusal) {
		status = http.StatusBadRequest
	}
	http.Error(w, "Signing in did not succeed. Please try again.", status)
}

// scope is the scope parameter: openid first, nothing twice.
func (a *Application) scope() string {
	all := []string{"openid"}
	for _, s := range a.Scopes {
		if !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	return strings.Join(all, " ")
}

func (a *Application) secure() bool { return strings.HasPrefix(a.RedirectURI, "https://") }

// cookieName has the __Host- prefix wherever browsers allow it, so that no
// other host of the domain can set the cookie (RFC 6265bis section 4.1.3.2).
func (a *Application) cookieName(suffix string) string {
	if a.secure() {
		return "__Host-" + a.Cookie + suffix
	}
	return a.Cookie + suffix
}

// cookie is a cookie that scripts cannot read and that other sites' forms do
// not send. maxAge 0 lasts as long as the browser runs; below 0 it is removed.
func (a *Application) cookie(suffix, value string, maxAge int) *http.Cookie {
	return &http.Cookie{ //nolint:gosec // Secure wherever the application is not on plain http of this machine
		Name: a.cookieName(suffix), Value: value, Path: "/", MaxAge: maxAge,
		Secure: a.secure(), HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
}

// LocalPath returns path when it leads to a page of the same host, else "/", so
// that a link cannot use the sign-in to send people elsewhere.
func LocalPath(path string) string {
	u, err := url.Parse(path)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || u.Opaque != "" ||
		!strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n\t") {
		return "/"
	}
	return path
}
