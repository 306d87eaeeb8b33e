package access_test

import (
	"testing"
	"time"

	"github.com/claviger-id/claviger/pkg/access"
	"github.com/claviger-id/claviger/storage"
)

var (
	begun = time.Date(2026, 5, 1, 8, 0, 0, 0, time.UTC)
	rules = access.Rules{Roles: []string{"clinician", "nurse", "biller"}, Longest: 365 * 24 * time.Hour}
)

// TestWhoMayDoWhat is the whole matrix: every act, of everybody, on an
// organization of theirs, on another one, and on none.
func TestWhoMayDoWhat(t *testing.T) {
	const me, somebody = "me", "somebody"
	here := storage.Organization{ID: "here", State: storage.OrganizationActive, Ceiling: []string{"nurse"}}
	elsewhere := here
	elsewhere.ID = "elsewhere"
	callers := map[string]access.Caller{
		"operator":      {Operator: true},
		"administrator": {PersonID: me, Administers: []string{"other", "here"}},
		"person":        {PersonID: me},
		"nobody":        {},
	}
	const ok, hidden = "ok", "hidden"
	acts := []access.Act{access.Create, access.Change, access.Close, access.Read, access.Invite, access.Grant, access.Remove}
	want := map[string]map[string][]string{
		//                          create  change  close   read    invite  grant   remove
		"operator": {
			"here":      {ok, ok, ok, ok, ok, ok, ok},
			"elsewhere": {ok, ok, ok, ok, ok, ok, ok},
		},
		"administrator": {
			"here":      {access.ReasonCeiling, access.ReasonCeiling, access.ReasonCeiling, ok, ok, ok, ok},
			"elsewhere": {hidden, hidden, hidden, hidden, hidden, hidden, hidden},
			"none":      {hidden, hidden, hidden, hidden, hidden, hidden, hidden},
		},
		"person": {
			"here":      {hidden, hidden, hidden, hidden, hidden, hidden, hidden},
			"elsewhere": {hidden, hidden, hidden, hidden, hidden, hidden, hidden},
			"none":      {hidden, hidden, hidden, hidden, hidden, hidden, hidden},
		},
		"nobody": {
			"here": {hidden, hidden, hidden, hidden, hidden, hidden, hidden},
			"none": {hidden, hidden, hidden, hidden, hidden, hidden, hidden},
		},
	}
	for who, rows := range want {
		for where, row := range rows {
			for i, act := range acts {
				o := map[string]storage.Organization{"here": here, "elsewhere": elsewhere}[where]
				v := rules.Decide(access.Case{
					Act: act, Caller: callers[who], Organization: o, PersonID: somebody, Role: "nurse", EndsAt: begun.Add(time.Hour), Now: begun,
				})
				got := v.Reason
				switch {
				case v.Allowed:
					got = ok
				case v.Hidden:
					got = hidden
				}
				if got != row[i] {
					t.Errorf("%s may %s %s: %s, want %s", who, act, where, got, row[i])
				}
			}
		}
	}
}

func TestWhatAGrantNeeds(t *testing.T) {
	administrator := access.Caller{PersonID: "me", Administers: []string{"o"}}
	base := access.Case{
		Act: access.Grant, Caller: administrator, PersonID: "somebody", Role: "nurse", EndsAt: begun.Add(time.Hour), Now: begun,
		Organization: storage.Organization{ID: "o", State: storage.OrganizationActive, Ceiling: []string{"nurse", "gone"}},
	}
	operators := func(c *access.Case) { c.Caller = access.Caller{Operator: true} }
	for name, tc := range map[string]struct {
		change []func(*access.Case)
		want   string
	}{
		"as it should be":              {nil, ""},
		"to oneself":                   {[]func(*access.Case){func(c *access.Case) { c.PersonID = "me" }}, access.ReasonOneself},
		"above the ceiling":            {[]func(*access.Case){func(c *access.Case) { c.Role = "biller" }}, access.ReasonCeiling},
		"above every ceiling":          {[]func(*access.Case){func(c *access.Case) { c.Role = access.Administrator }}, access.ReasonCeiling},
		"a role that is no more":       {[]func(*access.Case){func(c *access.Case) { c.Role = "gone" }}, access.ReasonRole},
		"no role":                      {[]func(*access.Case){func(c *access.Case) { c.Role = "" }}, access.ReasonCeiling},
		"for ever":                     {[]func(*access.Case){func(c *access.Case) { c.EndsAt = time.Time{} }}, access.ReasonEnd},
		"until now":                    {[]func(*access.Case){func(c *access.Case) { c.EndsAt = begun }}, access.ReasonEnd},
		"as long as may be":            {[]func(*access.Case){func(c *access.Case) { c.EndsAt = begun.Add(rules.Longest) }}, ""},
		"longer":                       {[]func(*access.Case){func(c *access.Case) { c.EndsAt = begun.Add(rules.Longest + 1) }}, access.ReasonEnd},
		"where all is over":            {[]func(*access.Case){func(c *access.Case) { c.Organization.State = storage.OrganizationClosed }}, access.ReasonClosed},
		"operator, above the ceiling":  {[]func(*access.Case){operators, func(c *access.Case) { c.Role = "biller" }}, ""},
		"operator, an administrator":   {[]func(*access.Case){operators, func(c *access.Case) { c.Role = access.Administrator }}, ""},
		"operator, no such role":       {[]func(*access.Case){operators, func(c *access.Case) { c.Role = "king" }}, access.ReasonRole},
		"operator, for ever":           {[]func(*access.Case){operators, func(c *access.Case) { c.EndsAt = time.Time{} }}, ""},
		"operator, in the past":        {[]func(*access.Case){operators, func(c *access.Case) { c.EndsAt = begun.Add(-1) }}, access.ReasonEnd},
		"operator, where all is over":  {[]func(*access.Case){operators, func(c *access.Case) { c.Organization.State = storage.OrganizationClosed }}, access.ReasonClosed},
		"operator, where nothing ever": {[]func(*access.Case){operators, func(c *access.Case) { c.Organization = storage.Organization{} }}, access.ReasonClosed},
	} {
		c := base
		for _, change := range tc.change {
			change(&c)
		}
		if v := rules.Decide(c); v.Reason != tc.want || v.Allowed != (tc.want == "") {
			t.Errorf("%s: %+v, want %q", name, v, tc.want)
		}
	}
}

func TestEverybodyMayGo(t *testing.T) {
	o := storage.Organization{ID: "o", State: storage.OrganizationActive}
	me, administrator := access.Caller{PersonID: "me"}, access.Caller{PersonID: "me", Administers: []string{"o"}}
	for name, tc := range map[string]struct {
		caller       access.Caller
		person, role string
		want         bool
	}{
		"from one's own":                     {me, "me", "nurse", true},
		"from one's own administration":      {administrator, "me", access.Administrator, true},
		"not somebody else":                  {me, "somebody", "nurse", false},
		"an administrator, somebody":         {administrator, "somebody", "nurse", true},
		"an administrator, not another one":  {administrator, "somebody", access.Administrator, false},
		"an operator, an administrator":      {access.Caller{Operator: true}, "somebody", access.Administrator, true},
		"somebody who is nobody, themselves": {access.Caller{}, "", "nurse", false},
	} {
		if v := rules.Decide(access.Case{Act: access.Remove, Caller: tc.caller, Organization: o, PersonID: tc.person, Role: tc.role, Now: begun}); v.Allowed != tc.want {
			t.Errorf("%s: %+v", name, v)
		}
	}
}
