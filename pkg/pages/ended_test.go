package pages_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/claviger-id/claviger/oidc"
	"github.com/claviger-id/claviger/oidc/backchannel"
	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/storage"
)

// portal makes an application known that has to be told of the end of sessions.
func (g *rig) portal() {
	g.t.Helper()
	if err := g.store.Tx(g.t.Context(), func(tx storage.Tx) error {
		return tx.Clients().Insert(g.t.Context(), storage.Client{ID: "portal", BackchannelLogoutURI: application + "/logout", CreatedAt: g.at, UpdatedAt: g.at})
	}); err != nil {
		g.t.Fatal(err)
	}
	clients := &oidc.Clients{Store: g.store, Log: g.pages.Log}
	if err := clients.Open(g.t.Context()); err != nil {
		g.t.Fatal(err)
	}
	g.pages.Sessions.Ended = (&backchannel.Logouts{Store: g.store, Clients: clients}).Enroll
}

// recorded returns the reasons for which a session ended, of the audit log and of the
// ledger; empty where there is none.
func (g *rig) recorded(id string) (why [2]session.Reason) {
	g.t.Helper()
	if err := g.store.View(g.t.Context(), func(tx storage.Tx) error {
		all, err := tx.Audit().Pending(g.t.Context(), 1000)
		if err != nil {
			return err
		}
		for _, one := range all {
			var e struct {
				Session string         `json:"session_id"`
				Reason  session.Reason `json:"reason"`
			}
			if err := json.Unmarshal(one.Body, &e); err != nil {
				return err
			}
			if one.Kind == string(audit.SessionEnded) && e.Session == id {
				why[0] = e.Reason
			}
		}
		lines, err := tx.Logouts().BySession(g.t.Context(), id)
		for _, one := range lines {
			why[1] = session.Reason(one.Reason)
		}
		return err
	}); err != nil {
		g.t.Fatal(err)
	}
	return why
}

