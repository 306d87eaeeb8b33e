package e2e

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage/sqlite"
)

var update = flag.Bool("update", false, "write the table of TestEveryPage again")

// onlyWithScripts are the routes at which nobody comes without scripts: a passkey
// answers a script (WebAuthn section 5.1).
var onlyWithScripts = map[string]bool{
	"POST /account/factors/passkey": true, "POST /interaction/{id}/set-up-factor/passkey": true,
	"POST /interaction/{id}/second-factor/passkey": true, "POST /interaction/{id}/sign-in/passkey": true,
}

// TestEveryPage is somebody who uses a keyboard alone, and somebody whose browser runs no
// scripts, who do everything that the hosted pages are for. At which routes they were is
// compared with all that there are: a page at which one of them never came fails. In
// which part they first came there stands in testdata/everypage.txt. Beside them,
// somebody uses a shared computer.
func TestEveryPage(t *testing.T) {
	t.Parallel()
	for _, backend := range backends {
		t.Run(backend, func(t *testing.T) {
			t.Parallel()
			everyPageOn(t, backend)
		})
	}
}

func everyPageOn(t *testing.T, backend string) {
	relay, smtpPort := newRelay(t)
	h := newHosted(t, backend, 3, true, map[string]string{
		"enroll.form": "true", "password.rotation.min_age_days": "0", "password.rotation.jitter_days": "0",
		"session.roles.solo.concurrent": "1", "session.roles.solo.concurrent_wins": quote("oldest"),
		"mail.host": quote("localhost"), "mail.port": smtpPort, "mail.from": quote("id@example.org"), "mail.insecure_plaintext": "true",
	})
	h.server.stop()
	roster := h.secretFile("mailed.csv", "NPI,Entity Type Code,Provider Last Name (Legal Name),Provider First Name,Email\n"+
		"1234567893,1,Keys,Jane,keys@example.org\n1245319599,1,Plain,John,plain@example.org")
	h.claviger("enroll", "import", roster, "--deliver", "mail")
	app := h.newApplication(t, "charts", map[string]any{"acting": true})
	h.server = h.serve()

	routes := pageRoutes(t)
	byKeys, plainly := newVisits(h.issuer, routes), newVisits(h.issuer, routes)
	t.Run("both", func(t *testing.T) {
		for name, way := range map[string]*everyPage{
			"by keys alone":   {visits: byKeys, keys: true, address: "keys@example.org"},
			"without scripts": {visits: plainly, address: "plain@example.org"},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				way.hosted, way.app, way.relay = h, app, relay
				way.walk(t)
			})
		}
		t.Run("at a shared computer", func(t *testing.T) {
			t.Parallel()
			h.sharedComputer(t)
		})
	})
	if t.Failed() {
		return
	}
	holdsTable(t, routes, byKeys, plainly)
	h.server.stop()
	h.claviger("audit", "verify")
}

// pageRoutes are the routes of the hosted pages, as the snapshot of their headers has
// them: all that there are.
func pageRoutes(t *testing.T) (all []string) {
	t.Helper()
	for line := range strings.Lines(readFile(t, "../../../pkg/pages/testdata/headers.txt")) {
		route := strings.TrimSpace(line)
		if strings.HasPrefix(line, "GET /") && !strings.HasPrefix(line, "GET /assets/") || strings.HasPrefix(line, "POST /") {
			all = append(all, route)
		}
	}
	if len(all) < 90 {
		t.Fatalf("%d routes are known", len(all))
	}
	return all
}

// holdsTable compares where the two were with where they should have been, and with the
// table.
func holdsTable(t *testing.T, routes []string, byKeys, plainly *visits) {
	t.Helper()
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "route\tby keys alone\twithout scripts")
	for _, route := range routes {
		keys, plain := byKeys.seen[route], plainly.seen[route]
		if keys == "" {
			t.Errorf("nobody came to %s by keys alone", route)
		}
		switch {
		case onlyWithScripts[route] && plain != "":
			t.Errorf("somebody came to %s without scripts, where nobody can", route)
		case onlyWithScripts[route]:
			plain = "(a passkey)"
		case plain == "":
			t.Errorf("nobody came to %s without scripts", route)
		}
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\n", route, keys, plain)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("testdata", "everypage.txt")
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if d := cmp.Diff(readFile(t, golden), b.String()); d != "" {
		t.Errorf("where people came (-want +got); if it is meant so, go test -run TestEveryPage -update:\n%s", d)
	}
}

