package person_test

import (
	"strings"
	"testing"

	"github.com/claviger-id/claviger/pkg/person"
)

// TestMailAddress: what a record holds can be written to; nothing that could become
// a header, a command or a list gets in.
func TestMailAddress(t *testing.T) {
	var email person.Field
	for _, f := range person.Fields() {
		if f.Name == "email" {
			email = f
		}
	}
	for _, good := range []string{"jane@example.org", "j.o'brien+x@mail.example.org", "jane@xn--mller-kva.example"} {
		if !person.MailAddress(good) || email.Problem(good) != "" {
			t.Errorf("%q: %v, %q", good, person.MailAddress(good), email.Problem(good))
		}
	}
	for _, bad := range []string{
		"jane", "jane@example.org\r\nBcc: x@example.org", "jane@example.org\nX: y", "a@example.org, b@example.org", "Jane <jane@example.org>",
		"jane@example.org ", " jane@example.org", `"a b"@example.org`, "jane@example.org\x00", "<jane@example.org>", "jane@[192.0.2.1]",
		"jane@example.org;b@example.org", strings.Repeat("a", 250) + "@example.org",
		"jäne@example.org", "jane@müller.example", "jane@exаmple.org", "jane@例え.jp",
	} {
		if person.MailAddress(bad) || email.Problem(bad) == "" {
			t.Errorf("%q passed", bad)
		}
	}
	// A relay of the own network may have a name without a dot, a person's may not.
	if !person.MailAddress("id@relay") || email.Problem("jane@relay") == "" {
		t.Error("a domain of one label")
	}
}
