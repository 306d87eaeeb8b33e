package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/pkg/credential"
	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/pkg/session"
)

func (p *program) passwordExpireCommand() *cobra.Command {
	var o struct {
		organization, userID, reason string
		everybody                    bool
	}
	cmd := &cobra.Command{
		Use:   "expire (--organization NAME | --person USER-ID | --everybody) --reason TEXT",
		Short: "Have people choose a new password at once",
		Long: `Marks the personal passwords of a group of people, or of one person, as to be
changed. Their sessions and grants end, and at the next sign-in they choose a new
password before anything else. What people enter until then is not called wrong.

It may be done again: who has to change the password already is left as it is,
and sessions that are left end.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if strings.TrimSpace(o.reason) == "" {
				return usageError{errors.New("--reason must say why")}
			}
			of := whoseProfile(o.organization, o.userID)
			ctx := cmd.Context()
			return p.withSessions(ctx, func(in *installation, sessions *session.Service) error {
				n := 0
				err := in.credentials(sessions.Ephemeral.Attempts(), nil).Expire(ctx,
					credential.Expiry{Of: of, Note: o.reason, By: operator()},
					func(personID string) error {
						n++
						return sessions.EndByPerson(context.WithoutCancel(ctx), personID, session.ReasonOperator)
					})
				if err != nil {
					return err
				}
				if n == 0 && o.userID != "" {
					return fmt.Errorf("nobody with the User ID %s has a personal password", o.userID)
				}
				_, err = fmt.Fprintf(p.stdout, "%d people have to choose a new password\n", n)
				return err
			})
		},
	}
	cmd.Flags().StringVar(&o.organization, "organization", "", "everybody of the organization of that `name`")
	cmd.Flags().StringVar(&o.userID, "person", "", "one person, by `User ID`")
	cmd.Flags().BoolVar(&o.everybody, "everybody", false, "everybody")
	cmd.Flags().StringVar(&o.reason, "reason", "", "why, for the audit log; no personal data")
	cmd.MarkFlagsOneRequired("organization", "person", "everybody")
	cmd.MarkFlagsMutuallyExclusive("organization", "person", "everybody")
	return cmd
}

// whoseProfile says whom the flags mean; nil means everybody.
func whoseProfile(organization, userID string) func(person.Profile) bool {
	same := func(a, b string) bool { return strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b)) }
	switch {
	case organization != "":
		return func(p person.Profile) bool { return same(p.Organization, organization) }
	case userID != "":
		return func(p person.Profile) bool { return same(p.UserID, userID) }
	}
	return nil
}
