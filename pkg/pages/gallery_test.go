package pages

import (
	"flag"
	"maps"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/pkg/brand"
	"github.com/claviger-id/claviger/pkg/enroll"
	"github.com/claviger-id/claviger/pkg/factor"
	"github.com/claviger-id/claviger/pkg/markdown"
	"github.com/claviger-id/claviger/pkg/mfa"
	"github.com/claviger-id/claviger/pkg/password"
	"github.com/claviger-id/claviger/pkg/person"
)

var galleryDir = flag.String("gallery", "", "write the gallery into this directory, to be served and looked at")

// exhibit is one page in one state.
type exhibit struct {
	template string
	view     any
}

// gallery is every page with canned data, in every state that looks different.
func gallery(p *Pages, lang string) map[string]exhibit {
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Accept-Language", lang)
	pr := p.printer(r, nil)
	t := pr.texts
	managing := func(title string, script, problem bool) frame {
		on := *pr
		on.places = somePlaces(t, managePath)
		f := on.frame(title, script)
		f.Problem = problem
		return f
	}
	frame := func(title string, script, problem bool) frame {
		f := pr.frame(title, script)
		f.Problem = problem
		return f
	}
	fault := func(a Advice, retry string) exhibit {
		return exhibit{"error", errorView{
			frame: frame(a.Title, false, true), Message: a.Text, Retry: retry, Forward: a.Forward,
			Reference: "4mpv2k7c5yq3n6xw7bdtfa2hge",
		}}
	}
	over := func(why flow.Trouble) exhibit {
		said := t.Trouble(why)
		return exhibit{"error", errorView{
			frame: frame(said.Title, false, true), Message: said.Text, Application: "Harbor Provider Portal", Entrance: "https://portal.harbor.example/",
			Reference: "4mpv2k7c5yq3n6xw7bdtfa2hge",
		}}
	}
	because := func(why Reason) exhibit {
		return exhibit{"choose-password", choosePasswordView{
			frame: frame(why.Title, true, false), Action: "/x", UserID: "jsmith2", newPassword: newPassword{Minimum: 15, First: true}, Lead: why.Text,
		}}
	}
	passkey := func(kind string) *passkeyForm {
		return p.passkeyForm(kind, "/x", factor.Asked{Options: []byte(`{"challenge":"AA"}`), Token: "x"})
	}
	day := func(year int, month time.Month, day int) string {
		return t.Common.Day(time.Date(year, month, day, 0, 0, 0, 0, time.UTC))
	}
	at := func(hour int) string { return t.Common.Moment(time.Date(2026, 11, 23, hour, 5, 0, 0, time.UTC)) }
	const application = "Harbor Provider Portal"
	all := map[string]exhibit{
		"sign-in": {"sign-in", signInView{
			frame: frame(t.SignIn.Title, true, false), Action: "/x", Application: application, SharedIdle: t.Common.Span(5 * time.Minute),
			ForgotPassword: forgotPasswordPath, ForgotUserID: forgotUserIDPath, Apply: applyPath,
		}},
		"sign-in-ended": {"sign-in", signInView{
			frame: frame(t.SignIn.Title, true, false), Action: "/x", Application: application, SharedIdle: "5 minutes", Ended: t.SignIn.Ended.Concurrent,
		}},
		"sign-in-wrong": {"sign-in", signInView{
			frame: frame(t.SignIn.Title, true, true), Action: "/x", Application: application, SharedIdle: t.Common.Span(5 * time.Minute),
			UserID: "jsmith2", Message: t.SignIn.Wrong, BadUserID: true, BadPassword: true,
		}},
		"sign-in-shared": {"sign-in", signInView{
			frame: frame(t.SignIn.Title, true, true), Action: "/x", Application: application, SharedIdle: t.Common.Span(5 * time.Minute),
			UserID: "jsmith2", Shared: true, Message: t.SignIn.MissingPassword, BadPassword: true,
		}},
		"sign-in-limited": {"sign-in", signInView{
			frame: frame(t.SignIn.Title, true, true), Action: "/x", SharedIdle: t.Common.Span(5 * time.Minute),
			UserID: "jsmith2", Message: t.SignIn.Limited(t.Common.Wait(2 * time.Minute)),
		}},
		"choose-account":     {"choose-account", chooseAccountView{frame: frame(t.ChooseAccount.Title, true, false), Action: "/x", Application: application, UserID: "jsmith2", Session: "s"}},
		"choose-account-own": {"choose-account", chooseAccountView{frame: frame(t.ChooseAccount.Title, true, false), Action: "/x", UserID: "jsmith2", Session: "s"}},
		"choose-password": {"choose-password", choosePasswordView{
			frame: frame(t.ChoosePassword.First.Title, true, false), Action: "/x", UserID: "jsmith2", newPassword: newPassword{Minimum: 15, First: true}, Lead: t.ChoosePassword.First.Text,
		}},
		"choose-password-refused": {"choose-password", choosePasswordView{
			frame: frame(t.ChoosePassword.First.Title, true, true), Action: "/x", Lead: t.ChoosePassword.First.Text,
			newPassword: newPassword{Minimum: 15, Shared: true, First: true, BadNew: true, Strength: t.ChoosePassword.Strength(password.Weakest)},
			Message:     t.Refused.Password(password.RefuseBreached()),
		}},
		"choose-password-different": {"choose-password", choosePasswordView{
			frame: frame(t.ChoosePassword.Own.Title, true, true), Action: "/x", Lead: t.ChoosePassword.Own.Text,
			newPassword: newPassword{Minimum: 15, First: true, BadNew: true, BadConfirm: true, Strength: t.ChoosePassword.Strength(password.Strong)},
			Message:     t.ChoosePassword.Different, Later: "/y",
		}},
		"choose-password-expired":     because(t.ChoosePassword.Expired),
		"choose-password-operator":    because(t.ChoosePassword.Operator),
		"choose-password-compromised": because(t.ChoosePassword.Compromised),
		"choose-password-guessed":     because(t.ChoosePassword.Guessed),
		"choose-password-alone":       because(t.ChoosePassword.Alone),
		"renew-password": {"renew-password", renewPasswordView{
			frame: frame(t.RenewPassword.Title, true, false), Action: "/x", Lead: t.RenewPassword.Expires(11),
		}},
		"renew-password-today": {"renew-password", renewPasswordView{
			frame: frame(t.RenewPassword.Title, true, false), Action: "/x", Lead: t.RenewPassword.Expires(0), Soon: true,
		}},
		"renew-password-old": {"renew-password", renewPasswordView{
			frame: frame(t.RenewPassword.Title, true, false), Action: "/x", Lead: t.RenewPassword.Old,
		}},
		"second-factor": {"second-factor", secondFactorView{
			frame: frame(t.SecondFactor.Title, true, false), Action: "/x", TOTP: true, Recovery: true,
		}},
		"second-factor-wrong": {"second-factor", secondFactorView{
			frame: frame(t.SecondFactor.Title, true, true), Action: "/x", TOTP: true, Recovery: true, BadCode: true, Message: t.SecondFactor.Wrong,
		}},
		"second-factor-recovery-wrong": {"second-factor", secondFactorView{
			frame: frame(t.SecondFactor.Title, true, true), Action: "/x", TOTP: true, Recovery: true, BadRecovery: true, Message: t.SecondFactor.WrongRecovery,
		}},
		"second-factor-limited": {"second-factor", secondFactorView{
			frame: frame(t.SecondFactor.Title, true, true), Action: "/x", TOTP: true, Recovery: true, BadCode: true, Message: t.SignIn.Limited(t.Common.Wait(2 * time.Minute)),
		}},
		"second-factor-disabled": {"second-factor", secondFactorView{
			frame: frame(t.SecondFactor.Title, true, true), Action: "/x", TOTP: true, Recovery: true, BadRecovery: true, Message: t.SecondFactor.Disabled,
		}},
		"second-factor-passkey-wrong": {"second-factor", secondFactorView{
			frame: frame(t.SecondFactor.Title, true, true), Action: "/x", TOTP: true, Recovery: true, Passkey: passkey("get"), Message: t.Passkey.Wrong,
		}},
		"second-factor-passkey": {"second-factor", secondFactorView{
			frame: frame(t.SecondFactor.Title, true, false), Action: "/x", TOTP: true, Recovery: true, Passkey: passkey("get"),
		}},
		"second-factor-only-passkey": {"second-factor", secondFactorView{
			frame: frame(t.SecondFactor.Title, true, true), Action: "/x", Passkey: passkey("get"), Message: t.Passkey.Late,
		}},
		"sign-in-passkey": {"sign-in", signInView{
			frame: frame(t.SignIn.Title, true, false), Action: "/x", Application: application, SharedIdle: "5 minutes",
			ForgotPassword: forgotPasswordPath, ForgotUserID: forgotUserIDPath, Passkey: passkey("autofill"),
		}},
		"set-up-factor": {"set-up-factor", setUpFactorView{frame: frame(t.SetUpFactor.Title, true, false), TOTP: "/x", Passkey: passkey("create")}},
		"set-up-factor-passkey": {"set-up-factor", setUpFactorView{
			frame: frame(t.SetUpFactor.Title, true, true), Passkey: passkey("create"), Message: t.Passkey.Wrong,
		}},
		"set-up-totp": {"set-up-totp", setUpTOTPView{
			frame: frame(t.SetUpTOTP.Title, true, false), Action: "/x", Back: "/y", Offer: someOffer(),
		}},
		"set-up-totp-wrong": {"set-up-totp", setUpTOTPView{
			frame: frame(t.SetUpTOTP.Title, true, true), Action: "/x", Back: "/y", Offer: someOffer(), Message: t.SetUpTOTP.Wrong,
		}},
		"recovery-codes": {"recovery-codes", recoveryCodesView{
			frame: frame(t.RecoveryCodes.Title, false, false), Codes: mfa.NewRecoveryCodes(), Continue: "/x",
		}},
		"act-for": {"act-for", actForView{
			frame: frame(t.ActFor.Title, true, false), Action: "/x", Application: application, UserID: "rlee",
			Choices: []actForChoice{
				{Choice: "a", Name: "Morgan Jones", UserID: "mjones", Purpose: t.Delegations.Purpose("treatment"), Until: t.Delegations.Until(day(2027, 3, 31))},
				{Choice: "b", Name: "Jordan Smith", UserID: "jsmith2", Purpose: t.Delegations.Purpose("operations"), Until: t.Delegations.Until(day(2027, 6, 30))},
			},
		}},
		"act-for-over": {"act-for", actForView{frame: frame(t.ActFor.Title, true, false), Action: "/x", Application: application, UserID: "rlee", Over: true}},
		"elsewhere": {"elsewhere", elsewhereView{
			frame: frame(t.Elsewhere.Title, true, false), Action: "/x", Again: "/y", May: true,
			Sessions: []sessionRow{{T: t, ID: "a", Browser: "Edge, Windows", Address: "192.0.2.7", Since: at(12), Last: at(13), Ends: at(14), Applications: []string{application}}},
		}},
		"elsewhere-wait": {"elsewhere", elsewhereView{
			frame: frame(t.Elsewhere.Title, true, false), Action: "/x", Again: "/y",
			Sessions: []sessionRow{{T: t, Browser: t.AccountSessions.Unknown, Since: at(12)}},
		}},
		"consent": {"consent", consentView{
			frame: frame(t.Consent.Title, true, false), Action: "/x", Application: application, UserID: "jsmith2", Another: "/y",
			Shares: []string{t.Consent.Scope("profile"), t.Consent.Scope("provider")},
		}},
		"agreement":          {"agreement", agreementExhibit(frame(t.Agreement.Title, false, false), "", "")},
		"agreement-unticked": {"agreement", agreementExhibit(frame(t.Agreement.Title, false, true), "", t.Agreement.Missing)},
		"agreement-later":    {"agreement", agreementExhibit(frame(t.Agreement.Title, false, false), t.Agreement.Later(time.Date(2026, 12, 24, 17, 0, 0, 0, time.UTC)), "")},
		"agreement-declined": {"agreement-declined", declinedView{frame: frame(t.Agreement.DeclinedTitle, false, false), Continue: "/x"}},
		"consent-device": {"consent", consentView{
			frame: frame(t.Consent.Title, true, false), Action: "/x", Application: application, Device: true, UserID: "jsmith2", Another: "/y",
			Shares: []string{t.Consent.Scope("profile"), t.Consent.Scope("api:read")},
		}},
		"device": {"device", deviceView{frame: frame(t.Device.Title, true, false), Action: devicePath, Code: "WDJB-MJHT"}},
		"device-unknown": {"device", deviceView{
			frame: frame(t.Device.Title, true, true), Action: devicePath, Code: "WDJB-MJHX", Message: t.Device.Unknown,
		}},
		"device-connected": {"device-done", deviceDoneView{
			frame: frame(t.Device.Connected.Title, false, false), Text: t.Device.Connected.Text, Forward: t.Device.Connected.Forward,
		}},
		"apply": {"apply", applyView{frame: frame(t.Apply.Title, false, false), Action: applyPath, Fields: applyFields(t, person.Profile{}, nil)}},
		"apply-wrong": {"apply", applyView{
			frame: frame(t.Apply.Title, false, true), Action: applyPath, Message: t.Apply.Problem,
			Fields: applyFields(t, person.Profile{GivenName: "Jordan", NPI: "1234567890"}, enroll.Invalid{"npi": "x", "family_name": "x"}),
		}},
		"applied":         {"applied", appliedView{frame: frame(t.Apply.ReceivedTitle, false, false), Reference: "4mpv2k7c5yq3n6xw7bdtfa2hge"}},
		"forgot-password": {"forgotten", p.forgotPasswordView(r)},
		"forgot-user-id":  {"forgotten", p.forgotUserIDView(r)},
		"forgot-password-missing": {"forgotten", func() forgottenView {
			v := p.forgotPasswordView(r)
			v.Message, v.Problem = t.Forgotten.Missing, true
			return v
		}()},
		"asked":   {"advice", adviceView{frame: frame(t.Forgotten.Asked.Title, false, false), Lead: t.Forgotten.Asked.Text, Forward: t.Forgotten.Asked.Forward}},
		"recover": {"recover", recoverView{frame: frame(t.Recover.Title, true, false), Action: "/recover", Link: "x", newPassword: newPassword{Minimum: 15, First: true}}},
		"recover-refused": {"recover", recoverView{
			frame: frame(t.Recover.Title, true, true), Action: "/recover", Link: "x", Message: t.ChoosePassword.Different,
			newPassword: newPassword{Minimum: 15, First: true, BadNew: true, BadConfirm: true, Strength: t.ChoosePassword.Strength(password.Fair)},
		}},
		"recovered":       {"advice", adviceView{frame: frame(t.Recover.Done.Title, false, false), Lead: t.Recover.Done.Text, Forward: t.Recover.Done.Forward}},
		"temporary":       {"temporary", temporaryView{frame: frame(t.Temporary.Title, false, false), Action: "/temporary-password", Link: "x"}},
		"temporary-shown": {"temporary", temporaryView{frame: frame(t.Temporary.ShownTitle, false, false), Password: "7KQ4M-X9PBT-3WHND-R6ZJC", Until: at(9)}},
		"link-over":       fault(t.LinkOver, ""),
		"sign-in-again": {"sign-in", signInView{
			frame: frame(t.SignIn.Title, true, false), Action: "/x", SharedIdle: t.Common.Span(5 * time.Minute), UserID: "jsmith2", Again: true,
		}},
		"manage-home": {"manage-home", manageHomeView{
			frame: managing(t.Manage.Title, false, false), Organizations: []link{{"/manage/x", "Cove Clinic"}, {"/manage/y", "Cove Hospital"}},
		}},
		"manage-nothing": {"manage-home", manageHomeView{frame: managing(t.Manage.Title, false, false)}},
		"manage": {"manage", manageView{
			frame: managing(t.Manage.Title, false, false), Organization: "Cove Clinic", Grant: "/g", Invite: "/i", Next: "/n",
			Members: []memberRow{
				{Name: "Jane Smith", UserID: "jsmith2", Role: t.Manage.Role("front_desk"), Need: "Makes appointments", Since: day(2026, 11, 23), Until: day(2027, 3, 31), Used: at(12), Proven: true, Remove: "/r"},
				{Name: "Max Lee", UserID: "mlee", Account: t.Manage.Account("suspended"), Role: t.Manage.Role("delegate_administrator"), Need: "Runs the practice", Since: day(2026, 11, 23), Until: t.Manage.Never, Used: t.Manage.Unused},
			},
		}},
		"manage-empty": {"manage", manageView{frame: managing(t.Manage.Title, false, false), Organization: "Cove Clinic", Grant: "/g", Invite: "/i"}},
		"manage-remove": {"manage-remove", manageRemoveView{
			frame: managing(t.Manage.RemoveTitle, false, false), Action: "/x", Back: "/b", Organization: "Cove Clinic",
			Member: memberRow{Name: "Jane Smith", UserID: "jsmith2", Role: t.Manage.Role("front_desk")},
		}},
		"manage-grant": {"manage-grant", manageGrantView{
			frame: managing(t.Manage.GrantTitle, false, true), Action: "/x", Back: "/b", Organization: "Cove Clinic", Earliest: "2026-11-23", Latest: "2027-11-22",
			Roles:  []roleChoice{{"nurse", t.Manage.Role("nurse"), true}, {"front_desk", t.Manage.Role("front_desk"), false}},
			UserID: "jsmith2", FamilyName: "Smith", Need: "Makes appointments", Message: t.Manage.Refused("unknown_person"), Wrong: wrongField("unknown_person"),
		}},
		"manage-grant-no-role": {"manage-grant", manageGrantView{frame: managing(t.Manage.GrantTitle, false, false), Action: "/x", Back: "/b", Organization: "Cove Clinic"}},
		"manage-invite": {"manage-invite", manageInviteView{
			frame: managing(t.Manage.InviteTitle, false, true), Action: "/x", Back: "/b", Organization: "Cove Clinic", Message: t.Apply.Problem,
			Fields: inviteFields(t, person.Profile{GivenName: "Jane"}, enroll.Invalid{"family_name": "is missing"}),
		}},
		"manage-invited": {"manage-invited", manageInvitedView{frame: managing(t.Manage.InvitedTitle, false, false), Back: "/b", Reference: "4mpv2k7c5yq3n6xw7bdtfa2hge"}},
		"sign-out":       {"sign-out", signOutView{frame: frame(t.SignOut.Title, false, false), Action: signOutPath}},
		"signing-out": {"signing-out", signingOutView{
			frame: frame(t.SigningOut.Title, false, false), Next: signedOutPath, Patience: 3600,
		}},
		"signed-out": {"signed-out", signedOutView{frame: frame(t.SignedOut.Title, false, false)}},
		"signed-out-applications": {"signed-out", signedOutView{
			frame: frame(t.SignedOut.Title, false, false), Told: []string{application, "Chart Reader"}, Waiting: []string{"Imaging"}, Open: []string{"Old Billing"}, Look: signedOutPath,
		}},
		"home": {"home", homeView{frame: frame(t.Home.Title, false, false), Account: accountPath, Security: securityPath}},
		"home-signed-in": {"home", homeView{
			Application: "Harbor Provider Portal", ApplicationURL: "https://portal.harbor.example/",
			frame: frame(t.Home.Title, false, false), SignedIn: true, SignOut: signOutPath, Account: accountPath, Manage: managePath, Security: securityPath,
		}},
		"security": {"security", securityView{
			frame: frame(t.Security.Title, false, false), Password: changePasswordPath, Sessions: accountSessionsPath, Factors: accountFactorsPath,
		}},
		"stale":             fault(t.Stale, ""),
		"done":              over(flow.SignInDone),
		"over":              over(flow.SignInOver),
		"error-not-found":   fault(t.Faults.NotFound, ""),
		"error-not-allowed": fault(t.Faults.NotAllowed, ""),
		"error-denied":      fault(t.Faults.Denied, ""),
		"error-foreign":     fault(t.Faults.Foreign, ""),
		"error-invalid":     fault(t.Faults.Invalid, ""),
		"error-too-large":   fault(t.Faults.TooLarge, ""),
		"error-limited":     fault(t.Faults.Limited, t.Faults.Retry(t.Common.Wait(2*time.Minute))),
		"error-busy":        fault(t.Faults.Busy, t.Faults.Retry(t.Common.Wait(5*time.Second))),
		"error-internal":    fault(t.Faults.Internal, ""),
	}
	nowhere, _ := all["error-not-found"].view.(errorView)
	nowhere.Account = accountPath
	all["error-not-found"] = exhibit{"error", nowhere}
	busyForm, _ := fault(t.Faults.BusyForm, t.Faults.Retry(t.Common.Wait(5*time.Second))).view.(errorView)
	busyForm.Form = changePasswordPath
	all["error-busy-form"] = exhibit{"error", busyForm}
	maps.Copy(all, accountGallery(p, pr))
	return all
}

