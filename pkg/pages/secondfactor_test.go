package pages_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/factor"
	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/storage"
)

// telephone is an application that shows codes: RFC 6238, written a second time.
type telephone struct{ key []byte }

func (p telephone) code(at time.Time) string {
	mac := hmac.New(sha1.New, p.key)
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(at.Unix()/30)))
	sum := mac.Sum(nil)
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[sum[19]&15:])&0x7fffffff%1000000)
}

var (
	secretShown = regexp.MustCompile(`id="secret">([A-Z2-7 ]+)<`)
	offerShown  = regexp.MustCompile(`name="offer" value="([^"]+)"`)
	codeShown   = regexp.MustCompile(`<li><code>([^<]+)</code>`)
)

// take scans the picture, so to speak, and returns the telephone and the offer.
func (g *rig) take(page answer) (telephone, string) {
	g.t.Helper()
	text, offer := secretShown.FindStringSubmatch(page.text), offerShown.FindStringSubmatch(page.text)
	if text == nil || offer == nil {
		g.t.Fatalf("no secret is offered:\n%s", page.text)
	}
	key, err := base32.StdEncoding.DecodeString(strings.ReplaceAll(text[1], " ", ""))
	if err != nil {
		g.t.Fatal(err)
	}
	return telephone{key}, offer[1]
}

// withTOTP is the rig with somebody who had to set up codes, at the end of that
// sign-in.
func withTOTP(t *testing.T) (g *rig, personID string, phone telephone, codes []string) {
	t.Helper()
	g, personID = quarterly(t)
	g.required = flow.ACRMFA
	id := g.signIn()
	g.step1(id, flow.StepSetUpFactor)
	g.get(flow.PathFor(flow.StepSetUpFactor, id))
	totp := flow.PathFor(flow.StepSetUpFactor, id) + "/totp"
	phone, offer := g.take(g.get(totp))
	wrong := g.post(totp, url.Values{"offer": {offer}, "code": {phone.code(g.at.Add(-time.Hour))}})
	g.want("a wrong first code", wrong, 422, "")
	if again, _ := g.take(wrong); string(again.key) != string(phone.key) {
		t.Fatal("after a wrong code another secret is shown than was scanned")
	}
	done := g.post(totp, url.Values{"offer": {offer}, "code": {phone.code(g.at)}, "name": {"my telephone"}})
	g.want("set up", done, 200, "")
	if codes = g.codes(done); len(codes) != 10 {
		t.Fatalf("%d recovery codes are shown:\n%s", len(codes), done.text)
	}
	again := g.post(totp, url.Values{"offer": {offer}, "code": {phone.code(g.at)}})
	g.want("again", again, 200, "")
	if shown := g.codes(again); !slices.Equal(shown, codes) {
		t.Fatalf("loaded again, the page shows %v, and before %v", shown, codes)
	}
	if got := g.state(id).SignedIn.AMR; !slices.Equal(got, []string{"pwd", "otp", "mfa"}) {
		t.Fatalf("amr %v", got)
	}
	return g, personID, phone, codes
}

// codes are the recovery codes that a page shows.
func (g *rig) codes(page answer) (all []string) {
	for _, m := range codeShown.FindAllStringSubmatch(page.text, -1) {
		all = append(all, m[1])
	}
	return all
}

// step1 is step with what is looked up each time.
func (g *rig) step1(id string, want flow.Step) {
	g.t.Helper()
	state := g.state(id)
	var err error
	if state.Bound, err = g.pages.Bound(g.t.Context(), state.PersonID()); err != nil {
		g.t.Fatal(err)
	}
	if got := flow.Next(state).Step; got != want {
		g.t.Fatalf("the flow wants %q, not %q", got, want)
	}
}

