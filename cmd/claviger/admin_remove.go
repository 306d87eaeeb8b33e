package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/pkg/admin"
	operators "github.com/claviger-id/claviger/pkg/operator"
	"github.com/claviger-id/claviger/storage"
)

func (p *program) adminRemoveCommand() *cobra.Command {
	var (
		h   holder
		yes bool
	)
	cmd := &cobra.Command{
		Use:   "remove (--user-id USER-ID | --client ID) --role ROLE --reason CODE",
		Short: "Take the role of an operator",
		Long: `Takes a role in the admin API from a person or an application, from its next request
on. Other roles stay. Before the last operator loses that role the command asks, unless
--yes is said; where there is no terminal to ask on, --yes is needed.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.change(cmd.Context(), false, func(in *installation) error {
				from, err := h.find(cmd.Context(), in)
				if err != nil {
					return err
				}
				if !yes {
					if err := p.askedForLast(cmd.Context(), in, from, h.role); err != nil {
						return err
					}
				}
				if err := in.notAlone(cmd.Context(), h.act("dismiss-operator", "admin remove", from)); err != nil {
					return err
				}
				if err := in.operators().Remove(cmd.Context(), from, h.role, h.reason, operator()); err != nil {
					return err
				}
				_, err = fmt.Fprintf(p.stdout, "%s is not %s any more\n", h.name(), h.role)
				return err
			})
		},
	}
	h.flags(cmd)
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask before the last operator loses the role")
	selects(cmd, "user-id", "client")
	return cmd
}

// askedForLast asks before the last operator goes.
func (p *program) askedForLast(ctx context.Context, in *installation, who operators.Holder, role string) error {
	last, err := in.lastOperator(ctx, who, role)
	if err != nil || !last {
		return err
	}
	return p.asked("Nobody is an operator after that, until this machine makes one with claviger admin bootstrap", "say --yes")
}

// lastOperator says that nobody else is an operator who can act as one.
func (in *installation) lastOperator(ctx context.Context, who operators.Holder, role string) (bool, error) {
	if role != string(admin.RoleOperator) {
		return false, nil
	}
	var active []operators.Holder
	err := in.store.View(ctx, func(tx storage.Tx) (err error) {
		active, err = operators.Active(ctx, tx, role)
		return err
	})
	return len(active) == 1 && active[0].Kind == who.Kind && active[0].ID == who.ID, err
}