func someOffer() factor.Offer {
	key := []byte("12345678901234567890")
	picture, err := mfa.NewPicture(mfa.TOTPAddress(key, "Harbor Health Plan", "jsmith2"))
	if err != nil {
		panic(err)
	}
	return factor.Offer{Token: "x", Text: mfa.TOTPText(key), Picture: picture}
}

// agreementExhibit is the page with a text of some length.
func agreementExhibit(f frame, later, message string) agreementView {
	body, err := markdown.HTML([]byte("# Who may use the portal\n\nYou use the portal for the care of **your** patients, and for nothing else.\n\n" +
		"1. Keep your access codes to yourself.\n2. Sign out when you have finished.\n\n" +
		"| What | How long |\n|---|---|\n| What you looked at is recorded | ten years |\n"))
	if err != nil {
		panic(err)
	}
	return agreementView{frame: f, Action: "/x", Audience: "everyone", Version: "2026-11", Language: "en", Body: body, Later: later, Message: message}
}

func galleryPages() *Pages {
	return &Pages{Host: "id.harbor.example", Brand: brand.Brand{
		Name: "Harbor Health Plan", Help: map[string]string{
			"": "Call the provider help desk at 555-0100.", "es": "Llame a la mesa de ayuda para proveedores al 555-0100.",
		},
	}}
}

