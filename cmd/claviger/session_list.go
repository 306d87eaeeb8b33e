package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/pkg/pages"
	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/storage"
)

// sessionDocument is a session as the command prints it.
type sessionDocument struct {
	ID           string    `json:"session"`
	UserID       string    `json:"user_id"`
	Since        time.Time `json:"since"`
	LastActivity time.Time `json:"last_activity"`
	EndsAt       time.Time `json:"ends_at"`
	EndsAtLatest time.Time `json:"ends_at_latest"`
	Address      string    `json:"address,omitempty"`
	UserAgent    string    `json:"user_agent,omitempty"`
	AMR          []string  `json:"amr"`
	Shared       bool      `json:"shared"`
	Clients      []string  `json:"clients"`
}

// sessionsListed is how many sessions are listed at most, unless more are asked for.
const sessionsListed = 1000

func (p *program) sessionListCommand() *cobra.Command {
	var (
		whose  scopeFlags
		limit  int
		asJSON bool
	)
	cmd := &cobra.Command{
		Use:   "list (USER-ID | --org ORG | --client ID | --everyone)",
		Short: "List who is signed in, and where",
		Long: `Lists the sessions of a person, or of whoever has a role in an organization or in a
part of it, or those in which an application took part, or all: the oldest first, those
of an organization by who has a role there, with the applications that took part. It
ends when nobody does anything until then. That they were read is recorded in the audit
log.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			if err := whose.check(cmd, args); err != nil {
				return err
			}
			if limit < 1 || limit > 100000 {
				return usageError{fmt.Errorf("the limit is %d; it can be 1 to 100000", limit)}
			}
			return p.withSessions(ctx, func(in *installation, sessions *session.Service) error {
				scope, err := whose.scope(ctx, in, args)
				if err != nil {
					return err
				}
				found, more, err := listedSessions(ctx, sessions, scope, limit)
				if err != nil {
					return err
				}
				var people []string
				for _, s := range found {
					people = append(people, s.PersonID)
				}
				names, err := in.userIDs(ctx, people...)
				if err != nil {
					return err
				}
				list := []sessionDocument{}
				for _, s := range found {
					list = append(list, sessionDocument{
						ID: s.ID, UserID: names[s.PersonID], Since: s.CreatedAt, LastActivity: s.LastActivity, EndsAt: s.Deadline, EndsAtLatest: s.AbsoluteDeadline,
						Address: s.Address, UserAgent: s.UserAgent,
						AMR: append([]string{}, s.AMR...), Shared: s.Shared, Clients: append([]string{}, s.Clients...),
					})
				}
				if more {
					_, _ = fmt.Fprintf(p.stderr, "There are more sessions than these %d; --limit lists more.\n", limit)
				}
				return printTable(p.stdout, asJSON, list, "USER ID\tSESSION\tSINCE\tLAST ACTIVITY\tENDS\tADDRESS\tBROWSER\tAPPLICATIONS", func(d sessionDocument) []any {
					return []any{
						d.UserID, d.ID, when(d.Since), when(d.LastActivity), when(d.EndsAt), d.Address,
						pages.BrowserName(d.UserAgent), strings.Join(d.Clients, " "),
					}
				})
			})
		},
	}
	whose.add(cmd)
	selects(cmd, "org", "client")
	cmd.Flags().IntVar(&limit, "limit", sessionsListed, "at most this `number`")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON, with everything that is known")
	return cmd
}

// sessionsAtOnce is how many sessions are read at once.
const sessionsAtOnce = 1000

// listedSessions puts pages together, each session once, and says whether there are others.
func listedSessions(ctx context.Context, sessions *session.Service, scope session.Scope, limit int) (all []storage.Session, more bool, err error) {
	seen := map[string]bool{}
	for at := (session.Place{}); ; {
		some, next, err := sessions.List(ctx, session.Listing{Scope: scope, After: at, Limit: min(sessionsAtOnce, limit-len(all)+1), By: operator()})
		if err != nil {
			return nil, false, err
		}
		for _, one := range some {
			if seen[one.ID] {
				continue
			}
			if len(all) == limit {
				return all, true, nil
			}
			seen[one.ID] = true
			all = append(all, one)
		}
		if at = next; at.IsZero() {
			return all, false, nil
		}
	}
}