// everyPage is one way through all of it.
type everyPage struct {
	*hosted
	app     *application
	relay   *relay
	visits  *visits
	keys    bool
	address string // for mail

	t *testing.T
	hand
	me, mate  account
	mateKnown known
	words     []string // the passwords to come
	secret    string   // of the authenticator app
	codes     []string // for recovery
}

func (p *everyPage) walk(t *testing.T) {
	p.t = t
	p.hand = p.handOf(p.hosted.browser(t))
	p.mate = p.person()
	p.mateKnown = p.known(p.mate)
	p.words = []string{personal, nextPersonal, "seven quiet otters swim", "nine grey geese over water", "a lantern in the boat house", "the plum tree has no hurry"}
	for _, part := range []struct {
		name string
		do   func()
	}{
		{"an account by mail", p.accountByMail},
		{"applying for one", p.applying},
		{"first sign-in", p.firstTime},
		{"an old password", p.oldPassword},
		{"something forgotten", p.forgotten},
		{"own pages", p.own},
		{"sessions", p.sessions},
		{"managing access", p.manages},
		{"acting", p.acting},
		{"a second factor", p.secondFactor},
		{"a device", p.device},
		{"factors", p.factors},
		{"taking back", p.takesBack},
		{"several accounts", p.accounts},
		{"passkeys", p.passkeys},
		{"signing out", p.leaves},
	} {
		p.visits.begins(part.name)
		part.do()
	}
}

// handOf has a browser used in this way from now on.
func (p *everyPage) handOf(b *browser) hand {
	p.t.Helper()
	d := hand{browser: b, keys: p.keys, visits: p.visits}
	if !p.keys {
		d.withoutScripts()
	}
	p.visits.watch(d.browser)
	return d
}

// nextWord is another password than before.
func (p *everyPage) nextWord() string {
	p.words = p.words[1:]
	return p.words[0]
}

// signs fills the sign-in page in.
func (d hand) signs(userID, password string) {
	d.t.Helper()
	d.see("#password")
	if d.script(`document.querySelector("#userid").value`) != userID {
		d.enter("#userid", userID)
	}
	d.enter("#password", password)
	if d.keys {
		d.enters() // in the field
		return
	}
	d.follows("#submit")
}

// chooses fills in a new password, twice.
func (d hand) choosesWord(word string) {
	d.t.Helper()
	d.enter("#new-password", word)
	d.enter("#confirm", word)
	d.follows("#submit")
}

func (p *everyPage) accountByMail() {
	p.me.userID = p.relay.waitFor(p.t, p.address, "Your account, part one: the User ID", `\n    (\S+)`)
	p.open(p.relay.waitFor(p.t, p.address, "Your account: the temporary password", `\n    (http\S+)`))
	p.follows("#submit")
	p.me.temporary = p.see("#temporary")
}

func (p *everyPage) applying() {
	p.open(p.app.ask())
	p.follows("#apply")
	p.enter("#given_name", "Jordan")
	p.follows("#submit")
	p.mends("#family_name")
	p.enter("#family_name", "Reyes")
	p.enter("#npi", "1467890129")
	p.enter("#email", "jordan.reyes@example.org")
	p.follows("#submit")
	p.see("#reference")
}

func (p *everyPage) firstTime() {
	p.open(p.plain)
	p.follows("#login")
	p.see("#password")
	if p.keys {
		p.hasFocus("#userid")
	} else if p.has(".reveal button") {
		p.t.Error("scripts run")
	}
	p.signs(p.me.userID, "not this one")
	p.mends("#password")
	p.signs(p.me.userID, p.me.temporary)
	p.see("#accept")
	p.follows("#submit") // without the tick
	p.mends("#accept")
	p.follows("#decline")
	p.follows("#go")
	p.follows("main .button") // the portal asks once more
	p.signs(p.me.userID, p.me.temporary)
	p.tick("#accept")
	p.follows("#submit")
	if p.see("#new-password"); p.keys {
		p.hasFocus("#new-password")
	}
	p.choosesWord("short")
	p.mends("#new-password")
	p.choosesWord(p.words[0])
	p.see("#facts")
}

