package main

import (
	"context"
	"slices"

	"github.com/claviger-id/claviger/oidc"
	"github.com/claviger-id/claviger/oidc/backchannel"
	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/enroll"
	"github.com/claviger-id/claviger/pkg/mail"
	"github.com/claviger-id/claviger/pkg/outbox"
	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/storage"
)

// accounts is the service that decides over accounts. sessions may be nil where
// nobody's access is ended.
func (in *installation) accounts(sessions *session.Service) *enroll.Accounts {
	accounts := &enroll.Accounts{
		Store: in.store, People: &person.Directory{Keys: in.keyring}, Roles: in.roleNames, Left: in.access(nil).LeaveDelegations,
		EndAccess: func(ctx context.Context, personID string, now storage.PersonState) error {
			return sessions.EndAccess(ctx, personID, reasonOf(now))
		},
		Owe: func(ctx context.Context, tx storage.Tx, personID string, now storage.PersonState) error {
			return in.owe(ctx, tx, personID, session.Due{Reason: reasonOf(now), Access: true})
		},
		OweRoles: func(ctx context.Context, tx storage.Tx, personID string) error {
			return in.owe(ctx, tx, personID, session.Due{Reason: session.ReasonRoles})
		},
	}
	if notices := in.notices(); notices != nil {
		accounts.Readdressed = func(ctx context.Context, tx storage.Tx, personID, language string, addresses []string) error {
			return notices.TellAt(ctx, tx, personID, language, addresses, mail.AddressesChanged{When: tx.Now()})
		}
	}
	return accounts
}

// reasonOf is why the sessions of an account end that nobody signs in to any more.
func reasonOf(now storage.PersonState) session.Reason {
	if now == storage.PersonClosed {
		return session.ReasonClosed
	}
	return session.ReasonSuspended
}

// owe notes in the transaction of a change which sessions end with it.
func (in *installation) owe(ctx context.Context, tx storage.Tx, personID string, due session.Due) error {
	return session.Owe(ctx, tx, outbox.Box{Keys: in.keyring}, personID, due)
}

// ownProfile is what is known of a person, for that person.
func (in *installation) ownProfile(ctx context.Context, personID string) (person.Profile, error) {
	found, err := in.accounts(nil).Get(ctx, personID, audit.Actor{Type: "person", ID: personID})
	return found.Profile, err
}

// userIDs returns the User IDs of people by the IDs of their accounts. What is no ID of
// an account is left out. All are read at once.
func (in *installation) userIDs(ctx context.Context, ids ...string) (map[string]string, error) {
	slices.Sort(ids)
	names, people := map[string]string{}, &person.Directory{Keys: in.keyring}
	err := in.store.View(ctx, func(tx storage.Tx) error {
		found, err := tx.Lookups().People(ctx, slices.Compact(ids)...)
		if err != nil {
			return err
		}
		for id, who := range found {
			profile, err := people.Open(who)
			if err != nil {
				return err
			}
			names[id] = profile.UserID
		}
		return nil
	})
	return names, err
}

// ownActivity is what happened with a person's account, for that person.
func (in *installation) ownActivity(ctx context.Context, personID, before string, limit int) ([]audit.Entry, error) {
	return audit.Recent(ctx, in.store, personID, before, limit)
}

// ledgerOf is what became of telling applications of the end of a session.
func (in *installation) ledgerOf(ctx context.Context, sessionID string) (found []storage.Logout, err error) {
	err = in.store.View(ctx, func(tx storage.Tx) error {
		found, err = tx.Logouts().BySession(ctx, sessionID)
		return err
	})
	return found, err
}

// withAccounts opens both stores for a command that may end people's access.
func (p *program) withAccounts(ctx context.Context, do func(*enroll.Accounts) error) error {
	return p.withSessions(ctx, func(in *installation, sessions *session.Service) error { return do(in.accounts(sessions)) })
}

// withAccountsNotAlone is withAccounts for what policy may want a second person for.
func (p *program) withAccountsNotAlone(ctx context.Context, what sensitive, userID string, do func(*enroll.Accounts) error) error {
	return p.withSessions(ctx, func(in *installation, sessions *session.Service) error {
		who, _, err := in.accounts(nil).Find(ctx, userID, operator())
		if err != nil {
			return err
		}
		what.personID = who.ID
		if err := in.notAlone(ctx, what); err != nil {
			return err
		}
		sessions.Store = in.store
		return do(in.accounts(sessions))
	})
}

// withSessions opens both stores for a command that may end people's sessions.
// Applications are told by a running server, which finds in the ledger whom.
func (p *program) withSessions(ctx context.Context, do func(*installation, *session.Service) error) error {
	return p.change(ctx, false, func(in *installation) error {
		ephemeral, _, err := in.openEphemeral(ctx)
		if err != nil {
			return err
		}
		defer func() { _ = ephemeral.Close() }()
		clients := &oidc.Clients{Store: in.store, Log: in.log}
		if err := clients.Open(ctx); err != nil {
			return err
		}
		logouts := &backchannel.Logouts{Store: in.store, Clients: clients, Now: in.now, Log: in.log}
		return do(in, &session.Service{
			Store: in.store, Ephemeral: ephemeral, Ended: logouts.Enroll, Now: in.now, Log: in.log,
			TombstoneFor: in.config.Tokens.Access.Duration + tombstoneSlack,
		})
	})
}
