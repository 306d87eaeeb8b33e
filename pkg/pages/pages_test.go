package pages_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/storage"
)

func credentials(userID, password string) url.Values {
	return url.Values{"userid": {userID}, "password": {password}}
}

func chosen(password, again string) url.Values {
	return url.Values{"new-password": {password}, "confirm": {again}}
}

// TestFirstSignIn is the whole way of a newcomer through the pages.
func TestFirstSignIn(t *testing.T) {
	g := newRig(t)
	personID, temporary := g.enroll("jsmith2")
	id := g.begin(nil)
	resume, signIn, choose := flow.ResumePath(id), flow.PathFor(flow.StepSignIn, id), flow.PathFor(flow.StepChoosePassword, id)

	g.want("choosing before signing in", g.get(choose), 303, resume)
	g.want("choosing before signing in", g.post(choose, chosen(personal, personal)), 303, resume)

	page := g.get(signIn)
	g.want("sign-in", page, 200, "")
	g.shows("sign-in", page, "Harbor Provider Portal", `action="`+signIn+`"`, `id="userid"`, `id="password"`, `id="shared"`,
		`id="submit"`, `autocomplete="username webauthn"`, `autocomplete="current-password"`, "5 minutes")

	wrong := g.post(signIn, credentials("jsmith2", "not the right one SENTINEL"))
	g.want("wrong password", wrong, 422, "")
	g.shows("wrong password", wrong, `role="alert"`, `value="jsmith2"`, `aria-describedby="alert" autofocus`)
	unknown := g.post(signIn, credentials("nobody", "not the right one SENTINEL"))
	g.want("unknown User ID", unknown, 422, "")
	if got, want := strings.ReplaceAll(unknown.text, "nobody", "jsmith2"), wrong.text; withoutNonce(got) != withoutNonce(want) {
		t.Errorf("an unknown User ID looks different (-wrong +unknown):\n%s", cmp.Diff(want, got))
	}

	g.want("temporary password", g.post(signIn, credentials("  JSmith2 ", temporary)), 303, resume)
	if got := g.state(id).SignedIn; got == nil || got.PersonID != personID || got.Shared ||
		got.PasswordKind != storage.PasswordTemporary || cmp.Diff([]string{"pwd"}, got.AMR) != "" {
		t.Fatalf("recorded %+v", got)
	}
	g.want("signing in twice", g.get(signIn), 303, resume)
	g.want("signing in twice", g.post(signIn, credentials("jsmith2", temporary)), 303, resume)

	page = g.get(choose)
	g.want("choose", page, 200, "")
	g.shows("choose", page, "At least 15 characters", `value="jsmith2" readonly autocomplete="username"`,
		`autocomplete="new-password"`, `id="new-password"`, `id="confirm"`, `id="submit"`)
	for name, form := range map[string]url.Values{
		"nothing":                chosen("", ""),
		"two that differ":        chosen(personal, personal+"s"),
		"too short":              chosen("fourteen chars", "fourteen chars"),
		"the temporary password": chosen(temporary, temporary),
		"a piece repeated":       chosen("heronheronheronheron", "heronheronheronheron"),
	} {
		got := g.post(choose, form)
		g.want(name, got, 422, "")
		g.shows(name, got, `role="alert"`, `aria-describedby="alert rules`, `aria-invalid="true"`)
	}
	g.want("a good one", g.post(choose, chosen(personal, personal)), 303, resume)
	if got := flow.Next(g.state(id)).Step; got != flow.StepIssue {
		t.Fatalf("the flow wants %q, not to issue", got)
	}
	g.want("choosing twice", g.get(choose), 303, resume)

	// The temporary password is dead, the personal one works, at once.
	id = g.begin(nil)
	signIn = flow.PathFor(flow.StepSignIn, id)
	g.want("dead temporary password", g.post(signIn, credentials("jsmith2", temporary)), 422, "")
	form := credentials("jsmith2", personal)
	form.Set("shared", "1")
	g.want("personal password", g.post(signIn, form), 303, flow.ResumePath(id))
	if got := g.state(id).SignedIn; !got.Shared || got.PasswordKind != storage.PasswordPersonal {
		t.Errorf("recorded %+v", got)
	}

	for what, where := range map[string]string{"page": g.shown.String(), "log": g.log.String()} {
		for _, hidden := range []string{temporary, personal, "SENTINEL", personID, g.jar["__Host-claviger-browser"]} {
			if strings.Contains(where, hidden) {
				t.Errorf("a %s holds %q", what, hidden)
			}
		}
	}
	if strings.Contains(g.log.String(), "jsmith2") || strings.Contains(g.log.String(), "nobody") {
		t.Error("the log holds a User ID")
	}
}

