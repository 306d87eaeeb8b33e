package main

import (
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/storage"
)

// personDocument is an account as the command prints it.
type personDocument struct {
	UserID    string              `json:"user_id"`
	State     storage.PersonState `json:"state"`
	Subject   string              `json:"sub"`
	CreatedAt time.Time           `json:"created_at"`
	UpdatedAt time.Time           `json:"updated_at"`
	Profile   person.Profile      `json:"profile"`
}

func describePerson(who storage.Person, profile person.Profile) personDocument {
	return personDocument{
		UserID: profile.UserID, State: who.State, Subject: who.Subject, CreatedAt: who.CreatedAt, UpdatedAt: who.UpdatedAt, Profile: profile,
	}
}

func (p *program) personShowCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "show USER-ID",
		Short: "Show an account",
		Long:  `Shows what is known of a person. That it was read is recorded in the audit log.`,
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.change(cmd.Context(), false, func(in *installation) error {
				who, profile, err := in.accounts(nil).Find(cmd.Context(), args[0], operator())
				if err != nil {
					return err
				}
				d := describePerson(who, profile)
				return printFacts(p.stdout, asJSON, d, [][2]string{
					{"User ID", d.UserID}, {"State", string(d.State)}, {"Name", profile.Name()}, {"NPI", profile.NPI},
					{"Organization", profile.Organization}, {"Roles", strings.Join(profile.Roles, " ")}, {"E-mail", profile.Email}, {"Telephone", profile.Phone},
					{"Subject", d.Subject}, {"Enrolled", d.CreatedAt.Format(time.RFC3339)},
				})
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON, with everything that is known")
	return cmd
}
