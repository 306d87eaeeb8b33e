package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

func (p *program) adminRequestShowCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "show REQUEST",
		Short: "Show exactly what somebody wants to do",
		Long: `Shows a request for a second person, with exactly what is to be done. That it was
read is recorded in the audit log.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.change(cmd.Context(), false, func(in *installation) error {
				found, err := in.approvals().Get(cmd.Context(), args[0], operator())
				if err != nil {
					return err
				}
				d := describeRequest(found)
				if err := printFacts(p.stdout, asJSON, d, [][2]string{
					{"request", d.ID}, {"operation", d.Operation}, {"state", string(d.State)}, {"asked by", d.AskedBy}, {"asked", when(d.AskedAt)},
					{"until", when(d.ExpiresAt)}, {"account", d.Person}, {"reason", d.Reason}, {"decided by", d.DecidedBy}, {"decided because", d.DecidedReason},
				}); err != nil || asJSON {
					return err
				}
				for line := range strings.Lines("\n" + d.Request) {
					if _, err := fmt.Fprintln(p.stdout, cells(strings.TrimSuffix(line, "\n"))); err != nil {
						return err
					}
				}
				return nil
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}
