package e2e

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// TestActing is a clinician who lets somebody act, and that person, in two browsers, on
// each combination of stores: the grant, the question at the sign-in, what the
// application hears, and the end, which reaches the application while they work.
func TestActing(t *testing.T) {
	t.Parallel()
	for _, backend := range backends {
		t.Run(backend, func(t *testing.T) {
			t.Parallel()
			in := newInstallation(t, backend, map[string]string{"session.idle": quote("10m"), "outbound.allow": `["127.0.0.1", "::1"]`})
			accounts := in.enroll(2)
			doctor, desk := accounts[0], accounts[1]
			address := freeAddress(t)
			in.registerPortalAs("portal", "localhost", address, "--acting", "--backchannel-logout-uri", "http://127.0.0.1:"+port(address)+"/backchannel-logout")
			names := map[string]string{}
			for _, who := range accounts {
				var known struct {
					Profile struct {
						GivenName  string `json:"given_name"`
						FamilyName string `json:"family_name"`
					} `json:"profile"`
				}
				if err := json.Unmarshal([]byte(in.claviger("person", "show", who.userID, "--json")), &known); err != nil {
					t.Fatal(err)
				}
				names[who.userID] = known.Profile.FamilyName
			}
			server := in.serve()
			portal := in.portal(address, "10m")
			here, there := newBrowser(t), newBrowser(t)
			here.firstSignIn(portal, doctor)
			there.firstSignIn(portal, desk) // has nobody to act for, and is not asked
			there.click("#logout")
			there.waitText("signed out")

			here.open(in.issuer + "/account/delegations")
			here.look("account-delegations-none")
			here.click("#grant")
			here.look("account-delegation-grant")
			here.fill("#userid", desk.userID)
			here.fill("#family-name", "Somebody")
			here.script(`document.querySelector("#application-0").checked = true; document.querySelector("#purpose-payment").checked = true; document.querySelector("#until").value = "` + time.Now().AddDate(0, 1, 0).Format(time.DateOnly) + `"; ""`)
			here.click("#submit")
			here.look("account-delegation-grant-refused")
			here.fill("#family-name", names[desk.userID])
			here.click("#submit")
			here.waitText("Not used yet")
			here.look("account-delegations")

			there.open(portal)
			there.click("#login")
			there.see("#password")
			there.fill("#userid", desk.userID)
			there.fill("#password", personal)
			there.click("#submit")
			there.see("#for-0")
			there.look("act-for")
			there.tabTo("#self")
			there.tabTo("#for-0")
			there.enters()
			facts := there.see("#facts")
			for _, part := range []string{"Acting for", names[doctor.userID], doctor.userID, "payment"} {
				if !strings.Contains(facts, part) {
					t.Errorf("the portal does not say %q:\n%s", part, facts)
				}
			}

			here.open(in.issuer + "/account/activity")
			here.waitText("Somebody acted for you")
			here.open(in.issuer + "/account/delegations")
			here.waitText("Last used on")
			here.click(`a[href$="/end"]`)
			here.look("account-delegation-end")
			here.click("#submit")
			here.see("#none")
			deadline := time.Now().Add(time.Minute)
			for there.open(portal + "/home"); strings.Contains(there.text(), "Acting for"); there.open(portal + "/home") {
				if time.Now().After(deadline) {
					t.Fatal("the application was not told within a minute")
				}
				time.Sleep(100 * time.Millisecond)
			}
			// The sign-in goes on. Nobody becomes themselves unawares.
			there.open(portal)
			there.click("#login")
			there.see("#over")
			there.look("act-for-over")
			there.click("#self")
			if facts := there.see("#facts"); strings.Contains(facts, "Acting for") || !strings.Contains(facts, desk.userID) {
				t.Errorf("as oneself:\n%s", facts)
			}

			server.stop()
			in.claviger("audit", "verify")
			log := in.dir + "/log.ndjson"
			in.claviger("audit", "export", "--out", log)
			for _, kind := range []string{"delegation.granted", "delegation.used", "delegation.ended", "access.denied"} {
				if !fileHolds(t, log, kind) {
					t.Errorf("the log has no %s", kind)
				}
			}
		})
	}
}
