package pages_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/storage"
)

func TestFramesWhileSigningOut(t *testing.T) {
	g := newRig(t)
	personID, _ := g.enroll("jsmith")
	g.pages.Frames = func(s storage.Session) []string {
		return []string{"https://labs.example/out?sid=" + s.ID, "https://claims.example:8443/x?sid=" + s.ID}
	}
	cookie, s, err := g.pages.Sessions.Begin(t.Context(), session.Beginning{PersonID: personID, AuthTime: g.at})
	if err != nil {
		t.Fatal(err)
	}
	g.jar["__Host-claviger-session"] = cookie
	page := g.post("/sign-out", url.Values{})
	g.want("signing out", page, http.StatusOK, "")
	g.shows("signing out", page, `<iframe class="unseen" src="https://labs.example/out?sid=`+s.ID+`"`, `content="3; url=/signed-out"`, `href="/signed-out"`)
	policy := page.Header.Get("Content-Security-Policy")
	if !strings.Contains(policy, "; frame-src https://labs.example https://claims.example:8443;") && !strings.Contains(policy, " frame-src https://labs.example https://claims.example:8443;") {
		t.Errorf("policy: %s", policy)
	}
	if g.jar["__Host-claviger-session"] != "" {
		t.Error("the cookie is still there")
	}
	if other := g.get("/signed-out").Header.Get("Content-Security-Policy"); strings.Contains(other, "frame-src") {
		t.Errorf("another page allows frames: %s", other)
	}
}
