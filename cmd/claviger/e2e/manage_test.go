package e2e

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"
)

// TestManageAccess is the way of a practice's own administrator, in a browser, on
// each combination of stores: the roster, access for a colleague, and its end,
// which signs the colleague out while they work.
func TestManageAccess(t *testing.T) {
	t.Parallel()
	for _, backend := range backends {
		t.Run(backend, func(t *testing.T) {
			t.Parallel()
			in := newInstallation(t, backend, map[string]string{"session.idle": quote("10m")})
			accounts := in.enroll(2)
			chief, nurse := accounts[0], accounts[1]
			address := in.registerPortal()
			org := strings.TrimSpace(in.claviger("org", "create", "--name", "Cove Clinic", "--role", "nurse", "--role", "front_desk"))
			other := strings.TrimSpace(in.claviger("org", "create", "--name", "Somebody else's", "--role", "nurse"))
			in.claviger("org", "admin", "add", org, chief.userID, "--need", "Runs the practice")
			var known struct {
				Profile struct {
					FamilyName string `json:"family_name"`
				} `json:"profile"`
			}
			if err := json.Unmarshal([]byte(in.claviger("person", "show", nurse.userID, "--json")), &known); err != nil {
				t.Fatal(err)
			}
			server := in.serve()
			portal := in.portal(address, "10m")
			here, there := newBrowser(t), newBrowser(t)
			here.firstSignIn(portal, chief)
			there.firstSignIn(portal, nurse)

			here.open(in.issuer + "/manage")
			here.look("manage-home")
			here.click(`a[href="/manage/` + org + `"]`)
			here.look("manage-roster")
			here.click("#invite")
			here.look("manage-invite")
			here.click("#back")
			here.click("#grant")
			here.look("manage-grant")
			here.fill("#userid", nurse.userID)
			here.fill("#family-name", "Somebody")
			here.script(`document.querySelector("#role-nurse").checked = true; document.querySelector("#until").value = "` + time.Now().AddDate(0, 1, 0).Format(time.DateOnly) + `"; ""`)
			here.fill("#need", "Works on the ward")
			here.click("#submit")
			here.look("manage-grant-refused")
			here.fill("#family-name", known.Profile.FamilyName)
			here.click("#submit")
			here.waitText("Works on the ward")

			if status := here.open(in.issuer + "/manage/" + other); status != 404 {
				t.Errorf("another organization's page: %d", status)
			}
			if status := there.open(in.issuer + "/manage/" + org); status != 404 {
				t.Errorf("the roster, to the nurse: %d", status)
			}
			if status := there.open(in.issuer + "/account/sessions"); status != 200 {
				t.Errorf("the nurse's own page: %d", status)
			}

			here.open(in.issuer + "/manage/" + org)
			here.click(`a[href^="/manage/` + org + `/remove/"]`)
			here.look("manage-remove")
			here.click("#submit")
			if strings.Contains(here.text(), "Works on the ward") {
				t.Error("what was removed is on the roster")
			}
			there.open(in.issuer + "/account/sessions")
			there.waitText("what gave you access has ended")
			there.open(portal + "/home")
			there.waitText("Sign in")

			server.stop()
			in.claviger("audit", "verify")
			log := in.dir + "/log.ndjson"
			in.claviger("audit", "export", "--out", log)
			for _, kind := range []string{"membership.granted", "membership.ended", "access.denied"} {
				if !fileHolds(t, log, kind) {
					t.Errorf("the log has no %s", kind)
				}
			}
		})
	}
}

// firstSignIn signs somebody in to the portal with a temporary password.
func (b *browser) firstSignIn(portal string, a account) {
	b.t.Helper()
	b.open(portal)
	b.click("#login")
	b.see("#password")
	b.fill("#userid", a.userID)
	b.fill("#password", a.temporary)
	b.click("#submit")
	b.see("#new-password")
	b.fill("#new-password", personal)
	b.fill("#confirm", personal)
	b.click("#submit")
	b.see("#facts")
}

func fileHolds(t *testing.T, path, text string) bool {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Contains(string(content), text)
}
