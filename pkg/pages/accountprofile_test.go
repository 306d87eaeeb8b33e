package pages_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/enroll"
	"github.com/claviger-id/claviger/pkg/person"
)

// TestAPersonSeesWhatIsKnownOfThem: all that is stored and nothing of others, with
// the addresses that hear of changes; that they looked is in the log.
func TestAPersonSeesWhatIsKnownOfThem(t *testing.T) {
	g := newRig(t)
	accounts := &enroll.Accounts{Store: g.store, People: g.people}
	g.pages.Profile = func(ctx context.Context, id string) (person.Profile, error) {
		found, err := accounts.Get(ctx, id, audit.Actor{Type: "person", ID: id})
		return found.Profile, err
	}
	g.serve()
	id := g.member("jsmith")
	other, _ := g.enroll("mlee")
	g.asksToSignIn("nobody", g.get("/account/profile"), "/account/profile")
	g.session(id, true)
	page := g.get("/account/profile")
	g.want("the profile", page, http.StatusOK, "")
	g.shows("the profile", page, "User ID", "jsmith", g.profile(id).FamilyName, `<li>`+g.profile(id).Email+`</li>`, "the help desk changes it")
	if strings.Contains(page.text, "mlee") || strings.Contains(page.text, "<form") {
		t.Errorf("the page shows another person, or lets something be changed:\n%s", page.text)
	}
	if read := g.noted("person.read"); len(read) != 1 || !strings.Contains(read[0], `"actor":{"type":"person","id":"`+id+`"}`) {
		t.Errorf("noted: %v", read)
	}
	g.session(other, true)
	g.shows("without an address", g.get("/account/profile"), "We have no email address of yours")
	if ways, _ := g.ways(g.get("/account/profile")); !strings.Contains(strings.Join(ways, " "), "/account/profile") {
		t.Errorf("nothing leads to it: %v", ways)
	}
}
