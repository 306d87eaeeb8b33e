package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

// tableTime is a moment as every table has it.
var tableTime = regexp.MustCompile(`\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ`)

// TestWhen: moments in tables are in UTC and to the second, and one that is not there is
// a hyphen.
func TestWhen(t *testing.T) {
	at := time.Date(2026, 11, 30, 14, 32, 3, 999, time.FixedZone("", 2*60*60))
	if got := when(at); got != "2026-11-30T12:32:03Z" || !tableTime.MatchString(got) {
		t.Error(got)
	}
	if got := when(time.Time{}); got != "-" {
		t.Error(got)
	}
}

// TestListsNamePeople: the tables of the audit log and of the logout ledger have User IDs,
// as the help desk knows people; what is no account stays as it is.
func TestListsNamePeople(t *testing.T) {
	dir := t.TempDir()
	data, roster := filepath.Join(dir, "d"), filepath.Join(dir, "roster.csv")
	const rows = "NPI,Entity Type Code,Provider Last Name (Legal Name),Provider First Name\n1234567893,1,Smith,Jane\n1245319599,1,Jones,Mary\n"
	if err := os.WriteFile(roster, []byte(rows), 0o600); err != nil {
		t.Fatal(err)
	}
	does := func(args ...string) string {
		t.Helper()
		code, out, complaint := runIn(t, append([]string{"--data", data}, args...)...)
		if code != exitOK {
			t.Fatalf("%v: %d %s", args, code, complaint)
		}
		return out
	}
	does("enroll", "import", roster)
	account := func(userID string) string {
		t.Helper()
		var shown struct{ ID string }
		if err := json.Unmarshal([]byte(does("person", "show", userID, "--json")), &shown); err != nil {
			t.Fatal(err)
		}
		return shown.ID
	}
	jane, mary, gone := account("jsmith"), account("mjones"), secret.NewID()
	p := &program{dataDir: data, stderr: os.Stderr, now: func() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }}
	if err := p.change(t.Context(), false, func(in *installation) error {
		return in.store.Tx(t.Context(), func(tx storage.Tx) error {
			for _, who := range []string{mary, gone, ""} {
				if err := audit.Record(t.Context(), tx, audit.Event{
					Kind: audit.PersonRolesChanged, Outcome: audit.OutcomeAllow, Actor: audit.Actor{Type: "person", ID: who}, Subject: jane,
				}); err != nil {
					return err
				}
			}
			line := storage.Logout{ID: secret.NewID(), SessionID: "s", ClientID: "portal", PersonID: jane, Subject: "x", Reason: "logout", State: storage.LogoutPending, CreatedAt: tx.Now(), NextAt: tx.Now()}
			other := line
			other.ID, other.PersonID = secret.NewID(), gone
			return tx.Logouts().Enter(t.Context(), line, other)
		})
	}); err != nil {
		t.Fatal(err)
	}
	log := does("audit", "list", "--kind", "person.roles_changed")
	for _, want := range []string{`person:mjones +jsmith`, `person:` + gone + ` +jsmith`, `person +jsmith`} {
		if !regexp.MustCompile(want).MatchString(log) {
			t.Errorf("no %q in\n%s", want, log)
		}
	}
	if text := does("audit", "list", "--kind", "person.roles_changed", "--actor", mary, "--json"); !strings.Contains(text,
		`"actor":{"type":"person","id":"`+mary+`"},"actor_user_id":"mjones","subject":"`+jane+`","user_id":"jsmith"`) {
		t.Error(text)
	}
	ledger := does("logout", "list")
	if !tableTime.MatchString(log) || !tableTime.MatchString(ledger) {
		t.Errorf("other times in\n%s\n%s", log, ledger)
	}
	for _, want := range []string{`logout +jsmith +portal`, `logout +` + gone + ` +portal`} {
		if !regexp.MustCompile(want).MatchString(ledger) {
			t.Errorf("no %q in\n%s", want, ledger)
		}
	}
	if text := does("logout", "list", "--json"); !strings.Contains(text, `"person":"`+jane+`","user_id":"jsmith"`) || strings.Count(text, `"user_id"`) != 1 {
		t.Error(text)
	}
}
