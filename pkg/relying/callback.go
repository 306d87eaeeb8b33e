package relying

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
)

// Callback receives the provider's answer, redeems the code, begins the
// application's session and shows the page that the person wanted.
func (a *Application) Callback(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	pending, err := a.resumeLogin(w, r)
	if err != nil {
		a.fault(w, r, err)
		return
	}
	code, err := a.readResponse(r.URL.Query())
	if err != nil {
		a.fault(w, r, err)
		return
	}
	session, err := a.redeem(r.Context(), code, pending)
	if err != nil {
		a.fault(w, r, fmt.Errorf("signing in: %w", err))
		return
	}
	if old, err := r.Cookie(a.cookieName("")); err == nil {
		if err := a.Sessions.End(r.Context(), old.Value); err != nil {
			a.fault(w, r, fmt.Errorf("signing in: %w", err))
			return
		}
	}
	cookie, err := a.Sessions.Begin(r.Context(), session)
	if err != nil {
		a.fault(w, r, fmt.Errorf("signing in: %w", err))
		return
	}
	http.SetCookie(w, a.cookie("", cookie, 0))
	http.Redirect(w, r, pending.ReturnTo, http.StatusSeeOther)
}

// readResponse reads an authorization response (RFC 6749 section 4.1.2).
func (a *Application) readResponse(query url.Values) (code string, err error) {
	for _, name := range []string{"code", "error", "iss", "state"} {
		if len(query[name]) > 1 { // RFC 6749 section 3.1
			return "", fmt.Errorf("the provider's answer repeats %s", name)
		}
	}
	// RFC 9207 section 2.4, before anything else of the answer is believed.
	issuer := query.Get("iss")
	if issuer != a.Provider.Issuer && (issuer != "" || a.Provider.NamesIssuer) {
		return "", fmt.Errorf("the answer came from %q, not from the provider that was asked", issuer)
	}
	if refusal := query.Get("error"); refusal != "" {
		return "", &OAuthError{Code: refusal, Description: query.Get("error_description")}
	}
	if code = query.Get("code"); code == "" {
		return "", fmt.Errorf("the provider's answer holds no code")
	}
	return code, nil
}

func (a *Application) redeem(ctx context.Context, code string, pending pendingLogin) (Session, error) {
	_, asked, err := a.Sessions.store().Ends(ctx, "")
	if err != nil {
		return Session{}, err
	}
	answer, err := a.askToken(ctx, url.Values{
		"grant_type":    {"authorization_code"},
		"code":          {code},
		"redirect_uri":  {a.RedirectURI},
		"code_verifier": {pending.Verifier},
	})
	if err != nil {
		return Session{}, err
	}
	id, err := a.verifyIDToken(ctx, answer.IDToken, pending.Nonce)
	if err != nil {
		return Session{}, err
	}
	session := Session{IDToken: id, Tokens: a.tokens(answer, ""), asked: asked}
	if a.Provider.UserInfoEndpoint != "" {
		session.UserInfo, err = a.UserInfo(ctx, answer.AccessToken, id.Subject)
		if err != nil {
			return Session{}, err
		}
	}
	return session, nil
}
