package storagetest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/claviger-id/claviger/storage"
)

// testLookups: what a page needs is found at once, as it is found one by one, and what there
// is not is left out.
func testLookups(t *testing.T, s storage.Store) {
	const n = 150 // more than one statement asks for
	var ids []string
	var indexes [][]byte
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		err := tx.Organizations().Insert(ctx, storage.Organization{
			ID: "o", Kind: storage.OrganizationPractice, State: storage.OrganizationActive, Name: "O", CreatedAt: moment, UpdatedAt: moment,
		})
		for i := range n {
			id := number("p", i)
			ids, indexes = append(ids, id), append(indexes, []byte("npi"+id))
			err = errors.Join(err,
				tx.People().Insert(ctx, storage.Person{
					ID: id, Subject: "s" + id, UserIDIndex: []byte("u" + id), NPIIndex: []byte("npi" + id), State: storage.PersonActive, Profile: []byte("p"), CreatedAt: moment, UpdatedAt: moment,
				}),
				tx.Applications().Insert(ctx, storage.Application{ID: id, State: storage.ApplicationApproved, Source: "form", Profile: []byte("p"), SubmittedBy: "x", SubmittedAt: moment}),
				tx.Provisioning().Put(ctx, storage.Provisioned{ClientID: "c", PersonID: id, Names: []byte("n"), UpdatedAt: moment}))
		}
		for i, role := range []string{"b", "a", "over", "past"} {
			m := storage.Membership{ID: fmt.Sprint("m", i), OrganizationID: "o", PersonID: ids[0], Role: role, Need: []byte("n"), GrantedBy: "x", Since: moment}
			switch role {
			case "over":
				m.EndedAt = moment
			case "past":
				m.EndsAt = moment.Add(-time.Second)
			}
			err = errors.Join(err, tx.Memberships().Insert(ctx, m))
		}
		for i, kind := range []storage.AuthenticatorKind{storage.AuthenticatorTOTP, storage.AuthenticatorRecovery} {
			err = errors.Join(err, tx.Authenticators().Insert(ctx, storage.Authenticator{
				ID: fmt.Sprint("f", i), PersonID: ids[1], Kind: kind, Secret: []byte("r"), CreatedAt: moment,
			}))
		}
		return err
	})
	in(t, s, func(ctx context.Context, tx storage.Tx) error {
		l := tx.Lookups()
		asked := append([]string{"nobody", "no\x00body", "\xff"}, ids...)
		people, err1 := l.People(ctx, asked...)
		byNPI, err2 := l.ByNPI(ctx, append(indexes, []byte("none"))...)
		applications, err3 := l.Applications(ctx, asked...)
		provisioned, err4 := l.Provisioned(ctx, "c", asked...)
		others, err5 := l.Provisioned(ctx, "d", asked...)
		if len(people) != n || len(byNPI) != n || len(applications) != n || len(provisioned) != n || len(others) != 0 {
			t.Errorf("%d people, %d by NPI, %d applications, %d provisioned, %d by another client", len(people), len(byNPI), len(applications), len(provisioned), len(others))
		}
		one, err6 := tx.People().Get(ctx, ids[n-1])
		same(t, "a person", people[ids[n-1]], one)
		same(t, "a person by NPI", byNPI["npi"+ids[n-1]], one)
		a, err7 := tx.Applications().Get(ctx, ids[7])
		same(t, "an application", applications[ids[7]], a)
		p, err8 := tx.Provisioning().Get(ctx, "c", ids[7])
		same(t, "what a client knows", provisioned[ids[7]], p)
		memberships, err9 := l.Memberships(ctx, moment, asked...)
		own, err10 := tx.Memberships().ByPerson(ctx, ids[0], moment)
		if len(own) != 2 || len(memberships) != 1 {
			t.Errorf("%d memberships of %d people", len(own), len(memberships))
		}
		same(t, "memberships", memberships[ids[0]], own)
		factors, err11 := l.Factors(ctx, asked...)
		if len(factors) != 1 || len(factors[ids[1]]) != 2 {
			t.Errorf("factors: %v", factors)
		}
		organizations, err12 := l.Organizations(ctx, "o", "none")
		if len(organizations) != 1 || organizations["o"].Name != "O" {
			t.Errorf("organizations: %v", organizations)
		}
		none, err13 := l.People(ctx)
		if len(none) != 0 {
			t.Errorf("of nobody: %v", none)
		}
		return errors.Join(err1, err2, err3, err4, err5, err6, err7, err8, err9, err10, err11, err12, err13)
	})
}
