package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/storage"
)

// scopeFlags is how commands are told whose sessions are meant.
type scopeFlags struct {
	organizationID, clientID string
	everyone                 bool
}

func (f *scopeFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.organizationID, "org", "", "ID or `name` of an organization: whoever has a role in it, or in one that is part of it")
	cmd.Flags().StringVar(&f.clientID, "client", "", "`ID` of an application: the sessions in which it took part")
	cmd.Flags().BoolVar(&f.everyone, "everyone", false, "all sessions of all people")
}

// check refuses what names nobody, or too many.
func (f *scopeFlags) check(cmd *cobra.Command, args []string) error {
	ways := len(args)
	for _, given := range []bool{cmd.Flags().Changed("org"), cmd.Flags().Changed("client"), f.everyone} {
		if given {
			ways++
		}
	}
	if ways != 1 {
		return usageError{errors.New("say whose sessions: a User ID, --org, --client or --everyone")}
	}
	return nil
}

// end is what it is to end these sessions; those of one person nobody waits for.
func (f *scopeFlags) end(reason string) sensitive {
	s := sensitive{reason: reason, command: "session end", given: [][2]string{{"org", f.organizationID}, {"client", f.clientID}, {"reason", reason}}}
	switch {
	case f.everyone:
		s.operation, s.command = "end-all-sessions", "session end --everyone"
	case f.organizationID != "":
		s.operation = "end-organization-sessions"
	case f.clientID != "":
		s.operation = "end-client-sessions"
	default:
		s.operation = "end-person-sessions"
	}
	return s
}

// scope is what was said, with the id of the account of a User ID.
func (f *scopeFlags) scope(ctx context.Context, in *installation, args []string) (session.Scope, error) {
	if f.organizationID != "" {
		var err error
		if f.organizationID, err = in.access(nil).Meant(ctx, f.organizationID); err != nil {
			return session.Scope{}, err
		}
	}
	if len(args) == 0 {
		return session.Scope{OrganizationID: f.organizationID, ClientID: f.clientID, Everyone: f.everyone}, nil
	}
	who, _, err := in.accounts(nil).Find(ctx, args[0], operator())
	return session.Scope{PersonID: who.ID}, err
}

// known refuses an application that there is not: a wrong ID would find nothing,
// and look as if there was nothing to find.
func known(ctx context.Context, in *installation, clientID string) error {
	err := in.store.View(ctx, func(tx storage.Tx) error {
		_, err := tx.Clients().Get(ctx, clientID)
		return err
	})
	if errors.Is(err, storage.ErrNotFound) {
		return problem.New(problem.NotFound, "There is no application with this ID.")
	}
	return err
}