// ceremonyShown is a challenge of WebAuthn.
var ceremonyShown = regexp.MustCompile(`data-(options|ceremony)="[^"]*"`)

// withoutNonce takes out what differs between any two pages.
func withoutNonce(page string) string {
	_, rest, _ := strings.Cut(page, "</head>")
	return ceremonyShown.ReplaceAllString(rest, "")
}

func TestSharedComputerTurnsAutocompletionOff(t *testing.T) {
	g := newRig(t)
	_, temporary := g.enroll("jsmith2")
	id := g.begin(nil)
	form := credentials("jsmith2", "wrong")
	form.Set("shared", "1")
	got := g.post(flow.PathFor(flow.StepSignIn, id), form)
	g.want("wrong", got, 422, "")
	g.shows("wrong", got, "checked")
	form.Set("password", temporary)
	g.want("right", g.post(flow.PathFor(flow.StepSignIn, id), form), 303, flow.ResumePath(id))
	choose := g.get(flow.PathFor(flow.StepChoosePassword, id))
	for name, page := range map[string]answer{"sign-in": got, "choose": choose} {
		if strings.Contains(page.text, `autocomplete="username"`) || strings.Contains(page.text, `-password"`+" aria") &&
			!strings.Contains(page.text, `autocomplete="off"`) {
			t.Errorf("%s: autocompletion is on", name)
		}
	}
}

func TestInteractionOfAnotherBrowser(t *testing.T) {
	g := newRig(t)
	id := g.begin(nil)
	mine := g.jar
	for name, jar := range map[string]map[string]string{
		"no cookie":        {},
		"another browser":  {"__Host-claviger-browser": strings.Repeat("x", 43)},
		"a cookie planted": {"claviger-browser": mine["__Host-claviger-browser"]},
	} {
		g.jar = jar
		for _, step := range []flow.Step{flow.StepSignIn, flow.StepChoosePassword} {
			got := g.get(flow.PathFor(step, id))
			g.want(name, got, 404, "")
			g.shows(name, got, "This sign-in is over", "Open the application", `id="reference"`)
			g.want(name, g.post(flow.PathFor(step, id), credentials("a", "b")), 404, "")
		}
	}
	g.jar = mine
	g.want("the first", g.get(flow.PathFor(flow.StepSignIn, id)), 200, "")
}

func TestLoginHintIsShownAsText(t *testing.T) {
	g := newRig(t)
	id := g.begin(func(r *flow.Request) { r.LoginHint = `"><script>alert(1)</script>` })
	got := g.get(flow.PathFor(flow.StepSignIn, id))
	g.want("hostile hint", got, 200, "")
	if strings.Contains(got.text, "<script>alert") {
		t.Error("the hint became a script")
	}
	g.shows("hostile hint", got, `value="&#34;&gt;&lt;script&gt;`)
	id = g.begin(func(r *flow.Request) { r.LoginHint = strings.Repeat("x", 300) })
	if got := g.get(flow.PathFor(flow.StepSignIn, id)); strings.Contains(got.text, "xxxx") {
		t.Error("a hint that is no User ID was shown")
	}
}

