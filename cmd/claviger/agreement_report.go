package main

import (
	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/pkg/agreement"
)

// missingDocument is somebody who has not accepted, in JSON.
type missingDocument struct {
	UserID   string `json:"user_id"`
	State    string `json:"state"`
	Audience string `json:"audience"`
	Version  string `json:"version"`
}

func (p *program) agreementReportCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "report",
		Short: "List who has not accepted",
		Long: `Lists the people whom a version in force binds and who have not accepted it, or
have taken that back. Closed accounts are left out. That it was read is recorded in
the audit log.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			return p.change(ctx, false, func(in *installation) error {
				s, err := in.agreements(ctx, nil)
				if err != nil {
					return err
				}
				list := []missingDocument{}
				if err := s.Report(ctx, operator(), func(m agreement.Missing) error {
					list = append(list, missingDocument{UserID: m.UserID, State: string(m.State), Audience: m.Audience, Version: m.Version})
					return nil
				}); err != nil {
					return err
				}
				return printTable(p.stdout, asJSON, list, "USER ID\tSTATE\tAUDIENCE\tVERSION", func(d missingDocument) []any {
					return []any{d.UserID, d.State, d.Audience, d.Version}
				})
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}
