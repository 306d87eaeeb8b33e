package main

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/claviger-id/claviger/storage"
)

// listed is one list that operators read, and three places in it: the first page, one in
// the middle, and the last one.
type listed struct {
	name, path string
	// at are the cursors after the first page.
	at []string
	// by is the parameter that takes them; cursor unless it says so.
	by string
	as *officer
	// whole says that it is no list of pages.
	whole bool
}

// given is a cursor as the program gives them: after something that it names so.
func given(place string) string { return base64.RawURLEncoding.EncodeToString([]byte("1:" + place)) }

// request is the i-th place of a list.
func (l listed) request(i int) string {
	if i == 0 {
		return l.path
	}
	// SCIM is asked for cursors with an empty one.
	return strings.TrimSuffix(l.path, "&cursor=") + "&" + cmp.Or(l.by, "cursor") + "=" + url.QueryEscape(l.at[i-1])
}

const (
	perPage = 100
	// rolesThereAre is how many roles the default configuration has.
	rolesThereAre = 4
)

// lists are all that operators leaf through in an installation with a crowd.
func (in *installation) lists(ctx context.Context, c crowd, boss, directory, practice *officer) ([]listed, error) {
	ends := func(n int, place func(i int) string) []string {
		return []string{given(place(n / 2)), given(place(max(0, n-perPage/2)))}
	}
	moment := func(at time.Time, id string) string { return strconv.FormatInt(at.UnixMicro(), 10) + ":" + id }
	numbers := func(n int) []string {
		return []string{strconv.Itoa(1 + n/2), strconv.Itoa(max(1, n-perPage/2))}
	}
	var events []string
	var rows struct {
		applications []storage.Application
		lines        []storage.Logout
		mails        []storage.Parcel
	}
	var signedIn []string
	if err := in.withStores(ctx, func(s opened) (err error) {
		if signedIn, err = sessionPlaces(ctx, s.ephemeral.Sessions(), c.sessions); err != nil {
			return err
		}
		return s.durable.View(ctx, func(tx storage.Tx) error {
			size, err := tx.Audit().Size(ctx)
			if err != nil {
				return err
			}
			for _, place := range []int64{size / 2, min(size-1, perPage/2)} {
				some, err := tx.Audit().Entries(ctx, place, 1)
				if err != nil {
					return err
				}
				events = append(events, given(some[0].ID))
			}
			for _, at := range []int{c.applications / 2, max(0, c.applications-perPage/2)} {
				one, err := tx.Applications().Get(ctx, numbered("ap", 2*at))
				if err != nil {
					return err
				}
				rows.applications = append(rows.applications, one)
			}
			for _, at := range []int{c.lines / 2, min(c.lines-1, 2*few)} {
				one, err := tx.Logouts().Get(ctx, numbered("se", at)+"."+portalClient)
				if err != nil {
					return err
				}
				rows.lines = append(rows.lines, one)
			}
			some, err := tx.Outbox().List(ctx, storage.ParcelFilter{Carrier: "mail"}, "", c.mails)
			if err != nil {
				return err
			}
			rows.mails = append(rows.mails, some[len(some)/2], some[max(0, len(some)-perPage/2)])
			return nil
		})
	}); err != nil {
		return nil, err
	}
	people, staff := ends(c.people, personID), ends(c.staff, func(i int) string { return numbered("me", i) })
	var applications, lines, mails []string
	for i := range rows.applications {
		applications = append(applications, given(moment(rows.applications[i].SubmittedAt, rows.applications[i].ID)))
		lines = append(lines, given(moment(rows.lines[i].CreatedAt, rows.lines[i].ID)))
		mails = append(mails, given(rows.mails[i].ID))
	}
	all := []listed{
		{name: "people", path: "/v1/people?", at: people},
		{name: "people, active", path: "/v1/people?state=active", at: people},
		{name: "people, suspended: none", path: "/v1/people?state=suspended"},
		{name: "people by User ID", path: "/v1/people?user_id=clinician7"},
		{name: "people by NPI", path: "/v1/people?npi=" + npi(c.people/2)},
		{name: "people by address", path: "/v1/people?email=" + email(c.people/2)},
		{name: "enrolments, submitted", path: "/v1/enrolments?", at: applications},
		{name: "enrolments, approved", path: "/v1/enrolments?state=approved", at: applications},
		{name: "roster of an organization", path: "/v1/organizations/" + large() + "/members?", at: staff},
		{name: "organizations", path: "/v1/organizations?", at: ends(c.organizations, part1)},
		{name: "parts of an organization", path: "/v1/organizations?parent=" + large(), at: ends(c.organizations, part1)},
		{name: "applications", path: "/v1/clients?", at: ends(c.clients, func(i int) string { return fmt.Sprintf("app-%06d", i) })},
		{name: "who has not accepted", path: "/v1/agreements/unaccepted?", at: ends(c.people, func(i int) string {
			text, _ := json.Marshal(map[string]string{"Audience": "everyone", "Version": agreed, "PersonID": personID(i)})
			return string(text)
		})},
		{name: "sessions of a person", path: "/v1/sessions?person=" + personID(1)},
		{name: "sessions of an organization", path: "/v1/sessions?organization=" + large(), at: ends(c.staff, func(i int) string { return large() + ":" + numbered("me", i) + ":" })},
		{name: "sessions of an application that all use", path: "/v1/sessions?client=" + portalClient, at: signedIn},
		{name: "sessions of an application that few use", path: "/v1/sessions?client=" + rareClient, at: signedIn[:1]},
		{name: "sessions of everyone", path: "/v1/sessions?everyone=true", at: signedIn},
		{name: "grants and consents of a person", path: "/v1/people/" + personID(1) + "/authorizations", whole: true},
		{name: "acceptances of a person", path: "/v1/people/" + personID(1) + "/acceptances", whole: true},
		{name: "mails", path: "/v1/mails?", at: mails},
		{name: "mails, bounced", path: "/v1/mails?state=bounced", at: mails},
		{name: "mails, sent", path: "/v1/mails?state=sent", at: mails},
		{name: "webhooks", path: "/v1/mails?carrier=webhook", at: mails},
		{name: "logout ledger", path: "/v1/logouts?", at: lines},
		{name: "logout ledger, given up", path: "/v1/logouts?state=gave_up", at: lines},
		{name: "logout ledger, delivered", path: "/v1/logouts?state=delivered", at: lines},
		{name: "logout ledger of an application", path: "/v1/logouts?client=" + portalClient, at: lines},
		{name: "logout ledger of an application, given up", path: "/v1/logouts?state=gave_up&client=" + portalClient, at: lines},
		{name: "jobs", path: "/v1/jobs?", at: ends(c.jobs, func(i int) string { return numbered("jo", i) })},
		{name: "audit log", path: "/v1/audit/events?", at: events},
	}
	past := url.QueryEscape(time.Now().Add(-24 * time.Hour).UTC().Format(time.RFC3339))
	for _, one := range []struct{ name, filter string }{
		{"a person", "person=" + personID(1)}, {"a busy actor", "actor=" + busyActor}, {"a rare actor", "actor=" + rareActor},
		{"a busy application", "client=" + portalClient}, {"a rare application", "client=" + rareClient},
		{"a large organization", "organization=" + large()}, {"a remote organization", "organization=" + remote()},
		{"a common kind", "kind=person.read"}, {"a rare kind", "kind=access.denied"},
		{"what was allowed", "outcome=allow"}, {"what was denied", "outcome=deny"}, {"the time", "since=" + past},
		{"a busy actor and a rare kind: none", "kind=access.denied&actor=" + busyActor},
		{"a rare actor and what was allowed: none", "outcome=allow&actor=" + rareActor},
		{"a busy application and what was denied: none", "outcome=deny&client=" + portalClient},
		{"an organization and an actor", "organization=" + large() + "&actor=" + busyActor},
	} {
		all = append(all, listed{name: "audit log by " + one.name, path: "/v1/audit/events?" + one.filter, at: events})
	}
	for i := range all {
		if all[i].as = boss; !all[i].whole {
			all[i].path += "&limit=" + strconv.Itoa(perPage)
		}
	}
	count := "count=" + strconv.Itoa(perPage)
	filter := func(text string) string { return "&filter=" + url.QueryEscape(text) }
	// A page of SCIM is asked for after somebody, or by its number.
	after := func(kind string, n int, place func(i int) string) (at []string) {
		for _, i := range []int{n / 2, max(0, n-perPage/2)} {
			at = append(at, base64.RawURLEncoding.EncodeToString([]byte(kind+" "+place(i))))
		}
		return at
	}
	users, groups, byIndex := "/scim/v2/Users?"+count, "/scim/v2/Groups?excludedAttributes=members&"+count, "startIndex"
	group := func(i int) string { return part1(i) + ".nurse" }
	scim := []listed{
		{name: "SCIM users", path: users + "&cursor=", at: after("User", c.people, personID)},
		{name: "SCIM users by startIndex", path: users, at: numbers(c.people), by: byIndex},
		{name: "SCIM users by userName", path: users + filter(`userName eq "clinician7"`)},
		{name: "SCIM users by e-mail", path: users + filter(`emails.value eq "`+email(c.people/2)+`"`)},
		{name: "SCIM users by NPI", path: users + filter(`urn:ietf:params:scim:schemas:extension:claviger:2.0:User:npi eq "`+npi(c.people/2)+`"`)},
		{name: "SCIM users of an organization", path: users + "&cursor=", at: after("User", c.staff, personID), as: practice},
		{name: "SCIM users of an organization by startIndex", path: users, at: numbers(c.staff), by: byIndex, as: practice},
		{name: "SCIM groups without members", path: groups + "&cursor=", at: after("Group", c.organizations, group)},
		{name: "SCIM groups without members by startIndex", path: groups, at: numbers(rolesThereAre * c.organizations), by: byIndex},
	}
	for i := range scim {
		if scim[i].as == nil {
			scim[i].as = directory
		}
	}
	return append(all, scim...), nil
}

