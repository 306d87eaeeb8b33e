package e2e

import (
	"crypto/sha1"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// leaver is a browser whose session ends.
type leaver struct {
	why, told string // told is empty where the browser is told nothing
	session   string
	*person
}

// leavers are people whose sessions end, each for another reason.
type leavers struct {
	*installation
	t      *testing.T
	people []account
	all    []leaver
}

// somebody signs in who has not yet, in a browser of their own.
func (l *leavers) somebody(address string, roles ...string) (account, leaver) {
	l.t.Helper()
	who := l.people[0]
	l.people = l.people[1:]
	if len(roles) > 0 {
		l.claviger("person", "roles", who.userID, "--set", strings.Join(roles, ","), "--reason", "new_duty")
	}
	return who, l.enters(address, who, who.temporary, "")
}

// again signs somebody in in another browser.
func (l *leavers) again(address string, who account) leaver {
	l.t.Helper()
	return l.enters(address, who, personal, "")
}

func (l *leavers) enters(address string, who account, password, shared string) leaver {
	l.t.Helper()
	before := l.sessionsOf(who.userID)
	p := newPerson(l.t, redirectTo, nil)
	p.open(address)
	if shared != "" {
		p.form.values.Set("shared", shared)
	}
	l.proves(p, who, password)
	for _, id := range l.sessionsOf(who.userID) {
		if !slices.Contains(before, id) {
			return leaver{session: id, person: p}
		}
	}
	l.t.Fatalf("%s has no session", who.userID)
	return leaver{}
}

// proves does what the pages ask of somebody until they are let in.
func (l *leavers) proves(p *person, who account, password string) {
	l.t.Helper()
	back := p.submit(map[string]string{"userid": who.userID, "password": password})
	for range 3 {
		switch {
		case back != nil:
			return
		case p.asks("accept"):
			p.form.values.Set("answer", "accept")
			back = p.submit(map[string]string{"accept": "1"})
		case p.asks("new-password"):
			back = p.submit(map[string]string{"new-password": personal, "confirm": personal})
		}
	}
	if back == nil {
		l.t.Fatalf("%s is not let in, at %s:\n%s", who.userID, p.page, p.text)
	}
}

// ends notes why the session of a browser has ended, or soon will.
func (l *leavers) ends(one leaver, why, told string) {
	one.why, one.told = why, told
	l.all = append(l.all, one)
}

var offered = regexp.MustCompile(`name="offer" value="([^"]+)"`)
var shownSecret = regexp.MustCompile(`id="secret">([^<]+)<`)

// thefts is a service that knows one stolen password, or none.
type thefts struct{ of atomic.Value }

func (s *thefts) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	of, _ := s.of.Load().(string)
	hash := fmt.Sprintf("%X", sha1.Sum([]byte(of)))
	if of != "" && strings.HasSuffix(r.URL.Path, "/"+hash[:5]) {
		_, _ = fmt.Fprintf(w, "%s:3\r\n", hash[5:])
	}
}

