package pages_test

import (
	"strings"
	"testing"
	"time"

	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/pkg/session"
)

// TestABrowserIsToldWhyItsSessionEnded, and nothing else of whose it was.
func TestABrowserIsToldWhyItsSessionEnded(t *testing.T) {
	end := func(why session.Reason) func(*rig, string, string) error {
		return func(g *rig, _, id string) error { return g.pages.Sessions.End(g.t.Context(), id, why) }
	}
	for name, test := range map[string]struct {
		end  func(g *rig, person, id string) error
		told string
	}{
		"idle, before the reaper came": {func(g *rig, _, _ string) error {
			g.at = g.at.Add(15*time.Minute + time.Second)
			return nil
		}, "nothing was done here"},
		"idle": {func(g *rig, _, _ string) error {
			g.at = g.at.Add(15*time.Minute + time.Second)
			_, err := g.pages.Sessions.Reap(g.t.Context())
			return err
		}, "nothing was done here"},
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
		}, "the time for one sign-in was over"},
		"operator": {func(g *rig, person, _ string) error {
			_, err := g.pages.Sessions.EndOrdered(g.t.Context(), session.Order{Scope: session.Scope{PersonID: person}, Reason: "lost_laptop"})
			return err
		}, "signed out by an operator"},
		"password": {func(g *rig, person, _ string) error {
			return g.pages.Sessions.EndOthers(g.t.Context(), person, "", session.ReasonPasswordChanged)
		}, "the password was changed"},
		"concurrent": {func(g *rig, person, _ string) error {
			g.pages.Sessions.Limits.Concurrent.Most = 1
			g.at = g.at.Add(time.Second)
			g.elsewhere(person, "Firefox")
			return nil
		}, "a sign-in somewhere else"},
		"compromised": {end(session.ReasonCompromised), "known to have been stolen"},
		"membership":  {end(session.ReasonMembership), "what gave you access has ended"},
		"reset":       {end(session.ReasonPasswordReset), "the help desk replaced the password"},
		"must change": {end(session.ReasonPasswordMustChange), "another password has to be chosen"},
		"factor":      {end(session.ReasonFactorChanged), "was changed somewhere else"},
		"lost factor": {end(session.ReasonFactorReset), "removed the second steps"},
		"suspended":   {end(session.ReasonSuspended), "the account was suspended or closed"},
		"closed":      {end(session.ReasonClosed), "the account was suspended or closed"},
		"agreement":   {end(session.ReasonAgreementWithdrawn), "an agreement was withdrawn"},
		"reuse":       {end(session.ReasonRefreshReuse), "a key that had been used before"},
		"signed out":  {end(session.ReasonLogout), ""},
		"alive":       {func(*rig, string, string) error { return nil }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			g := newRig(t)
			person, _ := g.enroll("jsmith2")
			s := g.session(person, true)
			if err := test.end(g, person, s.ID); err != nil {
				t.Fatal(err)
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
