package pages_test

import (
	"context"
	"fmt"
	"html"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/request"
	"github.com/claviger-id/claviger/storage"
)

const activity = "/account/activity"

// withActivity shows people what happened with their accounts.
func (g *rig) withActivity() {
	g.pages.Activity = func(ctx context.Context, personID, before string, limit int) ([]audit.Entry, error) {
		return audit.Recent(ctx, g.store, personID, before, limit)
	}
	g.pages.ApplicationName = func(id string) string { return "The <i>" + id }
	g.serve()
}

// happen records events from an address, one minute after another.
func (g *rig) happen(address string, all ...audit.Event) {
	g.t.Helper()
	ctx := request.With(g.t.Context(), request.Info{ID: "r", Address: netip.MustParseAddr(address)})
	for _, e := range all {
		g.at = g.at.Add(time.Minute)
		if err := g.store.Tx(ctx, func(tx storage.Tx) error { return audit.Record(ctx, tx, e) }); err != nil {
			g.t.Fatal(err)
		}
	}
}

// TestRecentActivity: a person reads what happened with the account, in words, and
// nothing of anybody else.
func TestRecentActivity(t *testing.T) {
	g := newRig(t)
	g.withActivity()
	id, temporary := g.enroll("jsmith2")
	other, _ := g.enroll("mlee")
	own := audit.Actor{Type: "person", ID: id}
	desk := audit.Actor{Type: "operator", ID: "rosa.desk", Role: "help_desk"}
	g.at = g.at.Add(time.Minute)
	g.post("/interaction/"+g.begin(nil)+"/sign-in", url.Values{"userid": {"jsmith2"}, "password": {"not this one"}})
	g.happen("198.51.100.9",
		audit.Event{Kind: audit.SigninSucceeded, Actor: own, Subject: id},
		audit.Event{Kind: audit.FactorBound, Actor: own, Subject: id, Detail: map[string]string{"method": "totp"}},
		audit.Event{Kind: audit.SessionCreated, Actor: own, Subject: id, Detail: map[string]string{"amr": "pwd otp mfa", "shared": "true"}},
		audit.Event{Kind: audit.ConsentGiven, Actor: own, Subject: id, ClientID: "chart"},
		audit.Event{Kind: audit.GrantRefreshed, Actor: audit.Actor{Type: "client", ID: "chart"}, Subject: id, ClientID: "chart"},
		audit.Event{Kind: audit.SessionEnded, Reason: "idle", Actor: audit.Actor{Type: "system"}, Subject: id},
	)
	g.happen("203.0.113.5",
		audit.Event{Kind: audit.PersonRead, Actor: desk, Subject: id},
		audit.Event{Kind: audit.CredentialReset, Actor: desk, Subject: id, Detail: map[string]string{"proof": "called_back", "note": "asked for by the chief"}},
		audit.Event{Kind: audit.MembershipGranted, Actor: audit.Actor{Type: "person", ID: other}, Subject: id, Detail: map[string]string{"role": "front_desk"}},
		audit.Event{Kind: audit.PersonSuspended, Reason: "harassment", Actor: desk, Subject: other},
	)
	g.happen("192.0.2.66", audit.Event{Kind: audit.SigninSucceeded, Actor: own, Subject: id})
	g.happen("198.51.100.9", audit.Event{Kind: audit.SessionCreated, Actor: own, Subject: id, Detail: map[string]string{"amr": "hwk user mfa"}})

	if got := g.get(activity); got.StatusCode != http.StatusSeeOther || !strings.HasPrefix(got.Header.Get("Location"), "/interaction/") {
		t.Errorf("without a session: %d to %s", got.StatusCode, got.Header.Get("Location"))
	}
	g.session(id, true)
	got := g.get(activity)
	g.want("the page", got, http.StatusOK, "")
	text := regexp.MustCompile(`<main id="main">(?s:.*)</main>`).FindString(got.text)
	at := -1
	for _, said := range []string{ // the newest first
		"You signed in", "With a passkey", "nobody got in", "From the address 192.0.2.66", "You got a role", "By an administrator of your organization", "Role: Front desk",
		"replaced by a temporary one", "By the help desk", "You were signed out", "Automatically", "After a time without activity",
		"An application got access", "By you", "From the address 198.51.100.9", "The &lt;i&gt;chart", "With password and code", "On a shared computer",
		"A second factor was added", "A sign-in was refused", "The password was wrong", "A temporary password was issued",
	} {
		next := strings.Index(text[at+1:], said)
		if next < 0 {
			t.Fatalf("%q is missing, or not in its place:\n%s", said, text)
		}
		at += 1 + next
	}
	if n := strings.Count(text, "nobody got in"); n != 1 {
		t.Errorf("%d sign-ins were not finished, want the one from elsewhere", n)
	}
	for _, not := range []string{"rosa", "203.0.113.5", other, "chief", "harassment", "suspended", "mlee", temporary, "refresh"} {
		if strings.Contains(text, not) {
			t.Errorf("the page tells %q:\n%s", not, text)
		}
	}
	// What others did has no link that says it was not oneself.
	if links, done := strings.Count(text, `href="/security#not-you" aria-describedby`), strings.Count(text, "From the address"); links == 0 || links > done+2 {
		t.Errorf("%d links of %d things that were done here", links, done)
	}
	if strings.Contains(g.get(activity).text, "Something else") {
		t.Error("reading it stands in it")
	}
	if reads := g.count(id, audit.AuditRead); reads != 2 {
		t.Errorf("%d readings are in the log, want 2", reads)
	}
	r := g.get(activity + "?lang=es")
	g.shows("in Spanish", r, "Actividad reciente", "Usted inició sesión", "Por la mesa de ayuda", "No fui yo")
	g.session(other, true)
	g.shows("the other's", g.get(activity), "Se suspendió la cuenta")
}

