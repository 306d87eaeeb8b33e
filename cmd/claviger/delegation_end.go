package main

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"
)

func (p *program) delegationEndCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "end DELEGATION",
		Short: "End that somebody acts for a person",
		Long: `Ends a delegation, named by the id that claviger delegation list shows. From this moment
no token is issued or renewed by it; a running server ends within seconds what rests on
it, and tells the applications. Both people are told by mail, where there is one.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.change(cmd.Context(), false, func(in *installation) error {
				if err := in.access(nil).EndDelegation(cmd.Context(), args[0], operator()); err != nil {
					return err
				}
				if asJSON {
					return json.NewEncoder(p.stdout).Encode(map[string]string{"delegation": args[0]})
				}
				_, err := fmt.Fprintln(p.stdout, "ended "+args[0])
				return err
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}