func (p *everyPage) oldPassword() {
	again := func() {
		p.open(p.app.ask("prompt", "login"))
		p.signs(p.me.userID, p.words[0])
	}
	me := p.known(p.me)
	p.ageOf(me, 80*24*time.Hour+time.Hour)
	again()
	p.follows("#later")
	p.told()
	p.ageOf(me, 0) // who said "later" is asked again
	again()
	p.follows("#submit")
	p.see("#new-password")
	p.follows("#later")
	p.told()
	p.ageOf(me, 10*24*time.Hour)
	again()
	p.waitText("Your password has expired")
	p.choosesWord(p.words[0])
	p.mends("#new-password")
	p.choosesWord(p.nextWord())
	p.told()
	p.claviger("password", "expire", "--person", p.me.userID, "--reason", "a notebook was lost")
	again()
	p.waitText("Your organization has asked for a new password")
	p.choosesWord(p.nextWord())
	p.told()
}

// ageOf makes somebody's password older, and forgets that they said "later".
func (in *installation) ageOf(who known, by time.Duration) {
	in.t.Helper()
	const older = `UPDATE password SET set_at = set_at - $1, remind_at = 0 WHERE person_id = (SELECT id FROM person WHERE subject = $2)`
	ctx, n := in.t.Context(), int64(0)
	data := filepath.Join(in.dir, "data")
	var err error
	if url, missing := os.ReadFile(filepath.Join(in.dir, "postgres.url")); missing == nil {
		var conn *pgx.Conn
		if conn, err = pgx.Connect(ctx, strings.TrimSpace(string(url))); err != nil {
			in.t.Fatal(err)
		}
		defer func() { _ = conn.Close(ctx) }()
		done, failed := conn.Exec(ctx, older, by.Microseconds(), who.Subject)
		n, err = done.RowsAffected(), failed
	} else {
		// Beside the server, which shares the file, as commands do.
		var root secret.Root
		if root, err = secret.ParseRoot(strings.TrimSpace(readFile(in.t, filepath.Join(data, "root.key")))); err != nil {
			in.t.Fatal(err)
		}
		var f *sqlite.File
		if f, err = sqlite.OpenFile(ctx, sqlite.FileOptions{
			Path: filepath.Join(data, "claviger.db"), Key: root.FileKey("claviger.db"), Socket: filepath.Join(data, "claviger.sock"),
		}); err != nil {
			in.t.Fatal(err)
		}
		defer func() { _ = f.Close() }()
		err = f.Write(ctx, func(tx *sqlite.Tx) (err error) {
			n, err = tx.Do(ctx, older, []any{by.Microseconds(), who.Subject}, nil)
			return err
		})
	}
	if err != nil || n != 1 {
		in.t.Fatalf("making the password older: %v, %d rows", err, n)
	}
}

// known is what the command line shows of somebody.
type known struct {
	Subject string `json:"sub"`
	Profile struct {
		FamilyName string `json:"family_name"`
	} `json:"profile"`
}

func (in *installation) known(who account) (k known) {
	in.t.Helper()
	if err := json.Unmarshal([]byte(in.claviger("person", "show", who.userID, "--json")), &k); err != nil {
		in.t.Fatal(err)
	}
	return k
}

func (p *everyPage) forgotten() {
	p.open(p.app.ask("prompt", "login"))
	p.follows("#forgot-user-id")
	p.follows("#submit") // empty
	p.mends("#email")
	p.enter("#email", p.address)
	p.follows("#submit")
	p.waitText("Check your email")
	if again := p.relay.waitFor(p.t, p.address, "Your User ID", `\n    (\S+)`); again != p.me.userID {
		p.t.Errorf("the User ID is %q, and was %q", again, p.me.userID)
	}
	p.open(p.app.ask("prompt", "login"))
	p.follows("#forgot-password")
	p.enter("#userid", p.me.userID)
	p.follows("#submit")
	p.waitText("Check your email")
	p.open(p.relay.waitFor(p.t, p.address, "Choose a new password", `\n    (http\S+)`))
	p.choosesWord("short")
	p.mends("#new-password")
	p.choosesWord(p.nextWord())
	p.waitText("Your new password works")
	p.open(p.app.ask("prompt", "login"))
	p.signs(p.me.userID, p.words[0])
	p.told()
}

