package main

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/pkg/session"
)

func (p *program) orgCloseCommand() *cobra.Command {
	var (
		asJSON bool
		reason string
	)
	cmd := &cobra.Command{
		Use:   "close ORG --reason CODE",
		Short: "Close an organization for good",
		Long: `Closes an organization: every membership in it ends, and the sessions and grants
that rest on them. Organizations that are part of it have to be closed first.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := reasonOrNone(reason); err != nil {
				return err
			}
			return p.withSessions(cmd.Context(), func(in *installation, sessions *session.Service) error {
				id, err := in.access(nil).Meant(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				if err := in.notAlone(cmd.Context(), sensitive{operation: "close-organization", command: "org close", reason: reason, given: [][2]string{{"org", id}, {"reason", reason}}}); err != nil {
					return err
				}
				sessions.Store = in.store
				n, err := in.access(sessions).CloseVersion(cmd.Context(), id, 0, reason, operator())
				if err != nil {
					return err
				}
				if asJSON {
					return json.NewEncoder(p.stdout).Encode(map[string]any{"organization": id, "memberships_ended": n})
				}
				_, err = fmt.Fprintf(p.stdout, "closed %s; memberships that ended: %d\n", id, n)
				return err
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	reasonFlag(cmd, &reason, "merged")
	selects(cmd, "reason")
	_ = cmd.MarkFlagRequired("reason")
	return cmd
}
