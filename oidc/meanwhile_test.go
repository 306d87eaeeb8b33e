package oidc_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/credential"
	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/storage"
)

// suspend is what an operator does to Ada's account: the state first, then what
// is signed in.
func (w *world) suspend() {
	w.t.Helper()
	ctx := context.Background()
	if err := w.Store.Tx(ctx, func(tx storage.Tx) error {
		who, err := tx.People().Get(ctx, w.person.ID)
		if err != nil {
			return err
		}
		who.State = storage.PersonSuspended
		return tx.People().Update(ctx, who)
	}); err != nil {
		w.t.Fatal(err)
	}
	if err := w.Sessions.EndByPerson(ctx, w.person.ID, session.ReasonOperator); err != nil {
		w.t.Fatal(err)
	}
}

// hasPassword gives Ada the password that the sign-in page of these tests takes
// for proven.
func (w *world) hasPassword() {
	w.t.Helper()
	ctx := context.Background()
	if err := w.Store.Tx(ctx, func(tx storage.Tx) error {
		return tx.Passwords().Insert(ctx, storage.Password{
			PersonID: w.person.ID, Kind: storage.PasswordPersonal, Verifier: []byte("x"), Scheme: "x", SetAt: tx.Now(),
		})
	}); err != nil {
		w.t.Fatal(err)
	}
}

// reset is what an operator does when somebody else knows the password, and
// again what Ada does then: she chooses another one.
func (w *world) reset() {
	w.t.Helper()
	ctx := context.Background()
	if err := w.Store.Tx(ctx, func(tx storage.Tx) error {
		_, err := w.credentials.ResetByOperator(ctx, tx, credential.Reset{
			PersonID: w.person.ID, Proof: "in_person", Note: "license", ValidFor: time.Hour, By: audit.Actor{Type: "operator"},
		})
		if err != nil {
			return err
		}
		p, err := tx.Passwords().Get(ctx, w.person.ID)
		if err != nil {
			return err
		}
		p.Kind, p.ExpiresAt = storage.PasswordPersonal, time.Time{}
		if err := tx.Passwords().Replace(ctx, p); err != nil {
			return err
		}
		who, err := tx.People().Get(ctx, w.person.ID)
		if err != nil {
			return err
		}
		who.State = storage.PersonActive
		return tx.People().Update(ctx, who)
	}); err != nil {
		w.t.Fatal(err)
	}
	if err := w.Sessions.EndByPerson(ctx, w.person.ID, session.ReasonOperator); err != nil {
		w.t.Fatal(err)
	}
}

// meanwhile is what takes away the right to go on.
var meanwhile = map[string]func(*world){
	"suspended": (*world).suspend,
	"reset":     (*world).reset,
	"told to change it": func(w *world) {
		ctx := context.Background()
		if _, err := w.credentials.Expire(ctx, credential.Expiry{Note: "a drill", By: audit.Actor{Type: "operator"}}, func(id string) error {
			return w.Sessions.EndByPerson(ctx, id, session.ReasonOperator)
		}); err != nil {
			w.t.Fatal(err)
		}
	},
}

// TestSignInWaitsUntilItIsWorthNothing: who has proven a password and does not go
// on until the account was suspended, or the password replaced, has no session
// from it. Whoever stole the password would otherwise only have to wait.
func TestSignInWaitsUntilItIsWorthNothing(t *testing.T) {
	for name, happens := range meanwhile {
		t.Run(name, func(t *testing.T) {
			onEveryStore(t, func(t *testing.T, w *world) {
				w.hasPassword()
				thief := w.browser()
				page := thief.get(ask("portal")).location(t).Path
				resume := thief.do(http.MethodPost, page, url.Values{}).location(t).Path
				happens(w)
				a := thief.get(resume)
				if q := a.location(t).Query(); q.Get("error") != "login_required" || q.Get("code") != "" || q.Get("state") != "st-portal" {
					t.Errorf("went to %s", a.header.Get("Location"))
				}
				if to := thief.get(ask("portal", "prompt", "none")).location(t); to.Query().Get("error") != "login_required" {
					t.Errorf("the browser is signed in: %s", to)
				}
				begun, over := w.count("session.created"), w.count("session.ended")
				if begun != over {
					t.Errorf("%d sessions began, %d ended", begun, over)
				}
			})
		})
	}
}