// own walks the pages of an account, from one to the next.
func (p *everyPage) own() {
	p.open(p.issuer + "/")
	p.follows("#account")
	if said := p.see("#person"); said != p.me.userID {
		p.t.Errorf("signed in as %q", said)
	}
	goes := func(place string) {
		p.t.Helper()
		p.follows(`.places a[href="` + place + `"]`)
		if where := p.location(); where != p.issuer+place {
			p.t.Errorf("%s led to %s", place, where)
		}
	}
	goes("/account/profile")
	p.waitText(p.me.userID)
	goes("/account/agreements")
	p.waitText("version 1")
	if receipt := p.saves(`a[href$="/receipt"]`); !strings.Contains(receipt, "user-id: "+p.me.userID) {
		p.t.Errorf("the receipt is\n%s", receipt)
	}
	p.follows(`section a:not([download])`)
	p.see("#agreement")
	p.follows("#back")
	goes("/account/applications")
	goes("/account/activity")
	if text := p.text(); !strings.Contains(text, "The password was changed") || !strings.Contains(text, "The Use Agreement was accepted") {
		p.t.Errorf("the activity is:\n%s", text)
	}
	p.follows("#not-you")
	p.waitText("Something happened that was not you?")
	p.follows("#password")

	// Password managers, and bookmarks of old, lead to the same page.
	for _, from := range []string{"/.well-known/change-password", "/change-password"} {
		p.open(p.issuer + from)
		p.see("#current-password")
	}
	p.enter("#current-password", "not the password at all")
	p.choosesWord(p.words[1])
	p.mends("#current-password")
	p.enter("#current-password", p.words[0])
	p.choosesWord(p.nextWord())
	p.waitText("Your password was changed")
	p.open(p.issuer + "/")
	p.follows("#security")
	p.follows("#sessions")
	p.see("#alone")
}

// sessions ends one elsewhere, and then all of them.
func (p *everyPage) sessions() {
	for range 2 {
		newPerson(p.t, p.app.config.RedirectURL, nil).signIn(p.app.ask(), p.me.userID, p.words[0], "")
	}
	p.open(p.issuer + "/")
	p.follows("#account")
	p.follows(`main a[href="/account/sessions"]`)
	for left := 2; left > 0; left-- {
		if got := p.script(`document.querySelectorAll("button[name=session]").length + ""`); got != fmt.Sprint(left) {
			p.t.Errorf("%s other sessions, not %d", got, left)
		}
		if left == 2 {
			p.follows("button[name=session]")
		} else {
			p.follows("#others")
		}
	}
	p.see("#alone")

	// Who may be signed in at one place alone reads where that is.
	p.claviger("person", "roles", p.me.userID, "--set", "solo", "--reason", "new_duty")
	newPerson(p.t, p.app.config.RedirectURL, nil).signIn(p.app.ask(), p.me.userID, p.words[0], "")
	p.open(p.app.ask())
	p.signs(p.me.userID, p.words[0])
	p.waitText("You are signed in elsewhere")
	p.follows("#again")
	p.waitText("wait until that session ends")
	p.follows("#cancel")
	if got := p.see("#refused"); got != "access_denied" {
		p.t.Errorf("who goes back is %q to the application", got)
	}
	p.claviger("person", "roles", p.me.userID, "--none", "--reason", "new_duty")
	p.open(p.app.ask())
	p.signs(p.me.userID, p.words[0])
	p.told()
}

func (p *everyPage) manages() {
	org := strings.TrimSpace(p.claviger("org", "create", "--name", "Clinic of "+p.me.userID, "--role", "nurse", "--role", "front_desk"))
	p.claviger("org", "admin", "add", org, p.me.userID, "--need", "Runs the practice")
	p.open(p.issuer + "/")
	p.follows("#manage")
	p.follows(`main a[href="/manage/` + org + `"]`)
	p.follows("#invite")
	p.enter("#given_name", "Robin")
	p.follows("#submit")
	p.mends("#family_name")
	p.enter("#family_name", "Lee")
	p.enter("#npi", "1467890137")
	p.enter("#email", "robin.lee@example.org")
	p.follows("#submit")
	p.see("#reference")
	p.follows("#back")
	p.follows("#grant")
	p.enter("#userid", p.mate.userID)
	p.enter("#family-name", "Nobody")
	p.picks("#role-nurse")
	p.picks("#role-front_desk")
	p.enter("#need", "Makes appointments")
	p.follows("#submit") // without a last day
	p.mends("#until")
	p.day("#until", time.Now().AddDate(0, 1, 0))
	p.follows("#submit")
	p.mends("#userid")
	p.enter("#family-name", p.mateKnown.Profile.FamilyName)
	p.follows("#submit")
	p.waitText("Makes appointments")
	p.follows(`main a[href^="/manage/` + org + `/remove/"]`)
	p.follows("#back")
	p.follows(`main a[href^="/manage/` + org + `/remove/"]`)
	p.follows("#submit")
	if strings.Contains(p.text(), "Makes appointments") {
		p.t.Error("what was removed is on the roster")
	}
}

