package pages_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/claviger-id/claviger/pkg/agreement"
	"github.com/claviger-id/claviger/pkg/session"
)

// TestAPersonReadsAgainWhatTheyAccepted: with a receipt that anybody can check who
// has the public key, and that says nothing else when a byte of it changes.
func TestAPersonReadsAgainWhatTheyAccepted(t *testing.T) {
	const page = "/account/agreements"
	g := newRig(t)
	g.withAgreement("2026-11", 0)
	private, public, err := note.GenerateKey(nil, "claviger/audit/test")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(private)
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := note.NewVerifier(public)
	if err != nil {
		t.Fatal(err)
	}
	g.pages.Agreements.Signer = signer
	g.serve()
	id, _ := g.enroll("jsmith2")
	other, _ := g.enroll("mlee")
	g.session(id, true)
	g.shows("nothing yet", g.get(page), "You have accepted none so far.")
	answer := agreement.Answer{PersonID: id, Audience: agreement.Everyone, Version: "2026-11", Language: "es", InteractionID: "i"}
	if err := g.pages.Agreements.Accept(t.Context(), answer); err != nil {
		t.Fatal(err)
	}
	one := page + "/" + g.accepted(id)[0].ID
	g.shows("the list", g.get(page), "Use Agreement, version 2026-11", "Accepted on November 23, 2026, 12:00\u00a0PM\u00a0UTC", one, one+"/receipt")
	g.shows("the text", g.get(one), `lang="es"`, "Guarde sus claves.", "version 2026-11")

	got := g.get(one + "/receipt")
	g.want("the receipt", got, http.StatusOK, "")
	if d := got.Header.Get("Content-Disposition"); !strings.HasPrefix(d, "attachment") || !strings.HasPrefix(got.Header.Get("Content-Type"), "text/plain") {
		t.Errorf("headers %v", got.Header)
	}
	opened, err := note.Open([]byte(got.text), note.VerifierList(verifier))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"claviger use agreement receipt v1", "user-id: jsmith2", "version: 2026-11", "language: es", "accepted-at: " + g.at.Format(time.RFC3339), "sha256: "} {
		if !strings.Contains(opened.Text, line) {
			t.Errorf("the receipt does not say %q:\n%s", line, opened.Text)
		}
	}
	if _, err := note.Open([]byte(strings.Replace(got.text, "jsmith2", "jsmith3", 1)), note.VerifierList(verifier)); err == nil {
		t.Error("a receipt that was changed is right")
	}

	g.session(other, true)
	for _, path := range []string{one, one + "/receipt", page + "/x"} {
		g.want("another person: "+path, g.get(path), http.StatusNotFound, "")
	}
}

// TestAPersonTakesBackWhatTheyAccepted: they are asked, then signed out everywhere, and
// it stays on record; who has nothing to take back is not asked.
func TestAPersonTakesBackWhatTheyAccepted(t *testing.T) {
	const page, takeBack = "/account/agreements", "/account/agreements/take-back"
	g := newRig(t)
	g.withAgreement("2026-11", 0)
	id, _ := g.enroll("jsmith2")
	g.session(id, true)
	g.want("nothing to take back", g.get(takeBack), http.StatusSeeOther, page)
	if strings.Contains(g.get(page).text, takeBack) {
		t.Error("the list leads to taking back nothing")
	}
	if err := g.pages.Agreements.Accept(t.Context(), agreement.Answer{PersonID: id, Audience: agreement.Everyone, Version: "2026-11", Language: "en", InteractionID: "i"}); err != nil {
		t.Fatal(err)
	}
	elsewhere := g.elsewhere(id, "Firefox")
	g.shows("the list", g.get(page), `id="take-back" href="`+takeBack+`"`)
	g.shows("the question", g.get(takeBack), "You are signed out everywhere", "stays on record")
	if !g.accepted(id)[0].WithdrawnAt.IsZero() || !g.alive(elsewhere) {
		t.Fatal("asking does it")
	}
	g.want("yes", g.post(takeBack, nil), http.StatusSeeOther, "/signed-out")
	if g.accepted(id)[0].WithdrawnAt.IsZero() {
		t.Error("it is not taken back")
	}
	if g.alive(elsewhere) || g.recorded(elsewhere.ID)[0] != session.ReasonAgreementWithdrawn {
		t.Errorf("who signed in elsewhere stays: %q", g.recorded(elsewhere.ID))
	}
	if got := g.get(page); !strings.HasPrefix(got.Header.Get("Location"), "/interaction/") {
		t.Errorf("afterwards this browser is at %d %s", got.StatusCode, got.Header.Get("Location"))
	}
	if n := len(g.noted("agreement.withdrawn")); n != 1 {
		t.Errorf("%d events", n)
	}
	g.session(id, true)
	g.shows("the list afterwards", g.get(page), "Taken back on")
	g.want("once more", g.post(takeBack, nil), http.StatusSeeOther, page)
}
