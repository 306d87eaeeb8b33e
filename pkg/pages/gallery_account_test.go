package pages

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/claviger-id/claviger/pkg/agreement"
	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/factor"
	"github.com/claviger-id/claviger/pkg/mfa"
	"github.com/claviger-id/claviger/pkg/password"
	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/storage"
)

// somePlaces is the way to the pages of an account, as an administrator sees it.
func somePlaces(t *Texts, here string) []place {
	p := &Pages{Agreements: &agreement.Service{}, Factors: &factor.Service{}, Profile: func(context.Context, string) (person.Profile, error) { return person.Profile{}, nil }}
	p.Activity = func(context.Context, string, string, int) ([]audit.Entry, error) { return nil, nil }
	p.Authorized = func(context.Context, string) ([]storage.Grant, []storage.Consent, error) { return nil, nil, nil }
	p.ActingApplications = func() []string { return nil }
	all := append(p.ownPlaces(t.Account), place{Path: managePath, Name: t.Manage.Title, Detail: t.Account.ManageDetail}, place{Path: signOutPath, Name: t.Account.SignOut})
	mark(all, here)
	return all
}

// someDelegation is a delegation of somebody.
func someDelegation(t *Texts, name, userID string) delegationRow {
	return delegationRow{
		Name: name, UserID: userID, Purpose: t.Delegations.Purpose("payment"), Applications: "Harbor Provider Portal, Labs",
		Since: t.Delegations.Since(t.Common.Moment(time.Date(2026, 11, 20, 9, 5, 0, 0, time.UTC))), Until: t.Delegations.Until(t.Common.Day(time.Date(2027, 3, 31, 0, 0, 0, 0, time.UTC))),
		Used: t.Delegations.Unused, End: "/x",
	}
}

