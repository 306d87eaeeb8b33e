package main

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/pkg/enroll"
	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/storage"
)

// accountID is what the ID of an account looks like.
var accountID = regexp.MustCompile(`^[a-z2-7]{26}$`)

func (p *program) personFindCommand() *cobra.Command {
	var (
		page  pageFlags
		f     enroll.Filter
		state string
	)
	cmd := &cobra.Command{
		Use:   "find [--id ID] [--sub SUB] [--user-id PREFIX] [--family-name NAME] [--npi NUMBER] [--email ADDRESS] [--organization NAME] [--state STATE]",
		Short: "Look for accounts",
		Long: `Looks for accounts by what is named, all of it at once. A User ID is found by its
beginning; a name and an organization as they are written, whatever their case. The ID
of an account, which the audit log has, its subject, which applications have, an NPI
and an address are looked up through an index. For the rest profiles are opened one
after the other: one look opens no more than 20,000, and where there may be more, the
command says with which --cursor to go on. That they were read is recorded in the audit
log, with what was looked for by, and not the values.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			f.State = storage.PersonState(state)
			if f == (enroll.Filter{}) {
				return usageError{errors.New("say what to look for; claviger person list lists everybody")}
			}
			if f.ID != "" && !accountID.MatchString(f.ID) {
				return usageError{fmt.Errorf("%q is no ID of an account; one has 26 letters, a to z and 2 to 7", f.ID)}
			}
			if f.NPI != "" {
				if why := person.NPIProblem(f.NPI); why != "" {
					return usageError{fmt.Errorf("--npi: %q %s", f.NPI, why)}
				}
			}
			return p.searchPeople(cmd.Context(), page, f)
		},
	}
	page.add(cmd)
	cmd.Flags().StringVar(&f.ID, "id", "", "`ID` of the account, as the audit log has it")
	cmd.Flags().StringVar(&f.Subject, "sub", "", "`subject` of the account, as applications have it")
	cmd.Flags().StringVar(&f.UserIDPrefix, "user-id", "", "`beginning` of the User ID")
	cmd.Flags().StringVar(&f.FamilyName, "family-name", "", "family `name`")
	cmd.Flags().StringVar(&f.NPI, "npi", "", "National Provider Identifier, a `number`")
	cmd.Flags().StringVar(&f.Email, "email", "", "e-mail `address`")
	cmd.Flags().StringVar(&f.Organization, "organization", "", "`name` of the organization in the profile")
	cmd.Flags().StringVar(&state, "state", "", "`state` of the account: "+strings.Join(personStates[:], ", "))
	selects(cmd, "id", "sub", "user-id", "family-name", "npi", "email", "organization", "state")
	return cmd
}
