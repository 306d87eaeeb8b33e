package oidc

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/claviger-id/claviger/oidc/client"
	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/pkg/web"
)

// logoutWait is how long a person who signs out waits for applications.
const logoutWait = 3 * time.Second

// endSession is the logout endpoint of OpenID Connect RP-Initiated Logout 1.0.
//
// A request that proves with an ID token of ours that its session is the
// browser's ends it at once. Any other is asked about on a page: a link on some
// site must not sign people out. Only who proves to be a client, in the same
// way, is returned to, and only at an address it has registered.
func (p *Provider) endSession(w http.ResponseWriter, r *http.Request) error {
	form, err := parameters(r)
	if err != nil {
		return p.page(w, r, http.StatusBadRequest, flow.SignOutUnreadable, err)
	}
	if p.moved(w, r, pathEndSession, form) {
		return nil
	}
	if web.Repeated(form) != "" || tooLong(form) != "" {
		return p.page(w, r, http.StatusBadRequest, flow.SignOutTooMuch, nil)
	}
	h, proven := p.idTokenHint(form.Get("id_token_hint"))
	returnTo := form.Get("post_logout_redirect_uri")
	if !proven {
		// RP-Initiated Logout 1.0 sections 2 and 4: without a valid hint, ask,
		// and do not redirect.
		seeOther(w, pathSignOut)
		return nil
	}
	// Section 2: when both are there, they must name the same client.
	if id := form.Get("client_id"); id != "" && id != h.Audience {
		return p.page(w, r, http.StatusBadRequest, flow.SignOutOther, nil)
	}
	if returnTo != "" {
		c, ok := p.Clients.Get(h.Audience)
		if !ok || !client.IsPostLogoutRedirectURI(c, returnTo) {
			return p.page(w, r, http.StatusBadRequest, flow.SignOutAddress, nil)
		}
	}
	s, err := p.current(r.Context(), r)
	if err != nil {
		return err
	}
	if s != nil && s.ID != h.Session {
		seeOther(w, pathSignOut) // signed in since then, perhaps as somebody else
		return nil
	}
	var frames []string
	if s != nil {
		frames = p.Frames(*s)
		if err := p.Sessions.End(r.Context(), s.ID, session.ReasonLogout); err != nil {
			return err
		}
		p.Tell(r.Context(), s.ID)
		kept, err := p.Interactions.Part(*s)
		if err != nil {
			return err
		}
		p.Cookies.SetParted(w, kept, int(flow.PartingLife.Seconds()))
	}
	p.Cookies.SignOut(w)
	next := pathSignedOut
	if returnTo != "" {
		next = withState(returnTo, form.Get("state"))
	}
	if len(frames) > 0 {
		return p.SigningOut(w, r, frames, next)
	}
	seeOther(w, next)
	return nil
}

// Tell tells the applications of a session now, as far as they answer soon: a
// person should not find them open. What is left is told later.
func (p *Provider) Tell(ctx context.Context, sessionID string) {
	// A browser that goes away meanwhile changes nothing.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), logoutWait)
	defer cancel()
	if err := p.Logouts.DeliverSession(ctx, sessionID); err != nil {
		p.Logouts.Log.LogAttrs(ctx, slog.LevelWarn, "applications are told later of the end of a session", slog.String("session", sessionID), slog.Any("error", err))
	}
}

// withState adds the state as it came to an address that may have a query.
func withState(address, state string) string {
	if state == "" {
		return address
	}
	return withParameters(address, url.Values{"state": {state}})
}

func withParameters(address string, more url.Values) string {
	join := "?"
	if strings.Contains(address, "?") {
		join = "&"
	}
	return address + join + more.Encode()
}