// TestABrowserIsToldWhyItsSessionEnded, and nothing else of whose it was. The audit log
// and the logout ledger say so too; no reason is left out here.
func TestABrowserIsToldWhyItsSessionEnded(t *testing.T) {
	end := func(why session.Reason) func(*rig, string, string) error {
		return func(g *rig, _, id string) error { return g.pages.Sessions.End(g.t.Context(), id, why) }
	}
	tested := map[session.Reason]bool{}
	for name, test := range map[string]struct {
		end  func(g *rig, person, id string) error
		why  session.Reason
		told string
	}{
		"idle, before the reaper came": {func(g *rig, _, _ string) error {
			g.at = g.at.Add(15*time.Minute + time.Second)
			return nil
		}, "", "nothing was done here"},
		"idle": {func(g *rig, _, _ string) error {
			g.at = g.at.Add(15*time.Minute + time.Second)
			_, err := g.pages.Sessions.Reap(g.t.Context())
			return err
		}, session.ReasonIdle, "nothing was done here"},
		"absolute": {func(g *rig, _, id string) error {
			for range 71 {
				g.at = g.at.Add(10 * time.Minute)
				if _, err := g.pages.Sessions.Touch(g.t.Context(), id); err != nil {
					return err
				}
			}
			g.at = g.at.Add(11 * time.Minute)
			_, err := g.pages.Sessions.Reap(g.t.Context())
			return err
		}, session.ReasonAbsolute, "the time for one sign-in was over"},
		"operator": {func(g *rig, person, _ string) error {
			_, err := g.pages.Sessions.EndOrdered(g.t.Context(), session.Order{Scope: session.Scope{PersonID: person}, Reason: "lost_laptop"})
			return err
		}, session.ReasonOperator, "signed out by an operator"},
		"password": {func(g *rig, person, _ string) error {
			return g.pages.Sessions.EndOthers(g.t.Context(), person, "", session.ReasonPasswordChanged)
		}, session.ReasonPasswordChanged, "the password was changed"},
		"concurrent": {func(g *rig, person, _ string) error {
			g.pages.Sessions.Limits.Concurrent.Most = 1
			g.at = g.at.Add(time.Second)
			g.elsewhere(person, "Firefox")
			return nil
		}, session.ReasonConcurrent, "a sign-in somewhere else"},
		"compromised": {end(session.ReasonCompromised), session.ReasonCompromised, "known to have been stolen"},
		"membership":  {end(session.ReasonMembership), session.ReasonMembership, "what gave you access has ended"},
		"roles":       {end(session.ReasonRoles), session.ReasonRoles, "what you do here was changed"},
		"reset":       {end(session.ReasonPasswordReset), session.ReasonPasswordReset, "the help desk replaced the password"},
		"must change": {end(session.ReasonPasswordMustChange), session.ReasonPasswordMustChange, "another password has to be chosen"},
		"factor":      {end(session.ReasonFactorChanged), session.ReasonFactorChanged, "was changed somewhere else"},
		"lost factor": {end(session.ReasonFactorReset), session.ReasonFactorReset, "removed the second steps"},
		"suspended":   {end(session.ReasonSuspended), session.ReasonSuspended, "the account was suspended or closed"},
		"closed":      {end(session.ReasonClosed), session.ReasonClosed, "the account was suspended or closed"},
		"agreement":   {end(session.ReasonAgreementWithdrawn), session.ReasonAgreementWithdrawn, "an agreement was withdrawn"},
		"reuse":       {end(session.ReasonRefreshReuse), session.ReasonRefreshReuse, "a key that had been used before"},
		"signed out":  {end(session.ReasonLogout), session.ReasonLogout, ""},
		"replaced":    {end(session.ReasonReplaced), session.ReasonReplaced, ""},
		"not started": {end(session.ReasonNotStarted), session.ReasonNotStarted, ""},
		"alive":       {func(*rig, string, string) error { return nil }, "", ""},
	} {
		tested[test.why] = true
		t.Run(name, func(t *testing.T) {
			g := newRig(t)
			person, _ := g.enroll("jsmith2")
			g.portal()
			s := g.session(person, true)
			if _, err := g.pages.Sessions.Join(t.Context(), s.ID, "portal", 0, 0); err != nil {
				t.Fatal(err)
			}
			if err := test.end(g, person, s.ID); err != nil {
				t.Fatal(err)
			}
			if got := g.recorded(s.ID); got != [2]session.Reason{test.why, test.why} {
				t.Errorf("the audit log and the ledger say %q", got)
			}
			page := func() answer {
				return g.get("/interaction/" + g.begin(func(r *flow.Request) { r.Prompt = []string{"login"} }) + "/sign-in")
			}
			got := page()
			g.want("sign-in", got, 200, "")
			if has := strings.Contains(got.text, `id="ended"`); has != (test.told != "") || !strings.Contains(got.text, test.told) {
				t.Errorf("told %v, want %q:\n%s", has, test.told, got.text)
			}
			for _, secret := range []string{"jsmith2", "Jordan", s.ID, person} {
				if strings.Contains(got.text, secret) {
					t.Errorf("the page says %q", secret)
				}
			}
			// Who has only the public id of a session is told nothing.
			for cookie, value := range g.jar {
				if id, _, ok := strings.Cut(value, "."); ok && id == s.ID {
					g.jar[cookie] = s.ID + "." + strings.Repeat("A", 43)
				}
			}
			if got := page(); strings.Contains(got.text, `id="ended"`) {
				t.Error("another browser is told as well")
			}
		})
	}
	for _, test := range session.Reasons() {
		if !tested[test] {
			t.Errorf("nobody has seen the end of a session with the reason %s", test)
		}
	}
	t.Run("the next day", func(t *testing.T) {
		g := newRig(t)
		person, _ := g.enroll("jsmith2")
		s := g.session(person, true)
		if err := end(session.ReasonOperator)(g, person, s.ID); err != nil {
			t.Fatal(err)
		}
		g.at = g.at.Add(16*time.Hour + time.Second)
		if got := g.get("/interaction/" + g.begin(nil) + "/sign-in"); strings.Contains(got.text, `id="ended"`) {
			t.Error("it is told for too long")
		}
	})
}
