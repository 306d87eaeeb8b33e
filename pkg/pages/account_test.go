package pages_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/pkg/session"
)

var navigation = regexp.MustCompile(`(?s)<nav class="places" aria-label="Your account">(.*?)</nav>`)

// ways returns what the navigation of a page leads to besides the way out, which is
// the last of it, with what is current.
func (g *rig) ways(page answer) (paths, current []string) {
	g.t.Helper()
	found := navigation.FindStringSubmatch(page.text)
	if found == nil {
		g.t.Fatalf("there is no navigation:\n%s", page.text)
	}
	root, err := html.Parse(strings.NewReader(found[1]))
	if err != nil {
		g.t.Fatal(err)
	}
	for n := range root.Descendants() {
		if n.Data != "a" {
			continue
		}
		path, is := "", ""
		for _, a := range n.Attr {
			switch a.Key {
			case "href":
				path = a.Val
			case "aria-current":
				is = a.Val
			}
		}
		paths = append(paths, path)
		if is != "" {
			current = append(current, path+" "+is)
		}
	}
	if len(paths) == 0 || paths[len(paths)-1] != "/sign-out" {
		g.t.Fatalf("the way out is not the last of %v", paths)
	}
	return paths[:len(paths)-1], current
}

// TestEveryPageOfAnAccountLeadsToTheOthers: whoever is on one of them finds all,
// hears which it is, and gets past the list with one key.
func TestEveryPageOfAnAccountLeadsToTheOthers(t *testing.T) {
	g := newRig(t)
	chief, _ := g.enroll("mjones")
	nurse, _ := g.enroll("jsmith2")
	ours, _ := g.manages(chief)
	g.session(nurse, true)
	own, _ := g.ways(g.get("/account"))
	if slices.Contains(own, "/manage") {
		t.Error("who manages nothing is led to managing")
	}
	g.shows("the overview", g.get("/account"), `id="person">jsmith2<`, `href="/sign-out"`, `<a class="skip" href="#main">`)
	for _, path := range own {
		page := g.get(path)
		g.want(path, page, http.StatusOK, "")
		if got, current := g.ways(page); !slices.Equal(got, own) || !slices.Equal(current, []string{path + " page"}) {
			t.Errorf("%s leads to %v, and says that it is %v", path, got, current)
		}
	}
	if _, current := g.ways(g.get("/account/password/done")); !slices.Equal(current, []string{"/account/password true"}) {
		t.Errorf("after a change of the password: %v", current)
	}

	g.session(chief, true)
	all, _ := g.ways(g.get("/account"))
	if !slices.Equal(all, append(own, "/manage")) {
		t.Errorf("an administrator is led to %v", all)
	}
	g.shows("the overview", g.get("/account"), "Manage access", "staff has which access")
	for path, want := range map[string]string{"/manage": "/manage page", "/manage/" + ours.ID: "/manage true", "/manage/" + ours.ID + "/grant": "/manage true"} {
		if got, current := g.ways(g.get(path)); !slices.Equal(got, all) || !slices.Equal(current, []string{want}) {
			t.Errorf("%s leads to %v, and says that it is %v", path, got, current)
		}
	}
}

// TestThePasswordIsChangedUnderTheAccount: bookmarks and password managers find it.
func TestThePasswordIsChangedUnderTheAccount(t *testing.T) {
	g := newRig(t)
	for _, path := range []string{"/change-password", "/.well-known/change-password"} {
		g.want(path, g.get(path), http.StatusSeeOther, "/account/password")
	}
}

// asksToSignIn says that a page sends the browser to sign in, and from there to an
// address; it returns the sign-in page.
func (g *rig) asksToSignIn(what string, got answer, back string) answer {
	g.t.Helper()
	id, ok := strings.CutPrefix(got.Header.Get("Location"), "/interaction/")
	if got.StatusCode != http.StatusSeeOther || !ok {
		g.t.Fatalf("%s: %d to %q", what, got.StatusCode, got.Header.Get("Location"))
	}
	if to := g.state(id).Request.Own; to != back {
		g.t.Errorf("%s: then goes on to %q, want %q", what, to, back)
	}
	return g.get(flow.PathFor(flow.StepSignIn, id))
}

// TestWhoIsNotSignedInComesBackToThePage: a bookmark works, and so does a form that
// was left open, except for what was entered.
func TestWhoIsNotSignedInComesBackToThePage(t *testing.T) {
	g := newRig(t)
	id, _ := g.enroll("jsmith2")
	g.manages(id)
	for _, path := range []string{"/account", "/account/sessions", "/account/password", "/manage", "/manage/x?after=y"} {
		page := g.asksToSignIn(path, g.get(path), path)
		g.shows(path, page, "to see your account", `id="password"`)
	}
	g.asksToSignIn("a form", g.post("/account/sessions", url.Values{"others": {"1"}}), "/account/sessions")
	g.asksToSignIn("another language", g.get("/account?lang=es"), "/account?lang=es")
	g.asksToSignIn("too much", g.get("/account?x="+strings.Repeat("y", 300)), "/account")

	// Whose session is over reads why.
	s := g.session(id, true)
	if err := g.pages.Sessions.End(t.Context(), s.ID, session.ReasonIdle); err != nil {
		t.Fatal(err)
	}
	g.shows("after a while", g.asksToSignIn("after a while", g.get("/account"), "/account"), "because nothing was done here")
}

// TestTheApplicationIsNamed: where the operator says which one people use first, the pages
// lead there.
func TestTheApplicationIsNamed(t *testing.T) {
	g := newRig(t)
	g.pages.Application, g.pages.ApplicationURL = "Harbor Portal", "https://portal.harbor.example/"
	g.session(g.member("jsmith"), true)
	for _, path := range []string{"/", "/account"} {
		g.shows(path, g.get(path), `href="https://portal.harbor.example/">Go to Harbor Portal</a>`)
	}
}
