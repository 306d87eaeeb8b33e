package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/pkg/session"
)

// rolesDocument is what somebody does here as the command prints it.
type rolesDocument struct {
	UserID string   `json:"user_id"`
	Roles  []string `json:"roles"`
}

// rolesSetDocument is what became of it.
type rolesSetDocument struct {
	UserID  string   `json:"user_id"`
	Roles   []string `json:"roles"`
	Added   []string `json:"added"`
	Removed []string `json:"removed"`
	Ended   int      `json:"sessions_ended"`
}

func (p *program) personRolesCommand() *cobra.Command {
	var (
		set, reason  string
		none, asJSON bool
	)
	cmd := &cobra.Command{
		Use:   "roles USER-ID [(--set ROLE,ROLE | --none) --reason CODE]",
		Short: "Show or change what a person does here",
		Long: `Prints the roles of a person, or gives them those of --set instead, or with --none
takes all of them away. Policies go by them: how often a password changes, how
long a session lasts, which factors and which agreements are asked for, and which
applications somebody may use. When roles are set every session of the person ends,
so that they sign in with what holds now; the command says what changed, and how many
sessions there were.

There are the roles of access.roles, and those that a policy, an agreement or an
application names; others are refused. What somebody is in an organization is
shown and changed with claviger org member, and an administrator is only made
there.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			setting := cmd.Flags().Changed("set") || none
			if setting != cmd.Flags().Changed("reason") {
				return usageError{errors.New("--set and --reason go together, or --none and --reason")}
			}
			var roles []string
			if !none {
				roles = strings.Split(set, ",")
			}
			if setting && slices.ContainsFunc(roles, func(role string) bool { return strings.TrimSpace(role) == "" }) {
				return usageError{fmt.Errorf("--set %q: one of the roles is empty; all are taken away with --none", set)}
			}
			if !setting {
				return p.change(cmd.Context(), false, func(in *installation) error {
					_, profile, err := in.accounts(nil).Find(cmd.Context(), args[0], operator())
					if err != nil {
						return err
					}
					return p.printRoles(profile, asJSON)
				})
			}
			return p.withSessions(cmd.Context(), func(in *installation, sessions *session.Service) error {
				d, err := in.setRoles(cmd.Context(), sessions, args[0], roles, reason)
				if err != nil {
					return err
				}
				return printFacts(p.stdout, asJSON, d, [][2]string{
					{"User ID", d.UserID}, {"Roles", words(d.Roles)}, {"Added", words(d.Added)}, {"Removed", words(d.Removed)},
					{"Sessions that ended", strconv.Itoa(d.Ended)},
				})
			})
		},
	}
	cmd.Flags().StringVar(&set, "set", "", "`roles`, with commas between them, that the person has from now on")
	cmd.Flags().BoolVar(&none, "none", false, "take all roles away")
	selects(cmd, "set")
	cmd.MarkFlagsMutuallyExclusive("set", "none")
	reasonFlag(cmd, &reason, "new_duty")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// words is a list in a line, or that it is empty.
func words(all []string) string {
	if len(all) == 0 {
		return "none"
	}
	return strings.Join(all, " ")
}

// setRoles ends the sessions also where the person has the roles already: a former
// call may not have come so far.
func (in *installation) setRoles(ctx context.Context, sessions *session.Service, userID string, roles []string, reason string) (rolesSetDocument, error) {
	did, err := in.accounts(nil).SetRoles(ctx, userID, roles, reason, operator())
	if err != nil {
		return rolesSetDocument{}, err
	}
	ctx = context.WithoutCancel(ctx)
	alive, err := sessions.Own(ctx, did.PersonID)
	if err != nil {
		return rolesSetDocument{}, err
	}
	return rolesSetDocument{
		UserID: did.Profile.UserID, Roles: append([]string{}, did.Profile.Roles...),
		Added: append([]string{}, did.Added...), Removed: append([]string{}, did.Removed...), Ended: len(alive),
	}, sessions.EndByPerson(ctx, did.PersonID, session.ReasonRoles)
}

func (p *program) printRoles(profile person.Profile, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(p.stdout).Encode(rolesDocument{UserID: profile.UserID, Roles: append([]string{}, profile.Roles...)})
	}
	for _, r := range profile.Roles {
		_, _ = fmt.Fprintln(p.stdout, r)
	}
	return nil
}
