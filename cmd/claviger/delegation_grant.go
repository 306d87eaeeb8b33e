package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/pkg/access"
	"github.com/claviger-id/claviger/pkg/problem"
)

func (p *program) delegationGrantCommand() *cobra.Command {
	var (
		o      delegationOrder
		asJSON bool
	)
	cmd := &cobra.Command{
		Use:   "grant PRINCIPAL DELEGATE --client ID --purpose WORD --until DAY",
		Short: "Let somebody act for a person",
		Long: `Lets the person with the second User ID act for the one with the first, in
applications that are registered for it (client register --acting), until the last day
ends (UTC). The purpose is treatment, payment or operations. Both people are told by
mail, where there is one, and both can end it.`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.principal, o.delegate = args[0], args[1]
			return p.grantDelegation(cmd.Context(), o, asJSON)
		},
	}
	cmd.Flags().StringSliceVar(&o.clients, "client", nil, "application `id`; may be repeated")
	cmd.Flags().StringVar(&o.purpose, "purpose", "", "`word`: treatment, payment or operations")
	cmd.Flags().StringVar(&o.until, "until", "", "last `day`, such as 2027-03-31")
	selects(cmd, "client", "until")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	for _, name := range []string{"client", "purpose", "until"} {
		_ = cmd.MarkFlagRequired(name)
	}
	return cmd
}

// delegationOrder is a delegation that an operator grants.
type delegationOrder struct {
	principal, delegate string
	clients             []string
	purpose, until      string
}

func (p *program) grantDelegation(ctx context.Context, o delegationOrder, asJSON bool) error {
	end, err := lastDay(o.until)
	if err != nil {
		return err
	}
	return p.change(ctx, false, func(in *installation) error {
		both := map[string]string{}
		for _, userID := range []string{o.principal, o.delegate} {
			who, _, err := in.accounts(nil).Find(ctx, userID, operator())
			if problem.From(err).Code == problem.NotFound {
				return problem.Wrap(problem.NotFound, "There is no account with the User ID "+userID+".", err)
			}
			if err != nil {
				return err
			}
			both[userID] = who.ID
		}
		if err := in.notAlone(ctx, sensitive{operation: "grant-delegation", personID: both[o.principal], command: "delegation grant", given: [][2]string{
			{"principal", o.principal}, {"delegate", o.delegate + " (" + both[o.delegate] + ")"}, {"clients", strings.Join(o.clients, ",")}, {"purpose", o.purpose}, {"until", o.until},
		}}); err != nil {
			return err
		}
		d, err := in.access(nil).GrantDelegation(ctx, access.NewDelegation{
			PrincipalID: both[o.principal], DelegateID: both[o.delegate], Clients: o.clients, Purpose: o.purpose, EndsAt: end,
		}, operator())
		if err != nil {
			return err
		}
		if asJSON {
			return json.NewEncoder(p.stdout).Encode(describeDelegations(access.Delegation{
				Delegation: d, Principal: access.Party{UserID: o.principal}, Delegate: access.Party{UserID: o.delegate},
			})[0])
		}
		_, err = fmt.Fprintln(p.stdout, d.ID)
		return err
	})
}
