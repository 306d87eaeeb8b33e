package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/pkg/access"
)

func (p *program) orgMemberAddCommand() *cobra.Command {
	var (
		role, need, until string
		asJSON            bool
	)
	cmd := &cobra.Command{
		Use:   "add ORG USER-ID --role ROLE --need TEXT [--until DAY]",
		Short: "Give somebody a role in an organization",
		Long: `Gives a person a role in an organization, of those that the configuration has
(access.roles), for a business need. An operator is not bound by the ceiling that
is set for the organization's own administrators. The role ends when the last day
does (UTC); without one it stays until somebody removes it.`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.grantRole(cmd.Context(), grantOrder{args[0], args[1], role, need, until}, asJSON)
		},
	}
	cmd.Flags().StringVar(&role, "role", "", "`role` in the organization")
	cmd.Flags().StringVar(&need, "need", "", "business need, in a line of `text`")
	cmd.Flags().StringVar(&until, "until", "", "last `day`, such as 2027-03-31")
	selects(cmd, "until")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	_ = cmd.MarkFlagRequired("role")
	_ = cmd.MarkFlagRequired("need")
	return cmd
}

// grantOrder is a role that an operator gives.
type grantOrder struct{ organization, userID, role, need, until string }

func (p *program) grantRole(ctx context.Context, o grantOrder, asJSON bool) error {
	end, err := lastDay(o.until)
	if err != nil {
		return err
	}
	return p.change(ctx, false, func(in *installation) error {
		who, _, err := in.accounts(nil).Find(ctx, o.userID, operator())
		if err != nil {
			return err
		}
		if o.organization, err = in.access(nil).Meant(ctx, o.organization); err != nil {
			return err
		}
		m, err := in.access(nil).Grant(ctx, access.NewMembership{
			OrganizationID: o.organization, PersonID: who.ID, Role: o.role, Need: o.need, EndsAt: end,
		}, operator())
		if err != nil {
			return err
		}
		if !asJSON {
			_, err = fmt.Fprintln(p.stdout, m.ID)
			return err
		}
		_, found, err := in.access(nil).Member(ctx, o.organization, m.ID, operator())
		if err != nil {
			return err
		}
		return json.NewEncoder(p.stdout).Encode(describeMemberships([]access.Membership{found})[0])
	})
}