// accountGallery is every page of somebody who is signed in.
func accountGallery(pages *Pages, pr *printer) map[string]exhibit {
	t := pr.texts
	hour := func(h int) time.Time { return time.Date(2026, 11, 23, h, 5, 0, 0, time.UTC) }
	at := func(h int) string { return t.Common.Moment(hour(h)) }
	frame := func(here, title string, script, problem bool) frame {
		on := *pr
		on.places = somePlaces(t, here)
		f := on.frame(title, script)
		f.Problem = problem
		return f
	}
	return map[string]exhibit{
		"account": {"account", accountView{frame: frame(accountPath, t.Account.Title, false, false), UserID: "jsmith2", Switch: accountSwitchPath, Application: "Harbor Provider Portal", ApplicationURL: "https://portal.harbor.example/"}},
		"change-password": {"change-password", changePasswordView{
			frame:  frame(changePasswordPath, t.ChangePassword.Title, true, false),
			Action: changePasswordPath, UserID: "jsmith2", newPassword: newPassword{Minimum: 15}, Others: true,
		}},
		"change-password-wrong": {"change-password", changePasswordView{
			frame: frame(changePasswordPath, t.ChangePassword.Title, true, true), Action: changePasswordPath, UserID: "jsmith2",
			newPassword: newPassword{Minimum: 15, Shared: true, Strength: t.ChoosePassword.Strength(password.Good)},
			Message:     t.ChangePassword.WrongCurrent, BadCurrent: true,
		}},
		"change-password-too-soon": {"advice", adviceView{
			frame: frame(changePasswordPath, t.ChangePassword.Title, false, false), Lead: t.ChangePassword.TooSoon(t.Common.Wait(23 * time.Hour)), Forward: t.ChangePassword.TooSoonForward,
		}},
		"changed-password": {"advice", adviceView{
			frame: frame(changedPath, t.ChangePassword.Done.Title, false, false), Lead: t.ChangePassword.Done.Text, Forward: t.ChangePassword.Done.Forward,
		}},
		"account-delegations": {"account-delegations", accountDelegationsView{
			frame: frame(accountDelegationsPath, t.Delegations.Title, false, false), Grant: grantDelegationPath, Anew: actAnewPath,
			Acting: []delegationRow{someDelegation(t, "Robin Lee", "rlee"), someDelegation(t, "Alex Kim", "akim")}, Acted: []delegationRow{someDelegation(t, "Morgan Jones", "mjones")},
		}},
		"account-delegations-none": {"account-delegations", accountDelegationsView{frame: frame(accountDelegationsPath, t.Delegations.Title, false, false)}},
		"account-delegation-end": {"account-delegation-end", accountDelegationEndView{
			frame: frame(accountDelegationsPath, t.Delegations.EndTitle, false, false), Action: "/x", Back: accountDelegationsPath, Delegation: someDelegation(t, "Robin Lee", "rlee"),
		}},
		"account-delegation-give-up": {"account-delegation-end", accountDelegationEndView{
			frame: frame(accountDelegationsPath, t.Delegations.EndTitle, false, false), Action: "/x", Back: accountDelegationsPath, Own: true, Delegation: someDelegation(t, "Morgan Jones", "mjones"),
		}},
		"account-delegation-grant": {"account-delegation-grant", accountDelegationGrantView{
			frame: frame(accountDelegationsPath, t.Delegations.GrantTitle, false, true), Action: "/x", Back: accountDelegationsPath, UserID: "rlee", FamilyName: "Lee",
			Applications: []roleChoice{{Name: "portal", Text: "Harbor Provider Portal", Chosen: true}, {Name: "labs", Text: "Labs"}},
			Purposes:     []roleChoice{{Name: "treatment", Text: t.Delegations.Purpose("treatment")}, {Name: "payment", Text: t.Delegations.Purpose("payment"), Chosen: true}},
			Until:        "2027-03-31", Earliest: "2026-11-23", Latest: "2027-11-22", Message: t.Delegations.Refused("end_date"), Wrong: wrongField("end_date"),
		}},
		"account-profile": {"account-profile", accountProfileView{
			frame: frame(accountProfilePath, t.Profile.Title, false, false), Addresses: []string{"jordan.smith@cove-clinic.example", "office@cove-clinic.example"},
			Facts: profileFacts(t, person.Profile{
				UserID: "jsmith2", GivenName: "Jordan", FamilyName: "Smith", Credential: "MD", NPI: "1234567893", Taxonomy: "207Q00000X", LicenseNumber: "A 12345",
				LicenseState: "CA", Organization: "Cove Clinic", Email: "jordan.smith@cove-clinic.example", Phone: "+1 555 0100", Roles: []string{"front_desk"},
				Address: person.Address{Street: "1 Cove Road", City: "Springfield", State: "CA", PostalCode: "90000"},
			}),
		}},
		"account-profile-no-address": {"account-profile", accountProfileView{
			frame: frame(accountProfilePath, t.Profile.Title, false, false), Facts: profileFacts(t, person.Profile{UserID: "jsmith2", GivenName: "Jordan", FamilyName: "Smith"}),
		}},
		"account-factors": {"account-factors", accountFactorsView{
			frame: frame(accountFactorsPath, t.Factors.Title, false, false), AddPasskey: addPasskeyPath, AddTOTP: addTOTPPath, DrawCodes: drawCodesPath,
			Codes: t.Factors.CodesLeft(7) + " " + t.Factors.CodesAt(at(9)),
			Factors: []factorRow{
				factorRowOf(t, factor.Held{ID: "a", Kind: storage.AuthenticatorPasskey, Name: "Office computer", AddedAt: hour(9), UsedAt: hour(12), UserVerified: true}),
				factorRowOf(t, factor.Held{ID: "b", Kind: storage.AuthenticatorPasskey, AddedAt: hour(9), UserVerified: true, Copied: true, BackedUp: true}),
				factorRowOf(t, factor.Held{ID: "c", Kind: storage.AuthenticatorTOTP, Name: "My telephone", AddedAt: hour(9), UsedAt: hour(11), Kept: true}),
			},
		}},
		"account-factors-none": {"account-factors", accountFactorsView{
			frame: frame(accountFactorsPath, t.Factors.Title, false, false), AddPasskey: addPasskeyPath, AddTOTP: addTOTPPath,
		}},
		"account-factors-full": {"account-factors", accountFactorsView{
			frame: frame(accountFactorsPath, t.Factors.Title, false, false), Full: true, Codes: t.Factors.CodesLeft(0), DrawCodes: drawCodesPath,
			Factors: []factorRow{factorRowOf(t, factor.Held{ID: "a", Kind: storage.AuthenticatorPasskey, AddedAt: hour(9), Copied: true, Suspect: true})},
		}},
		"account-factor-rename": {"account-factor-rename", accountFactorRenameView{
			frame: frame(accountFactorsPath+"/a/rename", t.Factors.RenameTitle, false, true), Action: "/x", Back: accountFactorsPath, Name: "Office", Message: t.Factors.BadName,
		}},
		"account-factor-remove": {"account-factor-remove", accountFactorRemoveView{
			frame: frame(accountFactorsPath+"/a/remove", t.Factors.RemoveTitle, false, false), Action: "/x", Back: accountFactorsPath, Name: "Office computer", Last: true,
		}},
		"account-factor-kept": {"account-factor-remove", accountFactorRemoveView{
			frame: frame(accountFactorsPath+"/a/remove", t.Factors.RemoveTitle, false, true), Action: "/x", Back: accountFactorsPath, Name: "Office computer", Message: t.Factors.Kept,
		}},
		"account-factor-passkey": {"account-factor-passkey", accountFactorPasskeyView{
			frame: frame(addPasskeyPath, t.Factors.PasskeyTitle, true, false), Back: accountFactorsPath, Others: true, Passkey: pages.passkeyForm("create", addPasskeyPath, factor.Asked{Options: []byte(`{"challenge":"AA"}`), Token: "x"}),
		}},
		"account-factor-totp": {"set-up-totp", setUpTOTPView{
			frame: frame(addTOTPPath, t.SetUpTOTP.Title, true, false), Action: addTOTPPath, Back: accountFactorsPath, Account: true, Others: true, Offer: someOffer(),
		}},
		"account-factor-passkey-wrong": {"account-factor-passkey", accountFactorPasskeyView{
			frame: frame(addPasskeyPath, t.Factors.PasskeyTitle, true, true), Back: accountFactorsPath, Message: t.Passkey.Late,
			Passkey: pages.passkeyForm("create", addPasskeyPath, factor.Asked{Options: []byte(`{"challenge":"AA"}`), Token: "x"}),
		}},
		"account-factor-totp-wrong": {"set-up-totp", setUpTOTPView{
			frame: frame(addTOTPPath, t.SetUpTOTP.Title, true, true), Action: addTOTPPath, Back: accountFactorsPath, Offer: someOffer(), Message: t.SetUpTOTP.Wrong,
		}},
		"account-codes": {"account-codes", accountCodesView{
			frame: frame(drawCodesPath, t.Factors.DrawTitle, false, false), Action: drawCodesPath, Back: accountFactorsPath, Others: true,
		}},
		"account-codes-shown": {"recovery-codes", recoveryCodesView{
			frame: frame(drawCodesPath, t.RecoveryCodes.Title, false, false), Codes: mfa.NewRecoveryCodes(), Continue: accountFactorsPath,
		}},
		"account-applications": {"account-applications", accountApplicationsView{
			frame: frame(accountApplicationsPath, t.Applications.Title, false, false),
			Applications: []applicationRow{
				{Name: "Harbor Provider Portal", Since: t.Applications.Since(at(9)), Used: t.Applications.Used(at(12)), Withdraw: "/x"},
				{Name: "Chart Reader", Since: t.Applications.Since(at(9)), Shares: []string{t.Consent.Scope("profile"), t.Consent.Scope("email")}, Offline: true, Withdraw: "/x"},
			},
		}},
		"account-applications-none": {"account-applications", accountApplicationsView{frame: frame(accountApplicationsPath, t.Applications.Title, false, false)}},
		"account-withdraw": {"account-withdraw", accountWithdrawView{
			frame: frame(withdrawPath("x"), t.Applications.WithdrawTitle, false, false), Action: "/x", Back: accountApplicationsPath, Application: applicationRow{Name: "Chart Reader"},
		}},
		"account-agreements": {"account-agreements", accountAgreementsView{
			frame: frame(accountAgreementsPath, t.Agreements.Title, false, false), TakeBack: takeBackPath,
			Agreements: []acceptanceRow{
				acceptanceRowOf(t, storage.Acceptance{ID: "a", Audience: "front_desk", Version: "2026-11", AcceptedAt: hour(9)}, true),
				acceptanceRowOf(t, storage.Acceptance{ID: "b", Audience: "everyone", Version: "2025-01", AcceptedAt: hour(8), WithdrawnAt: hour(9)}, true),
			},
		}},
		"account-agreements-none": {"account-agreements", accountAgreementsView{frame: frame(accountAgreementsPath, t.Agreements.Title, false, false)}},
		"account-take-back": {"account-take-back", accountTakeBackView{
			frame: frame(takeBackPath, t.Agreements.TakeBackTitle, false, false), Action: takeBackPath, Back: accountAgreementsPath,
		}},
		"account-agreement": {"account-agreement", accountAgreementView{
			frame: frame(acceptedPath("a"), t.Agreement.Title, false, false), Back: accountAgreementsPath, Language: "en",
			Row:  acceptanceRowOf(t, storage.Acceptance{ID: "a", Audience: "everyone", Version: "2026-11", AcceptedAt: hour(9)}, true),
			Body: agreementExhibit(frame(accountAgreementsPath, t.Agreement.Title, false, false), "", "").Body,
		}},
		"account-activity": {"account-activity", accountActivityView{
			frame: frame(accountActivityPath, t.Activity.Title, false, false), Happened: someActivity(pages, t, hour), NotYou: notYouPath, Older: "/x", Newest: "/y",
		}},
		"account-activity-none": {"account-activity", accountActivityView{frame: frame(accountActivityPath, t.Activity.Title, false, false)}},
		"account-sessions": {"account-sessions", accountSessionsView{
			frame: frame(accountSessionsPath, t.AccountSessions.Title, false, false), Action: accountSessionsPath, SignOut: signOutPath, Others: true,
			Sessions: []sessionRow{
				{T: t, ID: "a", Browser: "Edge, Windows", Address: "192.0.2.7", Since: at(12), Last: at(13), Applications: []string{"Provider portal"}, Here: true},
				{T: t, ID: "b", Browser: "Safari, iPhone", Address: "2001:db8::7", Since: at(12), Last: at(13)},
			},
		}},
		"account-sessions-alone": {"account-sessions", accountSessionsView{
			frame: frame(accountSessionsPath, t.AccountSessions.Title, false, false), Action: accountSessionsPath, SignOut: signOutPath,
			Sessions: []sessionRow{{T: t, ID: "a", Browser: t.AccountSessions.Unknown, Since: at(12), Last: at(13), Here: true}},
		}},
	}
}

// someActivity is a page of it, with one event of each kind that people are told of.
func someActivity(p *Pages, t *Texts, hour func(int) time.Time) (all []happening) {
	const who = "p"
	for i, kind := range slices.Sorted(maps.Keys(told())) {
		e := audit.Entry{At: hour(i % 24), Address: "192.0.2.7", Event: audit.Event{
			Kind: kind, Actor: audit.Actor{Type: "person", ID: who}, ClientID: "Harbor Provider Portal",
			Detail: map[string]string{"amr": "pwd otp mfa", "method": "totp", "version": "2026-11", "role": "front_desk", "kind": "password", "shared": "true"},
		}}
		if !told()[kind] {
			e.Actor = audit.Actor{Type: "operator", ID: "x", Role: "help_desk"}
		}
		all = append(all, p.happening(t, e, who))
	}
	return all[:activityShown]
}