func TestSecondFactorIsAskedForAndEachCodeWorksOnce(t *testing.T) {
	g, _, phone, _ := withTOTP(t)
	first := phone.code(g.at)
	id := g.signIn()
	path := flow.PathFor(flow.StepSecondFactor, id)
	g.step1(id, flow.StepSecondFactor)
	g.shows("asked", g.get(path), `autocomplete="one-time-code"`, "authenticator app")

	// Nothing else may be done first.
	for _, step := range []flow.Step{flow.StepChoosePassword, flow.StepRenewPassword, flow.StepSetUpFactor, flow.StepConsent} {
		g.want("a way around: "+string(step), g.get(flow.PathFor(step, id)), 303, flow.ResumePath(id))
	}
	g.want("a way around", g.post(flow.PathFor(flow.StepSetUpFactor, id)+"/totp", url.Values{"offer": {"x"}, "code": {first}}), 303, flow.ResumePath(id))

	g.want("nothing", g.post(path, url.Values{"code": {""}}), 422, "")
	// RFC 6238 section 5.2: the code that was used to set it up is used up.
	replay := g.post(path, url.Values{"code": {first}})
	g.want("the code of before", replay, 422, "")
	g.shows("the code of before", replay, "used before")
	g.at = g.at.Add(30 * time.Second)
	g.want("the next code", g.post(path, url.Values{"code": {phone.code(g.at)}}), 303, flow.ResumePath(id))
	g.step1(id, flow.StepIssue)

	id = g.signIn()
	g.want("the same once more", g.post(flow.PathFor(flow.StepSecondFactor, id), url.Values{"code": {phone.code(g.at)}}), 422, "")
}

func TestARecoveryCodeWorksOnce(t *testing.T) {
	g, personID, _, codes := withTOTP(t)
	id := g.signIn()
	path := flow.PathFor(flow.StepSecondFactor, id)
	g.want("no code", g.post(path, url.Values{"recovery": {"K7QX-2M9R-TD48-WPAH-J3CV-6NYZ"}}), 422, "")
	typed := strings.ToLower(strings.ReplaceAll(codes[3], "-", " "))
	g.want("a code", g.post(path, url.Values{"recovery": {typed}}), 303, flow.ResumePath(id))
	g.step1(id, flow.StepIssue)

	id = g.signIn()
	path = flow.PathFor(flow.StepSecondFactor, id)
	got := g.post(path, url.Values{"recovery": {codes[3]}})
	g.want("the same again", got, 422, "")
	g.shows("the same again", got, `id="recovery"`, "used before")
	g.want("another one", g.post(path, url.Values{"recovery": {codes[4]}}), 303, flow.ResumePath(id))

	// A new set ends the old one.
	token, err := g.pages.Factors.OfferCodes(personID, "here")
	if err != nil {
		t.Fatal(err)
	}
	fresh, err := g.pages.Factors.TakeCodes(t.Context(), personID, "here", token, nil)
	if err != nil {
		t.Fatal(err)
	}
	id = g.signIn()
	path = flow.PathFor(flow.StepSecondFactor, id)
	g.want("one of the old set", g.post(path, url.Values{"recovery": {codes[5]}}), 422, "")
	g.want("one of the new set", g.post(path, url.Values{"recovery": {fresh[0]}}), 303, flow.ResumePath(id))
}

// TestGuessesAtCodes is NIST SP 800-63B-4 section 3.2.2: waits rise, and after fifty
// failures in a row codes are disabled, whatever is waited.
func TestGuessesAtCodes(t *testing.T) {
	g, _, phone, codes := withTOTP(t)
	id := g.signIn()
	path := flow.PathFor(flow.StepSecondFactor, id)
	wrong := func() answer { return g.post(path, url.Values{"code": {phone.code(g.at.Add(time.Hour))}}) }
	for range 4 {
		g.want("a wrong code", wrong(), 422, "")
	}
	got := wrong()
	g.want("a fifth at once", got, 429, "")
	if got.Header.Get("Retry-After") == "" {
		t.Error("nobody says how long to wait")
	}
	tries := 4
	for range 200 {
		g.at = g.at.Add(20 * time.Minute)
		id = g.signIn()
		path = flow.PathFor(flow.StepSecondFactor, id)
		got := wrong()
		g.want("a wrong code after a wait", got, 422, "")
		if tries++; strings.Contains(got.text, "codes do not work any more") {
			break
		}
	}
	if tries != 51 {
		t.Errorf("%d codes were looked at, want 50 and one refusal", tries)
	}
	for name, form := range map[string]url.Values{"a right code": {"code": {phone.code(g.at)}}, "a recovery code": {"recovery": {codes[0]}}} {
		g.at = g.at.Add(20 * time.Minute)
		id = g.signIn()
		got := g.post(flow.PathFor(flow.StepSecondFactor, id), form)
		g.want(name, got, 422, "")
		g.shows(name, got, "codes do not work any more")
	}
}