// TestDeviceWaitsUntilItIsWorthNothing: the same of a device whose request was
// approved, and of one whose approval is under way.
func TestDeviceWaitsUntilItIsWorthNothing(t *testing.T) {
	for name, happens := range meanwhile {
		t.Run(name, func(t *testing.T) {
			onEveryStore(t, func(t *testing.T, w *world) {
				w.hasPassword()
				w.offlineScreen()
				thief := w.browser()
				approved, under := w.beginDevice("scope", "openid offline_access"), w.beginDevice("scope", "openid offline_access")
				thief.letIn(approved)
				other := w.browser()
				a := other.get(other.do(http.MethodPost, "/device", enter(under)).location(t).Path)
				a = other.get(other.do(http.MethodPost, a.location(t).Path, url.Values{}).location(t).Path)
				resume := other.do(http.MethodPost, a.location(t).Path, url.Values{"answer": {"allow"}}).location(t).Path
				happens(w)
				if status, out := w.poll("screen", approved); status != http.StatusBadRequest || out["error"] != "invalid_grant" {
					t.Errorf("approved before: %d %v", status, out)
				}
				if to := other.get(resume).location(t).Path; to != "/device/refused" {
					t.Errorf("approved after: went to %s", to)
				}
				if status, out := w.poll("screen", under); status != http.StatusBadRequest || out["error"] != "access_denied" {
					t.Errorf("approved after: %d %v", status, out)
				}
			})
		})
	}
}

// letIn signs in and lets a device in.
func (b *browser) letIn(codes map[string]any) {
	b.w.t.Helper()
	a := b.do(http.MethodPost, "/device", enter(codes))
	for range 8 {
		to := a.location(b.w.t).Path
		switch {
		case to == "/device/connected":
			return
		case strings.HasSuffix(to, "/sign-in"), strings.HasSuffix(to, "/consent"):
			a = b.do(http.MethodPost, to, url.Values{"answer": {"allow"}})
		default:
			a = b.get(to)
		}
	}
	b.w.t.Fatal("round and round")
}

// offlineScreen lets the device ask for what outlives the session.
func (w *world) offlineScreen() {
	w.change("screen", func(c *storage.Client) { c.Scopes = append(c.Scopes, "offline_access") })
}

// change changes a registration.
func (w *world) change(id string, how func(*storage.Client)) {
	w.t.Helper()
	c, ok := w.Clients.Get(id)
	if !ok {
		w.t.Fatal(id)
	}
	how(&c)
	c.UpdatedAt = c.UpdatedAt.Add(time.Second)
	ctx := context.Background()
	if err := w.Store.Tx(ctx, func(tx storage.Tx) error { return tx.Clients().Update(ctx, c) }); err != nil {
		w.t.Fatal(err)
	}
	if err := w.Clients.Poll(ctx); err != nil {
		w.t.Fatal(err)
	}
}

// TestAccessTokensEndWithWhatOutlivesSessions: the access token of a grant that
// outlives its session ends with the grant, at once and everywhere.
func TestAccessTokensEndWithWhatOutlivesSessions(t *testing.T) {
	onEveryStore(t, func(t *testing.T, w *world) {
		w.hasPassword()
		out := w.browser().tokens("night", "scope", "openid profile offline_access")
		if a := w.userinfo(out["access_token"]); a.status != http.StatusOK {
			t.Fatalf("before: %d %s", a.status, a.body)
		}
		w.reset()
		if a := w.userinfo(out["access_token"]); a.status != http.StatusUnauthorized {
			t.Errorf("userinfo: %d %s", a.status, a.body)
		}
		a := w.post("/introspect", "night", url.Values{"token": {out["access_token"].(string)}})
		if active := parse(t, a)["active"]; active != false {
			t.Errorf("introspection: %s", a.body)
		}
	})
}

// TestRedirectURITakenAwayMeanwhile: an address that was taken from a client
// while somebody signed in gets no code, and no error either.
func TestRedirectURITakenAwayMeanwhile(t *testing.T) {
	onEveryStore(t, func(t *testing.T, w *world) {
		b := w.browser()
		page := b.get(ask("portal")).location(t).Path
		resume := b.do(http.MethodPost, page, url.Values{}).location(t).Path
		w.change("portal", func(c *storage.Client) { c.RedirectURIs = []string{"https://elsewhere.example/cb"} })
		if a := b.get(resume); a.status != http.StatusBadRequest || a.header.Get("Location") != "" {
			t.Errorf("%d %s", a.status, a.header.Get("Location"))
		}
	})
}

// TestResourceTakenAway: tokens that are renewed are addressed to nobody whom the
// client may call no more.
func TestResourceTakenAway(t *testing.T) {
	onEveryStore(t, func(t *testing.T, w *world) {
		w.change("portal", func(c *storage.Client) { c.Audiences = []string{"https://api.example/", "https://labs.example/"} })
		b := w.browser()
		both := "&resource=" + url.QueryEscape("https://labs.example/")
		back := b.follow(b.get(ask("portal", "resource", "https://api.example/") + both))
		status, out, _ := w.redeem("portal", exchange(back.Query().Get("code")))
		if status != http.StatusOK {
			t.Fatalf("%d %v", status, out)
		}
		w.change("portal", func(c *storage.Client) { c.Audiences = []string{"https://api.example/"} })
		w.refused("one taken away", "portal", out["refresh_token"], "invalid_target", "resource", "https://labs.example/")
		out = w.refresh("portal", out["refresh_token"])
		claims, _ := w.claimsOf(out["access_token"])
		if aud := claims["aud"].([]any); len(aud) != 2 || aud[0] != "https://api.example/" || aud[1] != w.Issuer {
			t.Errorf("aud %v", aud)
		}
		w.change("portal", func(c *storage.Client) { c.Audiences = []string{"https://x.example/"} })
		w.refused("all taken away", "portal", out["refresh_token"], "invalid_grant")
	})
}

