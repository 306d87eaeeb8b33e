package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/pkg/person"
)

// rolesDocument is what somebody does here as the command prints it.
type rolesDocument struct {
	UserID string   `json:"user_id"`
	Roles  []string `json:"roles"`
}

func (p *program) personRolesCommand() *cobra.Command {
	var (
		set, reason string
		asJSON      bool
	)
	cmd := &cobra.Command{
		Use:   "roles USER-ID [--set ROLE,ROLE --reason CODE]",
		Short: "Show or change what a person does here",
		Long: `Prints the roles of a person, or gives them those of --set instead; --set ''
takes all of them away. Policies go by them, from the next sign-in on: how often
a password changes, how long a session lasts, which factors and which agreements
are asked for, and which applications somebody may use.

There are the roles of access.roles, and those that a policy, an agreement or an
application names; others are refused. What somebody is in an organization is
shown and changed with claviger org member, and an administrator is only made
there.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			setting := cmd.Flags().Changed("set")
			if setting != cmd.Flags().Changed("reason") {
				return usageError{errors.New("--set and --reason go together")}
			}
			return p.change(cmd.Context(), false, func(in *installation) error {
				accounts := in.accounts(nil)
				var (
					profile person.Profile
					err     error
				)
				if setting {
					profile, err = accounts.SetRoles(cmd.Context(), args[0], strings.Split(set, ","), reason, operator())
				} else {
					_, profile, err = accounts.Find(cmd.Context(), args[0], operator())
				}
				if err != nil {
					return err
				}
				if asJSON {
					return json.NewEncoder(p.stdout).Encode(rolesDocument{UserID: profile.UserID, Roles: append([]string{}, profile.Roles...)})
				}
				for _, r := range profile.Roles {
					_, _ = fmt.Fprintln(p.stdout, r)
				}
				return nil
			})
		},
	}
	cmd.Flags().StringVar(&set, "set", "", "`roles`, with commas between them, that the person has from now on")
	cmd.Flags().StringVar(&reason, "reason", "", "`code` for the audit log, such as new_duty")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}