// acting is somebody who lets a colleague act for them, which the colleague does, and
// gives up.
func (p *everyPage) acting() {
	there := p.hosted.browser(p.t)
	there.open(p.app.ask())
	there.begins(p.mate)
	there.told()
	p.open(p.issuer + "/")
	p.follows("#account")
	p.follows(`.places a[href="/account/delegations"]`)
	p.follows("#grant")
	p.enter("#userid", p.mate.userID)
	p.enter("#family-name", p.mateKnown.Profile.FamilyName)
	p.follows("#submit")
	p.mends("#until")
	p.day("#until", time.Now().AddDate(0, 1, 0))
	p.follows("#submit")
	p.mends("#purpose-treatment")
	p.picks("#purpose-payment")
	p.follows("#submit")
	p.mends("#application-0")
	p.tick("#application-0")
	p.follows("#submit")
	p.waitText("Not used yet")

	mate := p.handOf(there)
	mate.open(p.app.ask())
	mate.follows("#for-0")
	mate.told()
	mate.open(p.issuer + "/")
	mate.follows("#account")
	mate.follows(`.places a[href="/account/delegations"]`)
	mate.follows("#anew")
	mate.follows(`main a[href$="/end"]`)
	mate.follows("#submit")
	if mate.has("#anew") {
		p.t.Error("what was given up is among what one has")
	}
}

func (p *everyPage) secondFactor() {
	p.open(p.strict)
	p.follows("#login")
	p.signs(p.me.userID, p.words[0])
	p.follows("#totp")
	p.secret = p.see("#secret")
	p.enter("#code", "000000")
	p.follows("#submit")
	p.mends("#code")
	if again := p.see("#secret"); again != p.secret {
		p.t.Error("after a wrong code there is another secret")
	}
	p.enter("#code", totp(p.t, p.secret, time.Now()))
	p.follows("#submit")
	p.codes = strings.Fields(p.see("#codes"))
	p.follows("#continue")
	p.see("#shares")
	p.follows("#refuse")
	p.follows("main .button") // the portal asks once more
	p.tick("#lost")
	p.enter("#recovery", p.codes[1])
	p.follows("#recover")
	p.see("#shares")
	p.follows("#submit")
	p.see("#facts")

	// The application loses its access.
	p.open(p.issuer + "/")
	p.follows("#account")
	p.follows(`main a[href="/account/applications"]`)
	p.waitText("Strict Labs")
	p.follows(`a[href="/account/applications/strict/withdraw"]`)
	p.follows("#submit")
	if text := p.text(); strings.Contains(text, "Strict Labs") {
		p.t.Errorf("the application has access still:\n%s", text)
	}

	// The telephone is lost.
	p.open(p.app.ask("prompt", "login"))
	p.signs(p.me.userID, p.words[0])
	p.enter("#code", "000000")
	p.follows("#submit")
	p.mends("#code")
	p.tick("#lost")
	p.enter("#recovery", "K7QX-2M9R-TD48-WPAH-J3CV-6NYZ")
	p.follows("#recover")
	p.mends("#recovery")
	p.enter("#recovery", p.codes[0])
	p.follows("#recover")
	if got := p.told(); got.ACR != acrMFA {
		p.t.Errorf("with a recovery code, the application was told %+v", got)
	}

	// All of that stands among what happened.
	p.open(p.issuer + "/")
	p.follows("#account")
	p.follows(`main a[href="/account/activity"]`)
	text := p.text()
	p.follows("#older")
	text += p.text()
	for _, said := range []string{"You signed in", "A second factor was added", "The access of an application was taken away", "A sign-in was refused", "127.0.0.1"} {
		if !strings.Contains(text, said) {
			p.t.Errorf("the activity has no %q:\n%s", said, text)
		}
	}
}

