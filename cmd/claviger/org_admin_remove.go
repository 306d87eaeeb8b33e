package main

import (
	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/pkg/access"
)

func (p *program) orgAdminRemoveCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "remove ORG USER-ID",
		Short: "Let somebody manage the staff of an organization no more",
		Long:  `Takes the administration of an organization from a person, at once.`,
		Args:  cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.takeRole(cmd.Context(), args[0], args[1], access.Administrator, asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}
