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
			ctx := cmd.Context()
			return p.withSessions(ctx, func(in *installation, sessions *session.Service) error {
				credentials, n := in.credentials(sessions.Ephemeral.Attempts(), nil), 0
				each := func(personID string) error {
					n++
					return sessions.EndByPerson(context.WithoutCancel(ctx), personID, session.ReasonPasswordMustChange)
				}
				var err error
				if o.userID != "" {
					err = in.expireOne(ctx, credentials, o.userID, o.reason, each)
				} else {
					err = credentials.Expire(ctx, credential.Expiry{Of: members(o.organization), Note: o.reason, By: operator()}, each)
				}
				if err != nil {
					return err
				}
				if n == 0 && o.organization != "" {
					return fmt.Errorf("nobody with a personal password has the organization %q", o.organization)
				}
				_, err = fmt.Fprintf(p.stdout, "%s to choose a new password\n", plural(n, "person has", "people have"))
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

// members says who belongs to an organization; nil, which means everybody, when
// none is named.
func members(organization string) func(person.Profile) bool {
	if organization == "" {
		return nil
	}
	return func(p person.Profile) bool {
		return strings.EqualFold(strings.TrimSpace(p.Organization), strings.TrimSpace(organization))
	}
}

func (in *installation) expireOne(ctx context.Context, credentials *credential.Service, userID, reason string, each func(string) error) error {
	who, _, err := in.accounts(nil).Find(ctx, userID, operator())
	if err != nil {
		return err
	}
	found, err := credentials.ExpireOne(ctx, who.ID, reason, operator())
	if err != nil {
		return err
	}
	if !found {
		return fmt.Errorf("%s has no personal password", userID)
	}
	return each(who.ID)
}
