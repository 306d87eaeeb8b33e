package fositeop

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ory/fosite"

	"github.com/claviger-id/claviger/oidc"
	"github.com/claviger-id/claviger/oidc/client"
	"github.com/claviger-id/claviger/oidc/fault"
	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/storage"
)

// refreshHandler is the refresh_token grant (RFC 6749 section 6). It rotates the
// token each time, with a short grace for answers that got lost, and issues
// nothing once the session is dead. Refreshing is not activity.
type refreshHandler struct {
	o      Options
	tokens *tokens
}

var _ fosite.TokenEndpointHandler = (*refreshHandler)(nil)

// CanHandleTokenEndpointRequest says yes: it is listed for this grant alone.
func (h *refreshHandler) CanHandleTokenEndpointRequest(context.Context, fosite.AccessRequester) bool {
	return true
}

// CanSkipClientAuth says no.
func (h *refreshHandler) CanSkipClientAuth(context.Context, fosite.AccessRequester) bool {
	return false
}

// HandleTokenEndpointRequest checks everything and rotates the grant.
func (h *refreshHandler) HandleTokenEndpointRequest(ctx context.Context, r fosite.AccessRequester) error {
	m := memoOf(ctx)
	form := r.GetRequestForm()
	if form.Get("refresh_token") == "" {
		return &fault.Error{Code: fault.InvalidRequest, Description: "The parameter refresh_token is missing."}
	}
	token, ok := decodeRefreshToken(h.o.Keyring, m.client.ID, form.Get("refresh_token"))
	if !ok {
		return invalidGrant(m, "The refresh token was not issued to this client.")
	}
	subject, reached := "", ""
	if token.sessionID != "" {
		alive, err := h.o.Sessions.Alive(ctx, token.sessionID)
		if errors.Is(err, storage.ErrNotFound) {
			return h.sessionEnded(ctx, m, token)
		}
		if err != nil {
			return m.fail(fmt.Errorf("fositeop: refresh: %w", err))
		}
		subject, reached = alive.Subject, alive.ACR
	}
	var scopes, audience []string
	var acting *oidc.Acting
	accept := func(tx storage.Tx, g storage.Grant) (err error) {
		if !holds(m, g) {
			return invalidGrant(m, "The refresh token is bound to another key.")
		}
		if g.Detail.Acting != nil {
			now, err := h.o.Grants.Acts(ctx, tx, m.client, g)
			if err != nil {
				return err
			}
			acting = &now
		}
		if err := h.refuseRole(ctx, tx, m, g); err != nil {
			return err
		}
		// A session that lives does not say that the person is still welcome: the account
		// comes first, the end of its sessions after it.
		person, err := tx.People().Get(ctx, g.PersonID)
		if err != nil {
			return err
		}
		if person.State != storage.PersonActive {
			return invalidGrant(m, "The account is not active ("+oidc.WordAccountInactive+").")
		}
		if g.Offline {
			if err := h.refusePassword(ctx, tx, m, person, g); err != nil {
				return err
			}
			subject = person.Subject
		}
		if err := h.refuseFactor(ctx, tx, m, g, reached); err != nil {
			return err
		}
		if h.o.Agreements != nil {
			switch refuses, err := h.o.Agreements.Refuses(ctx, tx, g.PersonID); {
			case err != nil:
				return err
			case refuses:
				e := invalidGrant(m, "The person has to accept the Use Agreement first. The refresh token works again after that.")
				e.Hint = fault.HintAgreement
				return e
			}
		}
		if audience = stillCallable(m.client, g.Audience); len(audience) == 0 && len(g.Audience) > 0 {
			return invalidGrant(m, "The client is registered to call none of the resources any more.")
		}
		if _, err := narrowAudience(audience, form["resource"]); err != nil {
			return err
		}
		scopes, err = narrow(g.Scopes, m.client.Scopes, form.Get("scope"))
		return err
	}
	advance := h.o.Grants.Refresh
	if !client.Rotates(m.client) {
		advance = h.o.Grants.Use
	}
	grant, err := advance(ctx, token.grantID, token.generation, accept)
	var refused *fault.Error
	switch {
	case err == nil:
	case errors.Is(err, oidc.ErrReused):
		return invalidGrant(m, "The refresh token has already been used (refresh_reuse).")
	case errors.Is(err, storage.ErrEnded), errors.Is(err, storage.ErrNotFound):
		if !holds(m, grant) {
			return invalidGrant(m, "The grant has ended.")
		}
		return invalidGrant(m, oidc.Because("The grant has ended", grant.EndReason))
	case errors.As(err, &refused):
		return refused
	default:
		return m.fail(err)
	}
	grant.Audience = audience
	r.SetID(grant.ID)
	// OpenID Connect Core section 12.2: auth_time stays, the nonce does not.
	renewed := &session{subject: subject, acting: acting, grant: grant}
	if acting != nil {
		left := acting.EndsAt.Sub(h.o.Now())
		if left < time.Second {
			return invalidGrant(m, "The delegation ends (delegation_ended).")
		}
		renewed.life = min(left, h.o.TokenLife)
	}
	r.SetSession(renewed)
	for _, s := range scopes {
		r.GrantScope(s)
	}
	return nil
}