func (p *everyPage) device() {
	code, _ := p.deviceCode(p.t, "television")
	p.open(p.issuer + "/device")
	p.enter("#user_code", "BBBB-BBBB")
	p.follows("#submit")
	p.mends("#user_code")
	p.enter("#user_code", code)
	p.follows("#submit")
	p.see("#shares")
	p.follows("#refuse")
	p.waitText("not")
	_, address := p.deviceCode(p.t, "television")
	p.open(address)
	p.follows("#submit")
	p.see("#shares")
	p.follows("#submit")
	p.waitText("The device is connected")
}

func (p *everyPage) factors() {
	p.open(p.issuer + "/")
	p.follows("#account")
	p.follows(`main a[href="/account/factors"]`)
	p.follows(`a[href$="/rename"]`)
	p.enter("#name", "Desk")
	p.follows("#submit")
	p.waitText("Desk")
	bind := func(name string) {
		secret := p.see("#secret")
		p.enter("#code", "000000")
		p.follows("#submit")
		p.mends("#code")
		p.enter("#code", totp(p.t, secret, time.Now()))
		p.enter("#name", name)
		p.follows("#submit")
		if p.has("#codes") {
			p.follows("#continue")
		}
		p.waitText(name)
	}
	p.follows(`a[href$="/replace"]`)
	bind("New telephone")
	p.follows("#add-totp")
	bind("Old tablet")
	p.follows(`a[href$="/remove"]`)
	p.follows("#submit")
	p.follows("#draw")
	p.follows("#submit")
	if p.codes = strings.Fields(p.see("#codes")); len(p.codes) != 10 {
		p.t.Errorf("%d new codes", len(p.codes))
	}
	p.follows("#continue")
	p.follows("#add-passkey")
	if !p.keys {
		p.waitText("JavaScript")
	}
	p.follows("#back")
	p.follows(`a[href$="/remove"]`)
	p.see("#last")
	p.follows("#submit")
	p.see("#none")
}

// takesBack takes the agreement back, which ends everything until it is accepted again.
func (p *everyPage) takesBack() {
	p.open(p.issuer + "/")
	p.follows("#account")
	p.follows(`main a[href="/account/agreements"]`)
	p.follows("#take-back")
	p.follows("#submit")
	p.waitText("Leaving a shared computer?")
	p.open(p.app.ask())
	p.signs(p.me.userID, p.words[0])
	p.tick("#accept")
	p.follows("#submit")
	p.told()
}

// accounts is somebody who sits down where somebody else is signed in.
func (p *everyPage) accounts() {
	p.open(p.issuer + "/")
	p.follows("#account")
	p.follows("#another")
	p.see("#person")
	p.follows("#another")
	p.see("#password")
	p.open(p.app.ask("prompt", "select_account"))
	p.follows("#submit")
	p.told()
}

// passkeys sets one up when asked to, uses it beside the password, signs in with it
// alone, and adds another one.
func (p *everyPage) passkeys() {
	if !p.keys {
		return
	}
	b := p.handOf(p.hosted.browser(p.t))
	built := b.authenticator()
	b.touches(built, false) // the sign-in page asks already
	b.open(p.strict)
	b.follows("#login")
	b.signs(p.mate.userID, personal)
	b.see("#create")
	b.touches(built, true)
	b.follows("#create")
	b.follows("#continue")
	b.follows("#use-passkey")
	b.see("#shares")
	b.follows("#submit")
	b.see("#facts")
	b.follows("#logout")
	b.touches(built, false)
	b.open(p.app.ask())
	b.at("#use-passkey")
	b.touches(built, true)
	b.enters()
	b.told()
	b.open(p.issuer + "/")
	b.follows("#account")
	b.follows(`main a[href="/account/factors"]`)
	b.follows("#add-passkey")
	b.enter("#name", "Blue key")
	b.touches(built, false)
	b.plugIn()
	b.follows("#create")
	b.waitText("Blue key")
}

// leaves is the last page, which says what became of the applications.
func (p *everyPage) leaves() {
	p.open(p.plain + "/home")
	p.waitText("Your sign-in has ended") // with the session before the last
	p.follows("main .button")
	p.see("#facts")
	p.open(p.issuer + "/")
	p.follows("#sign-out")
	p.follows("#stay")
	p.follows("#sign-out")
	p.follows("#submit")
	p.waitText("Leaving a shared computer?")
	if text := p.text(); !strings.Contains(text, "Sign out there yourself") || !strings.Contains(text, "Application plain") { // it cannot be told
		p.t.Errorf("the last page says:\n%s", text)
	}
}
