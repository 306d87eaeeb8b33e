package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/pkg/enroll"
)

func (p *program) enrollRejectCommand() *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use:   "reject REFERENCE --reason CODE",
		Short: "Reject an application for an account",
		Long: `Rejects an application. What was written down is kept for ninety days, and then
removed; that it was rejected, by whom and why stays in the audit log.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.change(cmd.Context(), false, func(in *installation) error {
				s, err := in.applications()
				if err != nil {
					return err
				}
				if err := s.Reject(cmd.Context(), args[0], reason, operator()); err != nil {
					return err
				}
				_, err = fmt.Fprintf(p.stdout, "rejected %s\n", args[0])
				return err
			})
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "`code`: "+strings.Join(enroll.Reasons(), ", "))
	_ = cmd.MarkFlagRequired("reason")
	return cmd
}
