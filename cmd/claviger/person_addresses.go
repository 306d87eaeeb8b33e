package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func (p *program) personAddressesCommand() *cobra.Command {
	var add, remove []string
	cmd := &cobra.Command{
		Use:   "addresses USER-ID [--add ADDRESS] [--remove ADDRESS]",
		Short: "Change where notices about an account go",
		Long: `Notices about an account go to the e-mail address of the profile and to those that
are added here. Links go to the address of the profile only. Every address, the
former ones too, is told of a change. Prints all that get notices.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.change(cmd.Context(), false, func(in *installation) error {
				all, err := in.accounts(nil).Addresses(cmd.Context(), args[0], add, remove, operator())
				for _, a := range all {
					_, _ = fmt.Fprintln(p.stdout, a)
				}
				return err
			})
		},
	}
	cmd.Flags().StringArrayVar(&add, "add", nil, "`address` that gets notices from now on")
	cmd.Flags().StringArrayVar(&remove, "remove", nil, "`address` that gets none any more")
	cmd.MarkFlagsOneRequired("add", "remove")
	return cmd
}
