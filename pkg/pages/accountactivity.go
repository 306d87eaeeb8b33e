package pages

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/web"
)

const (
	accountActivityPath = accountPath + "/activity"
	notYouPath          = securityPath + "#not-you"
)

// How much a page of activity has, and how many events are read for it: some of them
// are steps of others.
const (
	activityShown = 25
	activityRead  = 100
)

type accountActivityView struct {
	frame
	Happened []happening
	NotYou   string
	// Older and Newest lead to other pages; empty where there are none.
	Older, Newest string
}

// happening is an event in words, for the person whom it is about.
type happening struct {
	What, When string
	// Details are those that there are.
	Details []string
	// Who is by whom it was, and Address from where; each may be empty.
	Who, Address string
	// NotYou says that it was done in the person's name, by whoever was let in.
	NotYou bool
}

// accountActivity shows somebody what happened with their account.
func (p *Pages) accountActivity(w http.ResponseWriter, r *http.Request) error {
	query, err := web.Query(r)
	if err != nil {
		return err
	}
	before := query.Get("before")
	if before != "" && !audit.IsID(before) {
		return problem.New(problem.NotFound, "There is no such page.")
	}
	pr, current, ok, err := p.visit(w, r, accountActivityPath)
	if err != nil || !ok {
		return err
	}
	pr.keeps, pr.kept = "before", before
	events, err := p.Activity(r.Context(), current.PersonID, before, activityRead)
	if err != nil {
		return err
	}
	view := accountActivityView{frame: pr.frame(pr.texts.Activity.Title, false), NotYou: notYouPath}
	told, last := tell(events, activityShown)
	for _, e := range told {
		h := p.happening(pr.texts, e, current.PersonID)
		if acts := e.Detail["delegate"]; acts != "" && p.UserID != nil {
			userID, err := p.UserID(r.Context(), acts)
			if err != nil {
				return err
			}
			h.Details = append(h.Details, pr.texts.Activity.Acts(userID))
		}
		view.Happened = append(view.Happened, h)
	}
	if last < len(events) || len(events) == activityRead {
		view.Older = accountActivityPath + "?" + url.Values{"before": {events[last-1].ID}}.Encode()
	}
	if before != "" {
		view.Newest = accountActivityPath
	}
	return pr.print(w, http.StatusOK, "account-activity", view)
}

// told are the kinds that people are told of, and whether what happened was done in
// their name. What operators look at is not among them: that somebody is looked at
// closely is nothing to warn them of.
func told() map[audit.Kind]bool {
	return map[audit.Kind]bool{
		audit.SigninSucceeded: true, audit.SigninFailed: true, audit.SigninLimited: true,
		audit.SessionCreated: true, audit.SessionRenewed: true, audit.SessionEnded: false,
		audit.FactorBound: true, audit.FactorRenamed: true, audit.FactorRemoved: true, audit.FactorReset: false, audit.FactorCodesIssued: true,
		audit.FactorSetAside: true, audit.FactorFailed: true, audit.FactorLimited: true,
		audit.CredentialTemporaryIssued: false, audit.CredentialTemporaryReissued: false, audit.CredentialPersonalChosen: true,
		audit.CredentialImported: false, audit.CredentialReset: false, audit.CredentialForced: false, audit.CredentialDisabled: false,
		audit.CredentialCheckFailed: true,
		audit.AgreementAccepted:     true, audit.AgreementDeclined: true, audit.AgreementWithdrawn: true,
		audit.ConsentGiven: true, audit.ConsentWithdrawn: true, audit.GrantRefreshReused: false, audit.GrantCodeReused: false,
		audit.RecoveryAnswered: true, audit.LinkUsed: true, audit.MailUndelivered: false, audit.MailBounced: false, audit.AddressesChanged: false,
		audit.PersonApproved: false, audit.PersonSuspended: false, audit.PersonReinstated: false, audit.PersonRolesChanged: false,
		audit.MembershipGranted: false, audit.MembershipEnded: false,
		audit.DelegationGranted: true, audit.DelegationEnded: true, audit.DelegationUsed: true,
	}
}

// stepsWithin is how long before a session began the steps to it were taken.
const stepsWithin = time.Hour

// tell chooses up to limit of the events that people are told of, and says how many
// were looked at. That a password was right is a step on the way to a session, and
// tells something only where no session began from there.
func tell(events []audit.Entry, limit int) (chosen []audit.Entry, looked int) {
	kinds := told()
	var began []audit.Entry // of which the step has not been met
	for i, e := range events {
		if _, is := kinds[e.Kind]; !is {
			continue
		}
		if e.Kind == audit.SigninSucceeded {
			to := slices.IndexFunc(began, func(s audit.Entry) bool { return s.Address == e.Address && s.At.Sub(e.At) < stepsWithin })
			if to >= 0 {
				began = slices.Delete(began, to, to+1)
				continue
			}
		}
		if len(chosen) == limit {
			return chosen, i
		}
		if chosen = append(chosen, e); e.Kind == audit.SessionCreated || e.Kind == audit.SessionRenewed {
			began = append(began, e)
		}
	}
	return chosen, len(events)
}

// happening says an event in words. Of who did it no more is said than what they are.
func (p *Pages) happening(texts *Texts, e audit.Entry, personID string) happening {
	t := texts.Activity
	h := happening{What: t.What(string(e.Kind)), When: texts.Common.Moment(e.At), NotYou: told()[e.Kind]}
	detail := func(said string) {
		if said != "" {
			h.Details = append(h.Details, said)
		}
	}
	switch e.Kind {
	case audit.SessionCreated, audit.SessionRenewed:
		detail(t.With(with(e.Detail["amr"])))
		if e.Detail["shared"] == "true" {
			detail(t.Shared)
		}
	case audit.SigninFailed, audit.SessionEnded, audit.CredentialCheckFailed:
		detail(t.Why(e.Reason))
	case audit.FactorBound, audit.FactorRemoved, audit.FactorRenamed, audit.FactorSetAside:
		detail(texts.Factors.Kind(e.Detail["method"]))
	case audit.AgreementAccepted, audit.AgreementDeclined:
		detail(t.Version(e.Detail["version"]))
	case audit.DelegationUsed, audit.ConsentGiven, audit.ConsentWithdrawn, audit.GrantRefreshReused, audit.GrantCodeReused:
		detail(t.Application(p.applicationName(e.ClientID)))
	case audit.RecoveryAnswered:
		detail(t.Asked(e.Detail["kind"]))
	case audit.MembershipGranted, audit.MembershipEnded:
		detail(t.Role(texts.Manage.Role(e.Detail["role"])))
	}
	switch by := e.Actor; {
	case by.Type == "person" && by.ID == personID:
		h.Who, h.Address = t.You, e.Address
	case by.Type == "person" && by.ID != "" && by.ID == e.Detail["delegate"]:
		h.Who = t.Delegate
	case by.Type == "person" && by.ID == "": // whoever it was
		h.Address = e.Address
	case by.Role != "", by.Type == "operator":
		h.Who, h.NotYou = t.Operator(by.Role), false
	case by.Type == "person":
		h.Who, h.NotYou = t.Administrator, false
	case by.Type == "system":
		h.Who = t.Itself
	}
	return h
}

// with is what somebody proved themselves with, by the methods of RFC 8176.
func with(amr string) string {
	methods := strings.Fields(amr)
	switch has := func(m string) bool { return slices.Contains(methods, m) }; {
	case has("hwk"), has("swk"):
		return "passkey"
	case has("otp"):
		return "code"
	}
	return "password"
}
