package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/pkg/enroll"
	"github.com/claviger-id/claviger/storage"
)

// pageFlags say which part of a list is printed.
type pageFlags struct {
	limit  int
	cursor string
	asJSON bool
}

func (f *pageFlags) add(cmd *cobra.Command) {
	cmd.Flags().IntVar(&f.limit, "limit", 50, "at most this `number`")
	cmd.Flags().StringVar(&f.cursor, "cursor", "", "go on after the last look, with the `cursor` that it printed")
	cmd.Flags().BoolVar(&f.asJSON, "json", false, "print JSON, with everything that is known")
}

func (f *pageFlags) check() error {
	if f.limit < 1 || f.limit > listedMost {
		return usageError{fmt.Errorf("the limit is %d; it can be 1 to %d", f.limit, listedMost)}
	}
	return nil
}

// personStates are the states of an account, as flags name them.
var personStates = [...]string{
	string(storage.PersonApproved), string(storage.PersonCredentialIssued), string(storage.PersonActive), string(storage.PersonSuspended), string(storage.PersonClosed),
}

func checkPersonState(state string) error {
	for _, known := range personStates {
		if state == "" || state == known {
			return nil
		}
	}
	return usageError{fmt.Errorf("the state is %q; it can be %s", state, strings.Join(personStates[:], ", "))}
}

func (p *program) personListCommand() *cobra.Command {
	var (
		page  pageFlags
		state string
	)
	cmd := &cobra.Command{
		Use:   "list [--state STATE]",
		Short: "List accounts",
		Long: `Lists accounts in the order in which they are kept, which says nothing. That they
were read is recorded in the audit log.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.searchPeople(cmd.Context(), page, enroll.Filter{State: storage.PersonState(state)})
		},
	}
	page.add(cmd)
	cmd.Flags().StringVar(&state, "state", "", "accounts of this `state`: "+strings.Join(personStates[:], ", "))
	selects(cmd, "state")
	return cmd
}

// searchPeople prints the accounts that a filter chooses.
func (p *program) searchPeople(ctx context.Context, page pageFlags, f enroll.Filter) error {
	if err := page.check(); err != nil {
		return err
	}
	if err := checkPersonState(string(f.State)); err != nil {
		return err
	}
	return p.change(ctx, false, func(in *installation) error {
		found, next, err := in.accounts(nil).Search(ctx, page.cursor, page.limit, f, operator())
		if err != nil {
			return err
		}
		list := []personDocument{}
		for _, a := range found {
			list = append(list, describePerson(a.Person, a.Profile))
		}
		return printPage(p, page.asJSON, list, next, "USER ID\tSTATE\tNAME\tNPI\tORGANIZATION\tROLES", func(d personDocument) []any {
			return []any{d.UserID, d.State, d.Profile.Name(), d.Profile.NPI, d.Profile.Organization, strings.Join(d.Profile.Roles, " ")}
		})
	})
}