// TestMaxAgeOfAPushedRequest is judged when the browser comes, not when the
// application pushed: the session has grown older since.
func TestMaxAgeOfAPushedRequest(t *testing.T) {
	onEveryStore(t, func(t *testing.T, w *world) {
		b := w.browser()
		b.code("portal")
		w.clock.add(20 * time.Second)
		uri := w.push("bank", pushing("max_age", "60"))
		w.clock.add(80 * time.Second)
		if to := b.get(byURI("bank", uri)).location(t).Path; !strings.HasSuffix(to, "/sign-in") {
			t.Errorf("a session of 100 seconds answered max_age=60: %s", to)
		}
	})
}

// TestRequestObjectIsNoAssertion: a request object passes through browsers. It
// must not let whoever saw it act as the client (RFC 9101 section 10.8, RFC 8725
// section 3.11).
func TestRequestObjectIsNoAssertion(t *testing.T) {
	onEveryStore(t, func(t *testing.T, w *world) {
		for name, typ := range map[string]string{"typed": "oauth-authz-req+jwt", "plain": "JWT"} {
			seen := bankKey.sign(typ, false, map[string]any{
				"iss": "service", "sub": "service", "aud": w.Issuer, "jti": "id-" + name, "exp": w.clock.now().Unix() + 60,
				"client_id": "service", "response_type": "code", "redirect_uri": callback,
			})
			status, out, _ := w.redeem("service", url.Values{
				"grant_type": {"client_credentials"}, "client_assertion_type": {assertionType}, "client_assertion": {seen},
			})
			if status != http.StatusUnauthorized || out["error"] != "invalid_client" {
				t.Errorf("%s: %d %v", name, status, out)
			}
		}
		// Nor is a proof of possession, or another kind of JWT, an assertion.
		for _, typ := range []string{"dpop+jwt", "logout+jwt", "at+jwt"} {
			text := bankKey.sign(typ, false, map[string]any{
				"iss": "service", "sub": "service", "aud": w.Issuer, "jti": "id-" + typ, "exp": w.clock.now().Unix() + 60,
			})
			status, out, _ := w.redeem("service", url.Values{
				"grant_type": {"client_credentials"}, "client_assertion_type": {assertionType}, "client_assertion": {text},
			})
			if status != http.StatusUnauthorized || out["error"] != "invalid_client" {
				t.Errorf("%s: %d %v", typ, status, out)
			}
		}
		for _, typ := range []string{"client-authentication+jwt", "jwt"} {
			text := bankKey.sign(typ, false, map[string]any{
				"iss": "service", "sub": "service", "aud": w.Issuer, "jti": "id-" + typ, "exp": w.clock.now().Unix() + 60,
			})
			status, out, _ := w.redeem("service", url.Values{
				"grant_type": {"client_credentials"}, "client_assertion_type": {assertionType}, "client_assertion": {text},
			})
			if status != http.StatusOK {
				t.Errorf("%s: %d %v", typ, status, out)
			}
		}
		// And an assertion is no request object.
		a := w.post("/par", "bank", url.Values{"client_id": {"bank"}, "request": {bankKey.sign("client-authentication+jwt", false, map[string]any{
			"iss": "bank", "aud": w.Issuer, "nbf": w.clock.now().Unix(), "exp": w.clock.now().Unix() + 60, "client_id": "bank",
			"response_type": "code", "redirect_uri": callback, "scope": "openid", "code_challenge": challengeOf(verifier), "code_challenge_method": "S256",
		})}})
		if a.status != http.StatusBadRequest || parse(t, a)["error"] != "invalid_request_object" {
			t.Errorf("%d %s", a.status, a.body)
		}
	})
}

// TestLoopbackRedirectWithAFragment: a code goes into no fragment (RFC 6749
// section 3.1.2), not even into an empty one.
func TestLoopbackRedirectWithAFragment(t *testing.T) {
	w := newWorld(t, embeddedStores)
	b := w.browser()
	if a := b.get(ask("spa", "redirect_uri", "http://127.0.0.1:4711/cb")); a.status != http.StatusSeeOther {
		t.Fatalf("%d", a.status)
	}
	if a := b.get(ask("spa", "redirect_uri", "http://127.0.0.1:4711/cb#")); a.status != http.StatusBadRequest {
		t.Errorf("%d %s", a.status, a.header.Get("Location"))
	}
}