// TestEveryReason ends a session by what people, operators and applications do, for
// each reason that there is: the audit log, the logout ledger, the application and the
// page that the browser comes back to say so.
func TestEveryReason(t *testing.T) {
	t.Parallel()
	thefts := &thefts{}
	knows := httptest.NewServer(thefts)
	t.Cleanup(knows.Close)
	in := newInstallation(t, "embedded", map[string]string{
		"password.breach.range_url": quote(knows.URL + "/"),
		"session.idle":              quote("30m"), "session.shared_idle": quote("5s"), "session.roles.single.concurrent": "1",
		"password.rotation.min_age_days": "0", "outbound.allow": `["127.0.0.1"]`,
	})
	text := in.secretFile("agreement.md", agreementText)
	if err := os.WriteFile(in.config, []byte(readFile(t, in.config)+"\n[agreement]\ndocuments = [{audience = \"reader\", version = \"1\", language = \"en\", effective = \"2026-01-01\", file = "+quote(text)+"}]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	l := &leavers{installation: in, t: t, people: in.enroll(17)}
	hears := &told{}
	listens := httptest.NewServer(hears)
	t.Cleanup(listens.Close)
	secret := in.register("app", redirectTo, goodbye, "--backchannel-logout-uri", listens.URL+"/logout")
	in.register("brief", redirectTo, goodbye, "--public", "--backchannel-logout-uri", listens.URL+"/logout", "--session-absolute", "8s")
	server := in.serve()
	app := in.authorize("app")

	// What takes its time comes first.
	idle := l.people[0]
	l.people = l.people[1:]
	l.ends(l.enters(app, idle, idle.temporary, "1"), "idle", "nothing was done here")
	_, one := l.somebody(in.authorize("brief"))
	l.ends(one, "absolute", "the time for one sign-in was over")

	// The person.
	_, one = l.somebody(app)
	one.open(in.issuer + "/sign-out")
	one.submit(nil)
	l.ends(one, "logout", "")
	who, one := l.somebody(app)
	one.open(app + "&prompt=login")
	l.proves(one.person, who, personal)
	l.ends(leaver{session: one.session}, "replaced", "")
	who, one = l.somebody(app)
	l.ends(l.again(app, who), "password_changed", "the password was changed somewhere else")
	one.open(in.issuer + "/account/password")
	one.form.values.Set("others", "1")
	one.submit(map[string]string{"current-password": personal, "new-password": nextPersonal, "confirm": nextPersonal})
	if !strings.HasSuffix(one.page.Path, "/done") {
		t.Fatalf("the password is not changed, at %s:\n%s", one.page, one.text)
	}
	who, one = l.somebody(app)
	l.ends(l.again(app, who), "factor_changed", "was changed somewhere else")
	one.open(in.issuer + "/account/factors/totp")
	if !offered.MatchString(one.text) || !shownSecret.MatchString(one.text) {
		t.Fatalf("no secret is offered at %s:\n%s", one.page, one.text)
	}
	one.form.values.Set("offer", offered.FindStringSubmatch(one.text)[1])
	one.form.values.Set("others", "1")
	one.submit(map[string]string{"code": totp(t, shownSecret.FindStringSubmatch(one.text)[1], time.Now())})
	l.ends(one, "factor_reset", "the help desk removed the second steps")
	in.claviger("person", "factor", "reset", who.userID, "--proof", "in_person", "--reason", "lost the telephone")
	who, one = l.somebody(app, "single")
	l.ends(one, "concurrent_limit", "a sign-in somewhere else")
	l.again(app, who)

	// Operators.
	for _, test := range []struct {
		why, told string
		command   []string // USER stands for the User ID
		roles     []string
	}{
		{"operator", "signed out by an operator", []string{"session", "end", "USER", "--reason", "lost_laptop"}, nil},
		{"suspended", "suspended or closed", []string{"person", "suspend", "USER", "--reason", "lost_laptop"}, nil},
		{"closed", "suspended or closed", []string{"person", "close", "USER", "--reason", "left_practice"}, nil},
		{"password_reset", "the help desk replaced the password", []string{"person", "reset", "USER", "--proof", "in_person", "--note", "at the desk", "--letters", filepath.Join(in.dir, "again")}, nil},
		{"password_must_change", "another password has to be chosen", []string{"password", "expire", "--person", "USER", "--reason", "a drill"}, nil},
		{"roles_changed", "what you do here was changed", []string{"person", "roles", "USER", "--set", "nurse", "--reason", "new_duty"}, nil},
		{"agreement_withdrawn", "an agreement was withdrawn", []string{"agreement", "withdraw", "USER", "--reason", "new_contract"}, []string{"reader"}},
	} {
		who, one := l.somebody(app, test.roles...)
		l.ends(one, test.why, test.told)
		command := slices.Clone(test.command)
		command[slices.Index(command, "USER")] = who.userID
		in.claviger(command...)
	}
	organization := strings.TrimSpace(in.claviger("org", "create", "--name", "Cove Clinic"))
	who, one = l.somebody(app)
	in.claviger("org", "member", "add", organization, who.userID, "--role", "nurse", "--need", "Works on the ward")
	in.claviger("org", "member", "remove", organization, who.userID, "--role", "nurse")
	l.ends(one, "membership_ended", "what gave you access has ended")

	// The application, or who stole from it.
	_, one = l.somebody(app)
	status, out := in.token(secret, url.Values{
		"grant_type": {"authorization_code"}, "code": {one.open(app).Query().Get("code")}, "redirect_uri": {redirectTo}, "code_verifier": {strings.Repeat("v", 43)},
	})
	first := out.Refresh
	for range 2 {
		if status != http.StatusOK {
			t.Fatalf("%d %+v", status, out)
		}
		status, out = in.token(secret, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {out.Refresh}})
	}
	if status, out = in.token(secret, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {first}}); out.Error != "invalid_grant" {
		t.Errorf("an old refresh token: %d %+v", status, out)
	}
	l.ends(one, "refresh_reuse", "a key that had been used before")

	// A thief, of whom a service for stolen passwords learns after the sign-in.
	who, one = l.somebody(app)
	l.ends(one, "password_compromised", "known to have been stolen")
	thefts.of.Store(personal)
	other := newPerson(t, redirectTo, nil)
	other.open(app)
	if back := other.submit(map[string]string{"userid": who.userID, "password": personal}); back != nil || !other.asks("new-password") {
		t.Errorf("a stolen password signs in, at %s:\n%s", other.page, other.text)
	}
	thefts.of.Store("")

	until(t, "told", func() bool { return hears.heard() >= len(l.all) })
	for _, one := range l.all {
		if one.person == nil || one.why == "logout" { // which has taken the cookie back
			continue
		}
		one.open(app)
		if has := strings.Contains(one.text, `id="ended"`); has != (one.told != "") || !strings.Contains(one.text, one.told) {
			t.Errorf("%s: told %v at %s:\n%s", one.why, has, one.page, one.text)
		}
	}
	server.stop()
	var ledger []struct{ Session, Reason, State string }
	if err := json.Unmarshal([]byte(in.claviger("logout", "list", "--json")), &ledger); err != nil {
		t.Fatal(err)
	}
	log := strings.Split(in.claviger("audit", "export"), "\n")
	for _, one := range l.all {
		told, noted := false, false
		for _, line := range ledger {
			told = told || line.Session == one.session && line.Reason == one.why && line.State == "delivered"
		}
		for _, line := range log {
			noted = noted || strings.Contains(line, `"session.ended"`) && strings.Contains(line, one.session) && strings.Contains(line, `"reason":"`+one.why+`"`)
		}
		if !told || !noted {
			t.Errorf("%s: in the ledger %v, in the log %v", one.why, told, noted)
		}
	}
	in.claviger("audit", "verify")
}
