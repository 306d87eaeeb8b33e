package pages_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// TestWhoChangedTwiceIsToldBeforeTheForm: advice to change the password can be followed on
// its first day; who has to wait after that reads so before anything is filled in.
func TestWhoChangedTwiceIsToldBeforeTheForm(t *testing.T) {
	g, id := quarterly(t)
	g.session(id, true)
	change := func(current, chosen string) answer {
		return g.post("/account/password", url.Values{"current-password": {current}, "new-password": {chosen}, "confirm": {chosen}})
	}
	g.shows("on the first day", g.get("/account/password"), `id="current-password"`)
	g.want("on the first day", change(personal, "seven marble kettles humming"), http.StatusSeeOther, "/account/password/done")

	page := g.get("/account/password")
	g.shows("after that", page, "You can change it again in 24 hours.", "If somebody else knows it")
	if strings.Contains(page.text, `id="current-password"`) {
		t.Error("the form is shown")
	}
	page = change("seven marble kettles humming", "orange ladders whisper softly")
	g.want("a form that was open", page, http.StatusUnprocessableEntity, "")
	g.shows("a form that was open", page, "You can change it again in 24 hours.")

	g.at = g.at.Add(24 * time.Hour)
	g.session(id, true)
	g.want("the next day", change("seven marble kettles humming", "orange ladders whisper softly"), http.StatusSeeOther, "/account/password/done")
}
