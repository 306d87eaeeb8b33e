package main

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/oidc/backchannel"
	"github.com/claviger-id/claviger/storage"
)

// logoutDocument is a line of the logout ledger as the command prints it.
type logoutDocument struct {
	ID        string              `json:"id"`
	Client    string              `json:"client"`
	Session   string              `json:"session"`
	Person    string              `json:"person"`
	UserID    string              `json:"user_id,omitempty"`
	Reason    string              `json:"reason"`
	State     storage.LogoutState `json:"state"`
	Attempts  int64               `json:"attempts"`
	Status    int64               `json:"last_status,omitempty"`
	Answer    string              `json:"last_answer,omitempty"`
	EndedAt   time.Time           `json:"ended_at"`
	AskedAt   time.Time           `json:"asked_at,omitzero"`
	NextAt    time.Time           `json:"next_at,omitzero"`
	SettledAt time.Time           `json:"settled_at,omitzero"`
}

func (p *program) logoutListCommand() *cobra.Command {
	var (
		asJSON          bool
		clientID, state string
		userID          string
		limit           int
	)
	cmd := &cobra.Command{
		Use:   "list [--user-id USER-ID] [--client ID] [--state pending|delivered|refused|gave_up]",
		Short: "List which applications were told of the end of sessions, newest first",
		Long: `Lists the logout ledger: for each session that ended, why it did, whose it was (--json
has the ID of the account besides), each application that has to be told, how often it
was, and how it answered. Lines are kept for thirty days after they are settled.
That the list was read is recorded in the audit log.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			if state != "" && !slices.Contains(backchannel.States(), storage.LogoutState(state)) {
				return usageError{fmt.Errorf("the state is %q; it can be pending, delivered, refused or gave_up", state)}
			}
			if limit < 1 || limit > 10000 {
				return usageError{fmt.Errorf("the limit is %d; it can be 1 to 10000", limit)}
			}
			return p.change(ctx, false, func(in *installation) error {
				if clientID != "" {
					if err := known(ctx, in, clientID); err != nil {
						return err
					}
				}
				of := storage.LogoutFilter{ClientID: clientID, State: storage.LogoutState(state)}
				if userID != "" {
					who, _, err := in.accounts(nil).Find(ctx, userID, operator())
					if err != nil {
						return err
					}
					of.PersonID = who.ID
				}
				logouts := &backchannel.Logouts{Store: in.store, Now: in.now, Log: in.log}
				found, err := logouts.Ledger(ctx, of, storage.LogoutPlace{}, limit, operator())
				if err != nil {
					return err
				}
				var people []string
				for _, l := range found {
					people = append(people, l.PersonID)
				}
				names, err := in.userIDs(ctx, people...)
				if err != nil {
					return err
				}
				list := []logoutDocument{}
				for _, l := range found {
					d := logoutDocument{
						ID: l.ID, Client: l.ClientID, Session: l.SessionID, Person: l.PersonID, UserID: names[l.PersonID], Reason: l.Reason, State: l.State, Attempts: l.Attempts,
						Status: l.LastStatus, Answer: l.LastAnswer, EndedAt: l.CreatedAt, AskedAt: l.AskedAt, SettledAt: l.SettledAt,
					}
					if l.State == storage.LogoutPending {
						d.NextAt = l.NextAt
					}
					list = append(list, d)
				}
				return printTable(p.stdout, asJSON, list, "ENDED\tREASON\tUSER ID\tAPPLICATION\tSTATE\tTRIES\tANSWER\tID", func(d logoutDocument) []any {
					return []any{when(d.EndedAt), d.Reason, cmp.Or(d.UserID, d.Person), d.Client, d.State, d.Attempts, d.Answer, d.ID}
				})
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON, with everything that is known")
	cmd.Flags().StringVar(&userID, "user-id", "", "lines of the sessions of the person with this `User ID` only")
	cmd.Flags().StringVar(&clientID, "client", "", "lines of the application with this `ID` only")
	cmd.Flags().StringVar(&state, "state", "", "lines in this `state` only")
	selects(cmd, "user-id", "client", "state")
	cmd.Flags().IntVar(&limit, "limit", 100, "at most this `number`")
	return cmd
}
