package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
)

func (p *program) enrollApproveCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "approve REFERENCE…",
		Short: "Make accounts of applications",
		Long: `Approves applications. Each becomes an account with a User ID that is made of the
name. Where enroll.second_person is set, an application is approved by somebody
else than the operator who handed it in. Of several references each is decided
by itself; what cannot be approved is told, and the rest goes on.`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, references []string) error {
			ctx := cmd.Context()
			return p.change(ctx, false, func(in *installation) error {
				s, err := in.applications()
				if err != nil {
					return err
				}
				failed := 0
				for _, reference := range references {
					_, profile, err := s.Approve(ctx, reference, operator())
					if err != nil {
						failed++
						_, _ = fmt.Fprintf(p.stderr, "claviger: %s: %s\n", reference, explain(err))
						continue
					}
					if err := p.printSaid(asJSON, approvedDocument{reference, profile.UserID}, reference+" "+profile.UserID); err != nil {
						return err
					}
				}
				if failed > 0 {
					return errors.New(plural(failed, "application was", "applications were") + " not approved")
				}
				return nil
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON, an object a line")
	return cmd
}

// approvedDocument is an application that became an account, in JSON.
type approvedDocument struct {
	Reference string `json:"reference"`
	UserID    string `json:"user_id"`
}

// plural is a number with the noun that fits it.
func plural[N int | int64](n N, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
