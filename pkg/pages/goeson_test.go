package pages_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/claviger-id/claviger/pkg/credential"
)

// TestACopiedCookieDoesNotOutliveThePassword: whoever has a copy of the cookie is in the
// same session; a change of the password leaves them outside, whatever becomes of the
// other sessions, and keeps its person in.
func TestACopiedCookieDoesNotOutliveThePassword(t *testing.T) {
	g := newRig(t)
	id, temporary := g.enroll("jsmith2")
	verified, err := g.pages.Credentials.Verify(t.Context(), credential.SignIn{UserID: "jsmith2", Password: temporary})
	if err != nil {
		t.Fatal(err)
	}
	password := "seven marble kettles humming"
	if err := g.pages.Credentials.ChoosePersonal(t.Context(), id, verified.Version, password); err != nil {
		t.Fatal(err)
	}
	record := g.session(id, true)
	for chosen, others := range map[string]string{"orange ladders whisper softly": "1", "eleven copper lanterns drifting": ""} {
		copied := g.jar["__Host-claviger-session"]
		a := g.post("/account/password", url.Values{"current-password": {password}, "new-password": {chosen}, "confirm": {chosen}, "others": {others}})
		g.want("changed", a, http.StatusSeeOther, "/account/password/done")
		if _, err := g.pages.Sessions.Resolve(t.Context(), copied); err == nil {
			t.Errorf("others %q: a copy of the cookie is signed in after the change", others)
		}
		now, err := g.pages.Sessions.Resolve(t.Context(), g.jar["__Host-claviger-session"])
		if err != nil || now.ID != record.ID || now.ACR != record.ACR || !now.AuthTime.Equal(record.AuthTime) {
			t.Errorf("others %q: the person's own session: %+v %v", others, now, err)
		}
		password = chosen
	}
}
