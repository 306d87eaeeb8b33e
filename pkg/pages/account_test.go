package pages_test

import (
	"net/http"
	"regexp"
	"slices"
	"testing"

	"golang.org/x/net/html"
	"strings"
)

var navigation = regexp.MustCompile(`(?s)<nav class="places" aria-label="Your account">(.*?)</nav>`)

// ways returns what the navigation of a page leads to, with what is current.
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
	return paths, current
}

// TestEveryPageOfAnAccountLeadsToTheOthers: whoever is on one of them finds all,
// hears which it is, and gets past the list with one key.
func TestEveryPageOfAnAccountLeadsToTheOthers(t *testing.T) {
	g := newRig(t)
	chief, _ := g.enroll("mjones")
	nurse, _ := g.enroll("jsmith2")
	ours, _ := g.manages(chief)
	first := g.get("/account")
	g.want("nobody is signed in", first, http.StatusForbidden, "")
	g.shows("nobody is signed in", first, "Sign in first")

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
