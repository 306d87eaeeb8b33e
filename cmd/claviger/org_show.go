package main

import (
	"strings"

	"github.com/spf13/cobra"
)

func (p *program) orgShowCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "show ORG",
		Short: "Show an organization",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			in, err := p.open(cmd.Context(), false)
			if err != nil {
				return err
			}
			defer func() { _ = in.close() }()
			id, err := in.access(nil).Meant(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			o, err := in.access(nil).Get(cmd.Context(), id, operator())
			if err != nil {
				return err
			}
			d := describeOrganization(o)
			return printFacts(p.stdout, asJSON, d, [][2]string{
				{"Organization", d.ID}, {"Name", d.Name}, {"Kind", string(d.Kind)}, {"State", string(d.State)}, {"Part of", d.Parent},
				{"Ceiling", strings.Join(d.Ceiling, " ")}, {"Since", when(d.CreatedAt)},
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}
