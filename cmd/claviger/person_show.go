package main

import (
	"errors"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/pkg/enroll"
	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/storage"
)

// personDocument is an account as the command prints it.
type personDocument struct {
	ID        string              `json:"id"`
	UserID    string              `json:"user_id"`
	State     storage.PersonState `json:"state"`
	Subject   string              `json:"sub"`
	CreatedAt time.Time           `json:"created_at"`
	UpdatedAt time.Time           `json:"updated_at"`
	Profile   person.Profile      `json:"profile"`
}

func describePerson(who storage.Person, profile person.Profile) personDocument {
	return personDocument{
		ID: who.ID, UserID: profile.UserID, State: who.State, Subject: who.Subject, CreatedAt: who.CreatedAt, UpdatedAt: who.UpdatedAt, Profile: profile,
	}
}

func (p *program) personShowCommand() *cobra.Command {
	var (
		called enroll.Called
		asJSON bool
	)
	cmd := &cobra.Command{
		Use:   "show (USER-ID | --id ID | --sub SUB)",
		Short: "Show an account",
		Long: `Shows what is known of a person: the profile, where they have which role, of the
password how old it is, when it expires and how often somebody failed at it, the
second factors, the last sign-in and how many sessions there are. In the place of
the User ID stands as well the ID of the account, which the audit log has, or its
subject, which applications have. That it was read is recorded in the audit log.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			called.Any = strings.Join(args, "")
			if (called.Any != "") == (called.ID+called.Subject != "") || called.ID != "" && called.Subject != "" {
				return usageError{errors.New("say one of a User ID, --id and --sub")}
			}
			return p.change(cmd.Context(), false, func(in *installation) error {
				who, profile, err := in.accounts(nil).FindCalled(cmd.Context(), called, operator())
				if err != nil {
					return err
				}
				d, err := p.whole(cmd.Context(), in, describePerson(who, profile), in.signedIn)
				if err != nil {
					return err
				}
				return printFacts(p.stdout, asJSON, d, append([][2]string{
					{"User ID", d.UserID}, {"State", string(d.State)}, {"Name", profile.Name()}, {"NPI", profile.NPI},
					{"Organization", profile.Organization}, {"Roles", strings.Join(profile.Roles, " ")}, {"E-mail", profile.Email}, {"Telephone", profile.Phone},
					{"ID", d.ID}, {"Subject", d.Subject}, {"Enrolled", when(d.CreatedAt)},
				}, d.facts()...))
			})
		},
	}
	cmd.Flags().StringVar(&called.ID, "id", "", "`ID` of the account, as the audit log has it")
	cmd.Flags().StringVar(&called.Subject, "sub", "", "`subject` of the account, as applications have it")
	selects(cmd, "id", "sub")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON, with everything that is known")
	return cmd
}