// version is what tells the events of a page of activity from each other.
var version = regexp.MustCompile(`(v\d\d)\.`)

// sameInSpanish follows the language switch of a page, which shows the same events.
func (g *rig) sameInSpanish(where string, page answer) {
	g.t.Helper()
	link := regexp.MustCompile(`href="([^"]*lang=es[^"]*)"`).FindStringSubmatch(page.text)
	if link == nil {
		g.t.Fatalf("%s has no language switch", where)
	}
	other := g.get(html.UnescapeString(link[1]))
	g.want(where+" in Spanish", other, http.StatusOK, "")
	g.shows(where+" in Spanish", other, "Actividad reciente")
	if got, want := version.FindAllString(other.text, -1), version.FindAllString(page.text, -1); !slices.Equal(got, want) {
		g.t.Errorf("%s in Spanish shows %v, want %v", where, got, want)
	}
	delete(g.jar, "__Host-claviger-language")
}

// TestRecentActivityGoesBack: page after page, each event once, and no page is empty
// while there are more.
func TestRecentActivityGoesBack(t *testing.T) {
	g := newRig(t)
	g.withActivity()
	id, _ := g.enroll("jsmith2")
	own := audit.Actor{Type: "person", ID: id}
	for i := range 60 {
		g.happen("198.51.100.9", audit.Event{Kind: audit.AgreementAccepted, Actor: own, Subject: id, Detail: map[string]string{"version": fmt.Sprintf("v%02d.", i)}})
		g.happen("198.51.100.9", audit.Event{Kind: audit.GrantRefreshed, Actor: own, Subject: id})
	}
	g.session(id, true)
	var seen []string
	older := regexp.MustCompile(`id="older" href="([^"]+)"`)
	page := activity
	for range 9 {
		got := g.get(page)
		g.want(page, got, http.StatusOK, "")
		found := regexp.MustCompile(`Version (v\d\d)\.`).FindAllStringSubmatch(got.text, -1)
		if len(found) == 0 {
			t.Errorf("%s has nothing", page)
		}
		for _, m := range found {
			seen = append(seen, m[1])
		}
		if page != activity {
			g.shows(page, got, `id="newest" href="/account/activity"`)
			g.sameInSpanish(page, got)
		}
		next := older.FindStringSubmatch(got.text)
		if next == nil {
			break
		}
		page = next[1]
	}
	if len(seen) != 60 || seen[0] != "v59" || seen[59] != "v00" {
		t.Errorf("%d were seen: %v", len(seen), seen)
	}
	for _, bad := range []string{"x", strings.Repeat("u", 26), strings.Repeat("0", 27), "' OR 1=1"} {
		g.want(bad, g.get(activity+"?"+url.Values{"before": {bad}}.Encode()), http.StatusNotFound, "")
	}
}

// count is how many events of a kind are about somebody.
func (g *rig) count(subject string, kind audit.Kind) (n int) {
	g.t.Helper()
	err := g.store.View(g.t.Context(), func(tx storage.Tx) error {
		all, err := tx.Audit().Pending(g.t.Context(), 1000)
		for _, e := range all {
			if e.Subject == subject && e.Kind == string(kind) {
				n++
			}
		}
		return err
	})
	if err != nil {
		g.t.Fatal(err)
	}
	return n
}