// sessionPlaces are the cursors in the middle of n sessions, and near their end.
func sessionPlaces(ctx context.Context, sessions storage.Sessions, n int) (places []string, err error) {
	var at storage.SessionPlace
	passed := 0
	for _, place := range []int{n / 2, max(n/2, n-perPage/2)} {
		for passed < place {
			step := min(1000, place-passed)
			if _, at, err = sessions.Page(ctx, portalClient, at, time.Now(), step); err != nil {
				return nil, err
			}
			passed += step
		}
		places = append(places, given(strconv.FormatInt(at.CreatedAt.UnixMicro(), 10)+":"+at.ID))
	}
	return places, nil
}

// rows is how many there are in an answer.
func rows(a answer) (int, error) {
	var out struct {
		Items     *[]json.RawMessage `json:"items"`
		Resources *[]json.RawMessage
	}
	if err := json.Unmarshal(a.body, &out); err != nil {
		return 0, err
	}
	switch {
	case out.Items != nil:
		return len(*out.Items), nil
	case out.Resources != nil:
		return len(*out.Resources), nil
	}
	return 0, fmt.Errorf("no list: %.200s", a.body)
}

// read asks for a page, and returns how long the answer took.
func (l listed) read(ctx context.Context, c *connection, i int) (time.Duration, int, error) {
	request, err := l.as.get(l.request(i))
	if err != nil {
		return 0, 0, err
	}
	began := time.Now()
	a, err := c.expect(ctx, http.StatusOK, request)
	took := time.Since(began)
	if err != nil {
		return 0, 0, err
	}
	n, err := rows(a)
	return took, n, err
}
