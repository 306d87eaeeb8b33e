package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/pkg/session"
)

func (p *program) orgMemberRemoveCommand() *cobra.Command {
	var (
		role   string
		asJSON bool
	)
	cmd := &cobra.Command{
		Use:   "remove ORG USER-ID --role ROLE",
		Short: "Take a role in an organization from somebody",
		Long: `Takes a role from a person at once. Who has no other role anywhere is signed out
everywhere; of others, the sessions and grants end that have to do with
applications which were told of the role.`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.takeRole(cmd.Context(), args[0], args[1], role, asJSON)
		},
	}
	cmd.Flags().StringVar(&role, "role", "", "`role` in the organization")
	selects(cmd, "role")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	_ = cmd.MarkFlagRequired("role")
	return cmd
}

func (p *program) takeRole(ctx context.Context, organization, userID, role string, asJSON bool) error {
	return p.withSessions(ctx, func(in *installation, sessions *session.Service) error {
		organization, err := in.access(nil).Meant(ctx, organization)
		if err != nil {
			return err
		}
		id, err := in.membership(ctx, organization, userID, role)
		if err != nil {
			return err
		}
		if err := in.access(sessions).Remove(ctx, organization, id, operator()); err != nil {
			return err
		}
		if asJSON {
			return json.NewEncoder(p.stdout).Encode(map[string]string{"membership": id, "user_id": userID, "role": role})
		}
		_, err = fmt.Fprintf(p.stdout, "%s is no longer %s there\n", userID, role)
		return err
	})
}