func TestGallery(t *testing.T) {
	p := galleryPages()
	for _, lang := range Languages() {
		shown := map[string]bool{}
		for name, e := range gallery(p, lang) {
			page := printed(t, p, e)
			shown[e.template] = true
			if *galleryDir != "" {
				put(t, filepath.Join(*galleryDir, lang, name+".html"), page)
			}
		}
		for name := range p.press().templates {
			if !shown[name] {
				t.Errorf("%s is not in the gallery", name)
			}
		}
	}
	if *galleryDir == "" {
		return
	}
	for _, name := range []string{"style.css", "comfort.js", "passkey.js", "mark.svg"} {
		content, err := assetFiles.ReadFile("assets/" + name)
		if err != nil {
			t.Fatal(err)
		}
		put(t, filepath.Join(*galleryDir, strings.TrimPrefix(p.press().assets.Path(name), "/")), content)
	}
}

func put(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestMomentsAreInTheZone: in all languages, as its clocks show them.
func TestMomentsAreInTheZone(t *testing.T) {
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"en": "March 3, 2031, 11:06\u00a0PM\u00a0EST", "es": "3 de marzo de 2031, 11:06\u00a0p.\u00a0m.\u00a0EST"}
	for _, texts := range newLanguages("en", zone).texts {
		if got := texts.Common.Moment(time.Date(2031, 3, 4, 4, 6, 0, 0, time.UTC)); got != want[texts.Lang] {
			t.Errorf("%s: %q, want %q", texts.Lang, got, want[texts.Lang])
		}
	}
}
