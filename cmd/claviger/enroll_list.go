package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/pkg/enroll"
	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/storage"
)

// applicationDocument is an application as the commands print it.
type applicationDocument struct {
	Reference   string                   `json:"reference"`
	State       storage.ApplicationState `json:"state"`
	Source      string                   `json:"source"`
	SubmittedBy string                   `json:"submitted_by"`
	SubmittedAt time.Time                `json:"submitted_at"`
	DecidedBy   string                   `json:"decided_by,omitempty"`
	DecidedAt   time.Time                `json:"decided_at,omitzero"`
	Reason      string                   `json:"reason,omitempty"`
	// KnownAs is the state of an account that has this NPI already.
	KnownAs   storage.PersonState `json:"known_as,omitempty"`
	Applicant person.Profile      `json:"applicant"`
}

func describeApplication(a enroll.Application) applicationDocument {
	return applicationDocument{
		Reference: a.ID, State: a.State, Source: a.Source, SubmittedBy: a.SubmittedBy, SubmittedAt: a.SubmittedAt,
		DecidedBy: a.DecidedBy, DecidedAt: a.DecidedAt, Reason: a.Reason, KnownAs: a.KnownAs, Applicant: a.Applicant,
	}
}

// applicationPage is how many applications are read at once.
const applicationPage = 200

func (p *program) enrollListCommand() *cobra.Command {
	var (
		asJSON bool
		state  string
	)
	cmd := &cobra.Command{
		Use:   "list [--state submitted|approved|rejected]",
		Short: "List applications for accounts, oldest first",
		Long: `Lists applications for accounts. That they were read is recorded in the audit
log.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			known := []storage.ApplicationState{storage.ApplicationSubmitted, storage.ApplicationApproved, storage.ApplicationRejected}
			if !slices.Contains(known, storage.ApplicationState(state)) {
				return usageError{fmt.Errorf("the state is %q; it can be submitted, approved or rejected", state)}
			}
			return p.change(ctx, false, func(in *installation) error {
				s, err := in.applications()
				if err != nil {
					return err
				}
				list := []applicationDocument{}
				for after := (storage.Application{}); ; {
					page, err := s.List(ctx, storage.ApplicationState(state), after, applicationPage, operator())
					if err != nil {
						return err
					}
					for _, a := range page {
						list = append(list, describeApplication(a))
						after = a.Application
					}
					if len(page) < applicationPage {
						break
					}
				}
				return printTable(p.stdout, asJSON, list, "REFERENCE\tHANDED IN\tSOURCE\tNPI\tNAME\tORGANIZATION\tNOTE", func(a applicationDocument) []any {
					note := a.Reason
					if a.KnownAs != "" {
						note = "has an account (" + string(a.KnownAs) + ")"
					}
					return []any{a.Reference, a.SubmittedAt.Format(time.DateOnly), a.Source, a.Applicant.NPI, a.Applicant.Name(), a.Applicant.Organization, note}
				})
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON, with everything that was written down")
	cmd.Flags().StringVar(&state, "state", "submitted", "applications of this `state`")
	selects(cmd, "state")
	return cmd
}
