package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func (p *program) adminRemoveCommand() *cobra.Command {
	var h holder
	cmd := &cobra.Command{
		Use:   "remove (--user-id USER-ID | --client ID) --role ROLE --reason CODE",
		Short: "Take the role of an operator",
		Long: `Takes a role in the admin API from a person or an application, from its next request
on. Other roles stay.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.change(cmd.Context(), false, func(in *installation) error {
				from, err := h.find(cmd.Context(), in)
				if err != nil {
					return err
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
	selects(cmd, "user-id", "client")
	return cmd
}
