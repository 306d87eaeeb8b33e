package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"
	"github.com/jackc/pgx/v5"
)

// age makes every password of the installation older, and forgets who said
// "later".
func (in *installation) age(by time.Duration) {
	in.t.Helper()
	text, err := os.ReadFile(filepath.Join(in.dir, "postgres.url"))
	if err != nil {
		in.t.Fatal(err)
	}
	conn, err := pgx.Connect(in.t.Context(), strings.TrimSpace(string(text)))
	if err != nil {
		in.t.Fatal(err)
	}
	defer func() { _ = conn.Close(in.t.Context()) }()
	if _, err := conn.Exec(in.t.Context(), `UPDATE password SET set_at = set_at - $1, remind_at = 0`, by.Microseconds()); err != nil {
		in.t.Fatal(err)
	}
}

// TestAnAgeingPassword is periodic change as a clinician meets it, in a browser, with
// Tab and Enter: asked, put off, asked again on the last days, expired, changed; and an
// operator who wants another one at once.
func TestAnAgeingPassword(t *testing.T) {
	t.Parallel()
	in := newInstallation(t, "postgres+redis", map[string]string{"password.rotation.jitter_days": "0"})
	ada := in.enroll(1)[0]
	address := in.registerPortal()
	in.serve()
	portal := in.portal(address, "10m")
	b := newBrowser(t)
	b.focused()
	// enter presses the Enter key where the selector is.
	enter := func(selector string) {
		t.Helper()
		hand{browser: b, keys: true}.at(selector)
		b.keys(kb.Enter)
	}
	signIn := func(password string) {
		t.Helper()
		b.open(portal)
		b.click("#login")
		b.see("#password")
		b.fill("#userid", ada.userID)
		b.fill("#password", password)
		enter("#password")
	}
	signOut := func() {
		t.Helper()
		b.see("#facts")
		b.click("#logout")
		b.waitText("You have signed out")
	}

	signIn(ada.temporary)
	b.see("#new-password")
	b.fill("#new-password", personal)
	b.fill("#confirm", personal)
	enter("#confirm")
	signOut()

	in.age(80*24*time.Hour + time.Hour)
	signIn(personal)
	b.see("#later")
	b.waitText("Your password expires in 9 days.")
	b.look("renew-password")
	enter("#later")
	signOut()
	signIn(personal) // later is remembered
	signOut()

	in.age(0)
	signIn(personal)
	b.see("#later")
	enter("#submit") // now
	b.see("#new-password")
	b.look("choose-password-own")
	enter("#later") // not now
	signOut()

	in.age(10 * 24 * time.Hour)
	signIn(personal)
	b.see("#new-password")
	b.waitText("Your password has expired")
	b.look("choose-password-expired")
	b.fill("#new-password", personal)
	b.fill("#confirm", personal)
	enter("#confirm")
	b.waitText("This is the password that you have now.")
	b.fill("#new-password", nextPersonal)
	b.fill("#confirm", nextPersonal)
	enter("#confirm")
	signOut()

	// The help desk wants another one, and the next sign-in says so.
	if told := in.claviger("password", "expire", "--person", ada.userID, "--reason", "a notebook was lost"); !strings.Contains(told, "1 person has") {
		t.Errorf("the command says %q", told)
	}
	signIn(nextPersonal)
	b.see("#new-password")
	b.waitText("Your organization has asked for a new password")
	b.look("choose-password-operator")
}