// refusePassword asks about the password of who has no session. A session ends
// with what would be refused here: a password that has to be changed at once ends
// it, and one that expires outlives it.
func (h *refreshHandler) refusePassword(ctx context.Context, tx storage.Tx, m *memo, who storage.Person, g storage.Grant) error {
	if h.o.Passwords == nil {
		return nil
	}
	reason, err := h.o.Passwords.RefuseRenewal(ctx, tx, who, g.AuthTime)
	if err != nil || reason == "" {
		return err
	}
	return invalidGrant(m, oidc.Because("The person has to sign in again", reason))
}

// holds says that a request comes with the key that the refresh tokens of a public
// client are bound to (RFC 9449 section 5, RFC 8705 section 4).
func holds(m *memo, g storage.Grant) bool {
	return (g.Detail.JKT == "" || g.Detail.JKT == m.binding.JKT) && (g.Detail.X5T == "" || g.Detail.X5T == m.binding.X5T)
}

// sessionEnded refuses a token whose session has ended, and says why to who holds it.
func (h *refreshHandler) sessionEnded(ctx context.Context, m *memo, token refreshToken) error {
	const ended = "The session has ended"
	var grant storage.Grant
	err := h.o.Grants.Store.View(ctx, func(tx storage.Tx) (err error) {
		grant, err = tx.Grants().Get(ctx, token.grantID)
		return err
	})
	if errors.Is(err, storage.ErrNotFound) || err == nil && !holds(m, grant) {
		return invalidGrant(m, ended+".")
	}
	if err != nil {
		return m.fail(fmt.Errorf("fositeop: refresh: %w", err))
	}
	reason := grant.EndReason
	if reason == "" { // its end is under way
		if reason, err = h.o.Sessions.WhyEnded(ctx, token.sessionID); err != nil {
			return m.fail(fmt.Errorf("fositeop: refresh: %w", err))
		}
	}
	return invalidGrant(m, oidc.Because(ended, reason))
}

// refuseFactor refuses who has proven less than policy asks of them by now: it may
// have changed, or their roles may have. reached is the class of the live session.
func (h *refreshHandler) refuseFactor(ctx context.Context, tx storage.Tx, m *memo, g storage.Grant, reached string) error {
	if g.PersonID == "" || h.o.Required == nil {
		return nil
	}
	// The class of the grant is the one that was told, which may be less than it was.
	enough := func(least string) bool {
		return flow.Reaches(reached, least) || flow.Reaches(flow.ClassOf(g.AMR), least)
	}
	if enough(h.o.Strictest) {
		return nil
	}
	met := true
	for _, who := range bothOf(g) {
		least, err := h.o.Required(ctx, tx, who)
		if err != nil {
			return err
		}
		met = met && enough(least)
	}
	if met {
		return nil
	}
	e := invalidGrant(m, "The person has to prove more than they did (factor_required). An authorization request asks for it.")
	e.Hint = fault.HintFactor
	return e
}

// bothOf are the person of a grant, and who is acted for by it.
func bothOf(g storage.Grant) []string {
	if g.Detail.Acting == nil {
		return []string{g.PersonID}
	}
	return []string{g.PersonID, g.Detail.Acting.PrincipalID}
}

// refuseRole refuses an application that is for others by now.
func (h *refreshHandler) refuseRole(ctx context.Context, tx storage.Tx, m *memo, g storage.Grant) error {
	if len(m.client.Roles) == 0 || h.o.Barred == nil {
		return nil
	}
	who := g.PersonID
	if g.Detail.Acting != nil { // who acts for somebody does what that one may do
		who = g.Detail.Acting.PrincipalID
	}
	barred, err := h.o.Barred(ctx, tx, m.client, who)
	if err != nil || !barred {
		return err
	}
	return invalidGrant(m, "The application is for people with another role (role_required).")
}

// PopulateTokenEndpointResponse makes the tokens.
func (h *refreshHandler) PopulateTokenEndpointResponse(ctx context.Context, r fosite.AccessRequester, w fosite.AccessResponder) error {
	access, _, err := h.tokens.GenerateAccessToken(ctx, r)
	if err != nil {
		return memoOf(ctx).fail(err)
	}
	w.SetAccessToken(access)
	w.SetTokenType("Bearer")
	g := sessionOf(r).grant
	w.SetExtra("refresh_token", refreshTokenOf(g).encode(h.o.Keyring, g.ClientID))
	return nil
}

// narrow returns the scopes of a refreshed token: what is asked for, of what
// was granted (RFC 6749 section 6), as far as the client is still registered
// for it.
func narrow(granted, registered []string, asked string) ([]string, error) {
	wanted := granted
	if fields := strings.Fields(asked); len(fields) > 0 {
		wanted = fields
	}
	var scopes []string
	for _, s := range wanted {
		switch {
		case !slices.Contains(granted, s):
			return nil, &fault.Error{Code: fault.InvalidScope, Description: "The scope " + s + " was not granted."}
		case slices.Contains(registered, s):
			scopes = append(scopes, s)
		}
	}
	return scopes, nil
}

// stillCallable returns whom the client may call of those that its grant is for:
// itself, and what it is registered for by now.
func stillCallable(c storage.Client, granted []string) []string {
	var still []string
	for _, a := range granted {
		if a == c.ID || slices.Contains(c.Audiences, a) {
			still = append(still, a)
		}
	}
	return still
}

func invalidGrant(m *memo, description string) *fault.Error {
	return &fault.Error{Code: fault.InvalidGrant, Description: description, ClientID: m.client.ID}
}

func join(scopes fosite.Arguments) string { return strings.Join(scopes, " ") }
