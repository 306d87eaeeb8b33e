package main

import (
	"context"
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
		Short: "See and change where notices about an account go",
		Long: `Notices about an account go to the e-mail address of the profile and to those that
are added here. Links go to the address of the profile only. Every address, the
former ones too, is told of a change. Prints all that get notices, the one of the
profile first.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.change(cmd.Context(), false, func(in *installation) error {
				all, err := in.addresses(cmd.Context(), args[0], add, remove)
				if err != nil {
					return err
				}
				if len(all) == 0 && !asJSON {
					return printTable(p.stdout, false, all, "", nil)
				}
				return p.printSaid(asJSON, map[string][]string{"addresses": append([]string{}, all...)}, strings.Join(all, "\n"))
			})
		},
	}
	cmd.Flags().StringArrayVar(&add, "add", nil, "`address` that gets notices from now on")
	cmd.Flags().StringArrayVar(&remove, "remove", nil, "`address` that gets none any more")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// addresses changes the addresses, if they are to, and returns them.
func (in *installation) addresses(ctx context.Context, userID string, add, remove []string) ([]string, error) {
	if len(add)+len(remove) > 0 {
		return in.accounts(nil).Addresses(ctx, userID, add, remove, operator())
	}
	_, profile, err := in.accounts(nil).Find(ctx, userID, operator())
	return profile.Addresses(), err
}
