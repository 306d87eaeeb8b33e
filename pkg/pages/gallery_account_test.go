package pages

import (
	"time"

	"github.com/claviger-id/claviger/pkg/password"
)

// somePlaces is the way to the pages of an account, as an administrator sees it.
func somePlaces(t *Texts, here string) []place {
	all := append(ownPlaces(t.Account), place{Path: managePath, Name: t.Manage.Title, Detail: t.Account.ManageDetail})
	mark(all, here)
	return all
}

// accountGallery is every page of somebody who is signed in.
func accountGallery(pr *printer) map[string]exhibit {
	t := pr.texts
	at := func(hour int) string { return t.Common.Moment(time.Date(2026, 11, 23, hour, 5, 0, 0, time.UTC)) }
	frame := func(here, title string, script, problem bool) frame {
		on := *pr
		on.places = somePlaces(t, here)
		f := on.frame(title, script)
		f.Problem = problem
		return f
	}
	return map[string]exhibit{
		"account": {"account", accountView{frame: frame(accountPath, t.Account.Title, false, false), UserID: "jsmith2", SignOut: signOutPath}},
		"change-password": {"change-password", changePasswordView{
			frame:  frame(changePasswordPath, t.ChangePassword.Title, true, false),
			Action: changePasswordPath, UserID: "jsmith2", newPassword: newPassword{Minimum: 15}, Others: true,
		}},
		"change-password-wrong": {"change-password", changePasswordView{
			frame: frame(changePasswordPath, t.ChangePassword.Title, true, true), Action: changePasswordPath, UserID: "jsmith2",
			newPassword: newPassword{Minimum: 15, Shared: true, Strength: t.ChoosePassword.Strength(password.Good)},
			Message:     t.ChangePassword.WrongCurrent, BadCurrent: true,
		}},
		"changed-password": {"advice", adviceView{
			frame: frame(changedPath, t.ChangePassword.Done.Title, false, false), Lead: t.ChangePassword.Done.Text, Forward: t.ChangePassword.Done.Forward,
		}},
		"account-sessions": {"account-sessions", accountSessionsView{
			frame: frame(accountSessionsPath, t.AccountSessions.Title, false, false), Action: accountSessionsPath, SignOut: signOutPath, Others: true,
			Sessions: []sessionRow{
				{ID: "a", Browser: "Edge, Windows", Address: "192.0.2.7", Since: at(12), Last: at(13), Applications: []string{"Provider portal"}, Here: true},
				{ID: "b", Browser: "Safari, iPhone", Address: "2001:db8::7", Since: at(12), Last: at(13)},
			},
		}},
		"account-sessions-alone": {"account-sessions", accountSessionsView{
			frame: frame(accountSessionsPath, t.AccountSessions.Title, false, false), Action: accountSessionsPath, SignOut: signOutPath,
			Sessions: []sessionRow{{ID: "a", Browser: t.AccountSessions.Unknown, Since: at(12), Last: at(13), Here: true}},
		}},
	}
}
