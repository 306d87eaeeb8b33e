package main

import (
	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/pkg/access"
)

func (p *program) orgAdminAddCommand() *cobra.Command {
	var (
		need, until string
		asJSON      bool
	)
	cmd := &cobra.Command{
		Use:   "add ORG USER-ID --need TEXT [--until DAY]",
		Short: "Let somebody manage the staff of an organization",
		Long: `Makes a person an administrator of one organization: they see its roster, invite
people, and grant and remove the roles of its ceiling, for this organization only
and never to themselves. They sign in and open /manage.`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.grantRole(cmd.Context(), grantOrder{args[0], args[1], access.Administrator, need, until}, asJSON)
		},
	}
	cmd.Flags().StringVar(&need, "need", "", "business need, in a line of `text`")
	cmd.Flags().StringVar(&until, "until", "", "last `day`, such as 2027-03-31")
	selects(cmd, "until")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	_ = cmd.MarkFlagRequired("need")
	return cmd
}
