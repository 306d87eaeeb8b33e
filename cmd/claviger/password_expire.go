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

// expireOrder is whose passwords have to be changed, and why.
type expireOrder struct {
	organization, userID, reason string
	everyone, asJSON             bool
	care                         sweeping
}

func (p *program) passwordExpireCommand() *cobra.Command {
	var o expireOrder
	cmd := &cobra.Command{
		Use:   "expire (--organization NAME | --person USER-ID | --everyone) --reason TEXT",
		Short: "Have people choose a new password at once",
		Long: `Marks the personal passwords of a group of people, or of one person, as to be
changed. Their sessions and grants end, and at the next sign-in they choose a new
password before anything else. What people enter until then is not called wrong.

It may be done again: who has to change the password already is left as it is,
and sessions that are left end. The command says how many that were.

--dry-run counts whom it would concern. Before it is done to everyone the command asks,
unless --yes is said; where there is no terminal to ask on, --yes is needed.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if strings.TrimSpace(o.reason) == "" {
				return usageError{errors.New("--reason must say why")}
			}
			if o.userID == "" && o.organization == "" && !o.everyone { // --everyone=false
				return usageError{errors.New("say whose passwords: --organization, --person or --everyone")}
			}
			return p.withSessions(cmd.Context(), func(in *installation, sessions *session.Service) error {
				return p.expirePasswords(cmd.Context(), in, sessions, o)
			})
		},
	}
	cmd.Flags().StringVar(&o.organization, "organization", "", "everybody of the organization of that `name`")
	cmd.Flags().StringVar(&o.userID, "person", "", "one person, by `User ID`")
	cmd.Flags().BoolVar(&o.everyone, "everyone", false, "everyone")
	selects(cmd, "organization", "person")
	cmd.Flags().StringVar(&o.reason, "reason", "", "why, for the audit log; no personal data")
	cmd.Flags().BoolVar(&o.asJSON, "json", false, "print JSON")
	o.care.add(cmd)
	cmd.MarkFlagsOneRequired("organization", "person", "everyone")
	cmd.MarkFlagsMutuallyExclusive("organization", "person", "everyone")
	return cmd
}

func (p *program) expirePasswords(ctx context.Context, in *installation, sessions *session.Service, o expireOrder) error {
	credentials := in.credentials(sessions.Ephemeral.Attempts(), nil)
	each := func(personID string) error {
		return sessions.EndByPerson(context.WithoutCancel(ctx), personID, session.ReasonPasswordMustChange)
	}
	expire := func(rehearsed bool) (credential.Expired, error) {
		e := credential.Expiry{Of: members(o.organization), Note: o.reason, By: operator(), Rehearsed: rehearsed}
		if o.userID != "" {
			return in.expireOne(ctx, credentials, o.userID, e, each)
		}
		did, err := credentials.Expire(ctx, e, each)
		if err == nil && did == (credential.Expired{}) && o.organization != "" {
			return did, fmt.Errorf("nobody with a personal password has the organization %q", o.organization)
		}
		return did, err
	}
	if o.userID == "" && o.organization == "" && !o.care.dryRun && !o.care.yes {
		would, err := expire(true)
		if err != nil {
			return err
		}
		if err := p.sure("This has everyone choose a new password: "+told(would), o.care); err != nil {
			return err
		}
	}
	did, err := expire(o.care.dryRun)
	if err != nil {
		return err
	}
	sentence := plural(did.Newly+did.Before, "person has", "people have")
	if o.care.dryRun {
		sentence = plural(did.Newly+did.Before, "person would have", "people would have")
	}
	return p.printSaid(o.asJSON, struct {
		Newly  int  `json:"newly"`
		Before int  `json:"before"`
		DryRun bool `json:"dry_run"`
	}{did.Newly, did.Before, o.care.dryRun}, sentence+" to choose a new password: "+told(did))
}

// told says how many are newly concerned.
func told(e credential.Expired) string {
	return fmt.Sprintf("%d newly, %d had to already", e.Newly, e.Before)
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

func (in *installation) expireOne(ctx context.Context, credentials *credential.Service, userID string, e credential.Expiry, each func(string) error) (credential.Expired, error) {
	who, _, err := in.accounts(nil).Find(ctx, userID, operator())
	if err != nil {
		return credential.Expired{}, err
	}
	did, err := credentials.ExpireOne(ctx, who.ID, e)
	if err != nil {
		return did, err
	}
	if did == (credential.Expired{}) {
		return did, fmt.Errorf("%s has no personal password", userID)
	}
	if e.Rehearsed {
		return did, nil
	}
	return did, each(who.ID)
}
