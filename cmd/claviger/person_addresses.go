package main

import (
	"strings"

	"github.com/spf13/cobra"
)

func (p *program) personAddressesCommand() *cobra.Command {
	var (
		add, remove []string
		asJSON      bool
	)
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
				if err != nil {
					return err
				}
				return p.printSaid(asJSON, map[string][]string{"addresses": append([]string{}, all...)}, strings.Join(all, "\n"))
			})
		},
	}
	cmd.Flags().StringArrayVar(&add, "add", nil, "`address` that gets notices from now on")
	cmd.Flags().StringArrayVar(&remove, "remove", nil, "`address` that gets none any more")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.MarkFlagsOneRequired("add", "remove")
	return cmd
}