func TestNothingOfASecondFactorIsStoredInTheClear(t *testing.T) {
	g, personID, phone, codes := withTOTP(t)
	if err := g.store.View(t.Context(), func(tx storage.Tx) error {
		all, err := tx.Authenticators().ByPerson(t.Context(), personID)
		if len(all) != 11 {
			t.Errorf("%d authenticators", len(all))
		}
		var kept strings.Builder
		for _, a := range all {
			kept.Write(slices.Concat(a.Name, a.Handle, a.Secret))
		}
		for _, text := range append(codes, string(phone.key), "my telephone", base32.StdEncoding.EncodeToString(phone.key)) {
			if strings.Contains(kept.String(), text) || strings.Contains(g.log.String(), text) {
				t.Errorf("%q stands in the store or the log", text)
			}
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// An offer is for one person and one occasion.
func TestAnOfferIsNobodyElses(t *testing.T) {
	g, _ := quarterly(t)
	offer, err := g.pages.Factors.OfferTOTP("somebody", "one", "x")
	if err != nil {
		t.Fatal(err)
	}
	for name, try := range map[string][3]string{
		"another person": {"other", "one", offer.Token}, "another occasion": {"somebody", "two", offer.Token},
		"garbage": {"somebody", "one", "!"}, "nothing": {"somebody", "one", ""}, "long": {"somebody", "one", strings.Repeat("a", 1<<16)},
	} {
		if _, err := g.pages.Factors.BindTOTP(t.Context(), try[0], try[1], try[2], "000000", ""); err == nil || !strings.Contains(err.Error(), "took too long") {
			t.Errorf("%s: %v", name, err)
		}
	}
	g.at = g.at.Add(30 * time.Minute)
	if _, err := g.pages.Factors.Again("somebody", "one", "x", offer.Token); err == nil {
		t.Error("an offer of half an hour ago is still shown")
	}
}

// Somebody who is signed in proves a second factor when an application asks for one.
func TestStepUpInASession(t *testing.T) {
	g, personID, phone, _ := withTOTP(t)
	cookie, s, err := g.pages.Sessions.Begin(t.Context(), session.Beginning{
		PersonID: personID, Subject: "sub", AuthTime: g.at, ACR: flow.ACRPassword, AMR: []string{"pwd"}, Shared: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	id := g.begin(func(r *flow.Request) { r.EssentialACR = []string{flow.ACRMFA} })
	path := flow.PathFor(flow.StepSecondFactor, id)
	g.want("without a session", g.get(path), 303, flow.ResumePath(id))
	g.jar["__Host-claviger-session"] = cookie
	g.want("with one", g.get(path), 200, "")
	g.at = g.at.Add(time.Minute)
	g.want("a code", g.post(path, url.Values{"code": {phone.code(g.at)}}), 303, flow.ResumePath(id))
	who := g.state(id).SignedIn
	if who == nil || who.Raises != s.ID || who.PersonID != personID || !who.AuthTime.Equal(s.AuthTime) || !who.Shared || flow.ClassOf(who.AMR) != flow.ACRMFA {
		t.Errorf("%+v", who)
	}
}

// TestLostFactor is NIST SP 800-63B-4 section 4.2: who has lost everything proves
// who they are anew, and sets up another factor.
func TestLostFactor(t *testing.T) {
	g, personID, phone, codes := withTOTP(t)
	lost := factor.LostFactor{PersonID: personID, Proof: "in_person", Note: "driver license, at the desk", By: audit.Actor{Type: "operator", ID: "desk"}}
	for name, change := range map[string]func(*factor.LostFactor){
		"a birth date": func(l *factor.LostFactor) { l.Proof = "birthday" }, "no note": func(l *factor.LostFactor) { l.Note = " " },
	} {
		bad := lost
		change(&bad)
		if _, err := g.pages.Factors.ResetByOperator(t.Context(), bad); err == nil {
			t.Errorf("%s is enough", name)
		}
	}
	var told []factor.Change
	g.pages.Factors.Changed = func(_ context.Context, _ storage.Tx, _ string, how factor.Change) error {
		told = append(told, how)
		return nil
	}
	if n, err := g.pages.Factors.ResetByOperator(t.Context(), lost); err != nil || n != 1 {
		t.Fatalf("%d removed, %v", n, err)
	}
	if !slices.Equal(told, []factor.Change{factor.Reset}) {
		t.Errorf("the person was told %v", told)
	}
	g.at = g.at.Add(time.Minute)
	id := g.signIn()
	g.step1(id, flow.StepSetUpFactor)
	for name, form := range map[string]url.Values{"the old telephone": {"code": {phone.code(g.at)}}, "an old recovery code": {"recovery": {codes[0]}}} {
		g.want(name, g.post(flow.PathFor(flow.StepSecondFactor, id), form), 303, flow.ResumePath(id))
		g.step1(id, flow.StepSetUpFactor)
	}
}