// TestConsentKnowsClaims: who is asked hears of what an application wants beside
// its scopes, and of nothing that it would not get.
func TestConsentKnowsClaims(t *testing.T) {
	w := newWorld(t, embeddedStores)
	b := w.browser()
	wants := `{"userinfo":{"email":null,"phone_number":null,"name":null},"id_token":{"npi":{"essential":true}}}`
	page := b.get(ask("portal", "prompt", "consent", "scope", "openid profile", "claims", wants)).location(t).Path
	id := strings.Split(strings.TrimPrefix(page, "/interaction/"), "/")[0]
	at, err := url.Parse(w.Issuer)
	if err != nil {
		t.Fatal(err)
	}
	for _, cookie := range b.client.Jar.Cookies(at) {
		if in, err := w.Interactions.Load(t.Context(), id, cookie.Value); err == nil {
			if got := strings.Join(in.State.Request.ClaimScopes, " "); got != "email provider" {
				t.Errorf("told of %q", got)
			}
			return
		}
	}
	t.Error("the interaction was not found")
}

// kept notes for how long requests are kept.
type kept struct {
	storage.Interactions
	longest *time.Duration
}

func (k kept) Create(ctx context.Context, i storage.Interaction) error {
	*k.longest = max(*k.longest, i.ExpiresAt.Sub(i.CreatedAt))
	return k.Interactions.Create(ctx, i)
}

// TestPushedRequestsAreNotHoarded: nobody has to sign in, or even authenticate, to
// push; what was pushed and never used does not stay.
func TestPushedRequestsAreNotHoarded(t *testing.T) {
	w := newWorld(t, embeddedStores)
	longest := time.Duration(0)
	w.Requests = kept{w.Requests, &longest}
	form := pushing("redirect_uri", "http://127.0.0.1:4711/cb")
	w.push("spa", form)
	if longest > 2*time.Minute {
		t.Errorf("kept for %s", longest)
	}
}

// TestPushedRequestIsUsedOnce, however many browsers went to it in time.
func TestPushedRequestIsUsedOnce(t *testing.T) {
	onEveryStore(t, func(t *testing.T, w *world) {
		uri := w.push("bank", pushing())
		first, second := w.browser(), w.browser()
		a, z := first.get(byURI("bank", uri)), second.get(byURI("bank", uri))
		w.clock.add(20 * time.Minute)
		if back := first.follow(a); back.Query().Get("code") == "" {
			t.Fatalf("went to %s", back)
		}
		if back := second.follow(z); back.Query().Get("error") != "invalid_request_uri" || back.Query().Get("code") != "" {
			t.Errorf("used twice: %s", back)
		}
	})
}

// TestDeviceWhoseSessionEndsAtOnce: who is signed out between two looks is told
// so, and may enter the code again.
func TestDeviceWhoseSessionEndsAtOnce(t *testing.T) {
	onEveryStore(t, func(t *testing.T, w *world) {
		b := w.browser()
		codes := w.beginDevice()
		a := b.get(b.do(http.MethodPost, "/device", enter(codes)).location(t).Path)
		a = b.get(b.do(http.MethodPost, a.location(t).Path, url.Values{}).location(t).Path)
		resume := b.do(http.MethodPost, a.location(t).Path, url.Values{"answer": {"allow"}}).location(t).Path
		w.trips.failing("session write", storage.ErrNotFound, func() {
			if a := b.get(resume); a.status != http.StatusGone {
				t.Errorf("%d %s", a.status, a.body)
			}
		})
		b.letIn(codes)
	})
}

// TestOnlyAssertionsAreGrants: what a trusted issuer signed for another purpose,
// such as an access token to us, is no authorization grant (RFC 8725 section
// 3.11).
func TestOnlyAssertionsAreGrants(t *testing.T) {
	w := newWorld(t, embeddedStores)
	w.trust(string(partnerKey.set()), "")
	for _, typ := range []string{"at+jwt", "application/at+jwt", "logout+jwt", "secevent+jwt", "oauth-authz-req+jwt", "client-authentication+jwt"} {
		now := w.clock.now().Unix()
		text := partnerKey.sign(typ, false, map[string]any{
			"iss": partner, "sub": "svc-7", "aud": w.Issuer, "iat": now, "exp": now + 120, "jti": "id-" + typ,
		})
		status, out, _ := w.redeem("service", bringing(text))
		if status != http.StatusBadRequest || out["error"] != "invalid_grant" {
			t.Errorf("%s: %d %v", typ, status, out["error"])
		}
	}
}