func TestFormsThatAreNone(t *testing.T) {
	g := newRig(t)
	_, temporary := g.enroll("jsmith2")
	id := g.begin(nil)
	signIn := flow.PathFor(flow.StepSignIn, id)
	good := credentials("jsmith2", temporary)

	twice := url.Values{"userid": {"jsmith2", "other"}, "password": {temporary}}
	g.want("a field twice", g.post(signIn, twice), 400, "")
	g.want("no User ID", g.post(signIn, credentials("", "x")), 422, "")
	g.want("no password", g.post(signIn, credentials("x", "")), 422, "")
	g.want("nothing", g.post(signIn, url.Values{}), 422, "")
	g.want("a long User ID", g.post(signIn, credentials(strings.Repeat("x", 2000), "x")), 422, "")
	g.want("a long password", g.post(signIn, credentials("jsmith2", strings.Repeat("x", 7000))), 422, "")
	g.want("too much", g.post(signIn, credentials("jsmith2", strings.Repeat("x", 9000))), 413, "")
	g.want("NUL", g.post(signIn, credentials("jsm\x00ith2", "x")), 400, "")

	r := httptest.NewRequest("POST", origin+signIn, strings.NewReader(good.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	foreign := g.do(r)
	g.want("from another site", foreign, 403, "")
	g.shows("from another site", foreign, "stopped for your safety", "up-to-date browser")
	r = httptest.NewRequest("POST", origin+signIn, strings.NewReader(`{"userid":"jsmith2"}`))
	r.Header.Set("Content-Type", "application/json")
	g.want("JSON", g.do(r), 415, "")
	r = httptest.NewRequest("POST", origin+signIn+"?"+good.Encode(), strings.NewReader(""))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	g.want("a password in the address", g.do(r), 422, "")
	if strings.Contains(g.log.String(), temporary) {
		t.Error("the log holds a password that was in the address")
	}
	if g.state(id).SignedIn != nil {
		t.Error("one of these signed somebody in")
	}
}

func TestTooManyAttempts(t *testing.T) {
	g := newRig(t)
	_, temporary := g.enroll("jsmith2")
	id := g.begin(nil)
	signIn := flow.PathFor(flow.StepSignIn, id)
	g.want("temporary", g.post(signIn, credentials("jsmith2", temporary)), 303, flow.ResumePath(id))
	g.want("chosen", g.post(flow.PathFor(flow.StepChoosePassword, id), chosen(personal, personal)), 303, flow.ResumePath(id))
	id = g.begin(nil)
	signIn = flow.PathFor(flow.StepSignIn, id)
	for range 30 {
		got := g.post(signIn, credentials("jsmith2", "wrong"))
		if got.StatusCode == 429 {
			if got.Header.Get("Retry-After") == "" {
				t.Error("no Retry-After")
			}
			g.shows("limited", got, "Try again in ", `role="alert"`, `value="jsmith2"`)
			return
		}
		g.want("wrong", got, 422, "")
	}
	t.Error("30 wrong passwords in a moment were not limited")
}

// TestTwoWindows chooses in one window what another has chosen already.
// Who does not want to sign in goes back to the application, which hears no.
func TestCancel(t *testing.T) {
	g := newRig(t)
	id := g.begin(nil)
	sent := g.post(flow.PathFor(flow.StepSignIn, id), url.Values{"cancel": {"1"}})
	g.want("cancelling", sent, 303, flow.ResumePath(id))
	if d := flow.Next(g.state(id)); d.Error != flow.ErrorAccessDenied {
		t.Errorf("the flow says %+v", d)
	}
}

func TestTwoWindows(t *testing.T) {
	g := newRig(t)
	_, temporary := g.enroll("jsmith2")
	first, second := g.begin(nil), g.begin(nil)
	for _, id := range []string{first, second} {
		g.want("sign-in", g.post(flow.PathFor(flow.StepSignIn, id), credentials("jsmith2", temporary)), 303, flow.ResumePath(id))
	}
	g.want("first", g.post(flow.PathFor(flow.StepChoosePassword, first), chosen(personal, personal)), 303, flow.ResumePath(first))
	other := "nine other herons drift by"
	g.want("second", g.post(flow.PathFor(flow.StepChoosePassword, second), chosen(other, other)), 303, flow.ResumePath(second))
	// What was proven there is worth nothing any more; the newest password is asked for.
	signIn := flow.PathFor(flow.StepSignIn, second)
	g.shows("second", g.get(signIn), "Your password was changed meanwhile", `id="userid"`)
	g.want("second, with the newest", g.post(signIn, credentials("jsmith2", personal)), 303, flow.ResumePath(second))
	if got := flow.Next(g.state(second)).Step; got != flow.StepIssue {
		t.Errorf("the second window wants %q", got)
	}
}

func TestSignOut(t *testing.T) {
	g := newRig(t)
	g.want("nobody is signed in", g.get("/sign-out"), 303, "/signed-out")
	g.want("nobody is signed in", g.post("/sign-out", nil), 303, "/signed-out")

	personID, _ := g.enroll("jsmith2")
	cookie, s, err := g.pages.Sessions.Begin(t.Context(), session.Beginning{
		PersonID: personID, Subject: "subject", AMR: []string{"pwd"}, AuthTime: g.at,
	})
	if err != nil {
		t.Fatal(err)
	}
	g.jar["__Host-claviger-session"] = cookie
	g.begin(nil)
	g.shows("home", g.get("/"), `id="sign-out" href="/sign-out"`)
	g.want("the last page comes too early", g.get("/signed-out"), 303, "/sign-out")
	page := g.get("/sign-out")
	g.want("confirmation", page, 200, "")
	g.shows("confirmation", page, `action="/sign-out"`, `id="submit"`, "Stay signed in")
	if _, err := g.pages.Sessions.Resolve(t.Context(), cookie); err != nil {
		t.Fatalf("a GET ended the session: %v", err)
	}

	got := g.post("/sign-out", nil)
	g.want("sign out", got, 303, "/signed-out")
	if _, err := g.pages.Sessions.Alive(t.Context(), s.ID); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("the session lives: %v", err)
	}
	last := g.get("/signed-out")
	g.want("the last page", last, 200, "")
	g.shows("the last page", last, "Leaving a shared computer?", "Close every window")
	if got := last.Header.Get("Clear-Site-Data"); got != `"cache", "storage"` {
		t.Errorf("Clear-Site-Data: %s", got)
	}
	if len(g.jar) != 0 {
		t.Errorf("cookies are left: %v", g.jar)
	}
	// The cookie that somebody kept is worth nothing.
	g.jar["__Host-claviger-session"] = cookie
	g.want("the old cookie", g.get("/sign-out"), 303, "/signed-out")
}

// TestHeadersOfEveryRoute asks every route, good and bad, for what all pages
// send.
func TestHeadersOfEveryRoute(t *testing.T) {
	g := newRig(t)
	id := g.begin(nil)
	want := map[string]string{
		"Cache-Control":                "no-store",
		"Cross-Origin-Opener-Policy":   "same-origin",
		"Cross-Origin-Resource-Policy": "same-origin",
		"Referrer-Policy":              "no-referrer",
		"Strict-Transport-Security":    "max-age=63072000; includeSubDomains; preload",
		"X-Content-Type-Options":       "nosniff",
		"X-Frame-Options":              "DENY",
	}
	routes := g.mux.Patterns()
	if len(routes) < 12 {
		t.Fatalf("routes: %v", routes)
	}
	for _, pattern := range append(routes, "GET /missing", "DELETE /") {
		method, path, _ := strings.Cut(strings.NewReplacer("{id}", id, "{$}", "", "{name}", "none.css").Replace(pattern), " ")
		r := httptest.NewRequest(method, origin+path, nil)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		got := g.do(r)
		for name, value := range want {
			if got.Header.Get(name) != value {
				t.Errorf("%s: %s: %q, want %q", pattern, name, got.Header.Get(name), value)
			}
		}
		policy := got.Header.Get("Content-Security-Policy")
		for _, part := range []string{"default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'"} {
			if !strings.Contains(policy, part) {
				t.Errorf("%s: policy without %s: %s", pattern, part, policy)
			}
		}
		if strings.Contains(policy, "unsafe") || strings.Contains(policy, "*") {
			t.Errorf("%s: policy: %s", pattern, policy)
		}
	}
	id = g.begin(nil) // the last page took the cookie of the first
	if got := g.get(flow.PathFor(flow.StepSignIn, id)).Header.Get("Content-Security-Policy"); !strings.Contains(got, "form-action 'self' "+application+";") {
		t.Errorf("sign-in cannot lead back to the application: %s", got)
	}
	if got := g.get("/sign-out").Header.Get("Content-Security-Policy"); strings.Contains(got, "script-src") {
		t.Errorf("a page without a script allows one: %s", got)
	}
}

func TestErrorPage(t *testing.T) {
	g := newRig(t)
	got := g.get("/nothing?secret=SENTINEL")
	g.want("missing", got, 404, "")
	g.shows("missing", got, "There is no page here", got.Header.Get("X-Request-Id"), `href="/account"`)
	if strings.Contains(got.text, "SENTINEL") {
		t.Error("the page repeats the address")
	}
	w := httptest.NewRecorder()
	g.pages.Error(w, httptest.NewRequest("GET", "/authorize?ui_locales=xx", nil), 400, flow.Refused, `<b>bold</b>`)
	if text := w.Body.String(); w.Code != 400 || !strings.Contains(text, "is refused: &lt;b&gt;bold") ||
		!strings.Contains(text, "Problem: This sign-in link does not work") || strings.Contains(text, "lang=es") {
		t.Errorf("%d %s", w.Code, text)
	}
	w = httptest.NewRecorder()
	g.pages.Error(w, httptest.NewRequest("GET", "/authorize?ui_locales=es", nil), 400, flow.WrongAddress, "")
	if text := w.Body.String(); !strings.Contains(text, "Problema: Este enlace de inicio de sesión no funciona") || strings.Contains(text, "application") {
		t.Errorf("%s", text)
	}
}

// TestFaultShowsNothingOfTheCause covers errors that no page expects.
func TestFaultShowsNothingOfTheCause(t *testing.T) {
	g := newRig(t)
	for name, c := range map[string]struct {
		err    error
		status int
		title  string
	}{
		"unknown":     {errors.New("pq: SENTINEL"), 500, "Something went wrong on our side"},
		"suspended":   {problem.Wrap(problem.Denied, "This account cannot be used.", errors.New("SENTINEL")), 403, "This account cannot be used."},
		"unavailable": {errors.Join(storage.ErrUnavailable, errors.New("dial SENTINEL")), 503, "We are very busy"},
	} {
		w := httptest.NewRecorder()
		g.pages.Fault(w, httptest.NewRequest("GET", "/", nil), c.err)
		if text := w.Body.String(); w.Code != c.status || !strings.Contains(text, c.title) || strings.Contains(text, "SENTINEL") {
			t.Errorf("%s: %d %s", name, w.Code, text)
		}
	}
}

// TestAFormThatWasSentInVain: reloading would send it again; people are led back to it.
func TestAFormThatWasSentInVain(t *testing.T) {
	g := newRig(t)
	cause := fmt.Errorf("waiting: %w", context.DeadlineExceeded)
	shown := func(method, path, from string) string {
		r := httptest.NewRequest(method, path, nil)
		r.Header.Set("Sec-Fetch-Site", from)
		w := httptest.NewRecorder()
		g.pages.Fault(w, r, &problem.Error{Code: problem.Unavailable, RetryAfter: 7 * time.Second, Cause: cause})
		if w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "Try again in 7 seconds.") {
			t.Errorf("%s %s: %d %s", method, path, w.Code, w.Body)
		}
		return w.Body.String()
	}
	if text := shown("POST", "/account/password", "same-origin"); !strings.Contains(text, `href="/account/password">Back to the form`) || !strings.Contains(text, "What you sent was not taken") {
		t.Errorf("a form: %s", text)
	}
	for name, text := range map[string]string{
		"a page":      shown("GET", "/account/password", "same-origin"),
		"from abroad": shown("POST", "/end-session", "cross-site"),
		"from a mail": shown("POST", "/recover", "same-origin"),
	} {
		if strings.Contains(text, "Back to the form") {
			t.Errorf("%s: %s", name, text)
		}
	}
}
