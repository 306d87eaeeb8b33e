package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/pkg/mail"
	"github.com/claviger-id/claviger/pkg/outbox"
	"github.com/claviger-id/claviger/storage"
)

// mailDocument is a mail as the command prints it: everything but what it said.
type mailDocument struct {
	Mail     string              `json:"mail"`
	Template string              `json:"template"`
	State    storage.ParcelState `json:"state"`
	To       string              `json:"to"`
	Person   string              `json:"person,omitempty"`
	Attempts int64               `json:"attempts"`
	Status   int64               `json:"status,omitempty"`
	Answer   string              `json:"answer,omitempty"`
	MadeAt   time.Time           `json:"made_at"`
	NextAt   time.Time           `json:"next_at,omitzero"`
	EndedAt  time.Time           `json:"ended_at,omitzero"`
}

// mailCarriers are the carriers whose parcels the list has, as over the admin API.
var mailCarriers = []string{mail.Carrier, "webhook"}

func (p *program) mailListCommand() *cobra.Command {
	var (
		asJSON  bool
		state   string
		carrier string
		userID  string
		limit   int
	)
	cmd := &cobra.Command{
		Use:   "list [--user-id USER-ID] [--state pending|sent|bounced|gave_up]",
		Short: "List what was mailed, newest first",
		Long: `Lists mails of the last 90 days and what became of them. What they said is not
kept. That the list was read is recorded in the audit log.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			if !slices.Contains([]string{"", "pending", "sent", "bounced", "gave_up"}, state) {
				return usageError{fmt.Errorf("the state is %q; it can be pending, sent, bounced or gave_up", state)}
			}
			if !slices.Contains(mailCarriers, carrier) {
				return usageError{fmt.Errorf("the carrier is %q; it can be mail or webhook", carrier)}
			}
			if limit < 1 || limit > 10000 {
				return usageError{fmt.Errorf("the limit is %d; it can be 1 to 10000", limit)}
			}
			return p.change(ctx, false, func(in *installation) error {
				of := storage.ParcelFilter{Carrier: carrier, State: storage.ParcelState(state)}
				if userID != "" {
					who, _, err := in.accounts(nil).Find(ctx, userID, operator())
					if err != nil {
						return err
					}
					of.PersonID = who.ID
				}
				log := mail.Log{Store: in.store, Box: outbox.Box{Keys: in.keyring}}
				found, err := log.List(ctx, of, "", limit, operator())
				if err != nil {
					return err
				}
				list := []mailDocument{}
				for _, m := range found {
					d := mailDocument{
						Mail: m.ID, Template: m.Kind, State: m.State, To: m.To, Person: m.PersonID, Attempts: m.Attempts,
						Status: m.LastStatus, Answer: m.LastAnswer, MadeAt: m.CreatedAt, EndedAt: m.SettledAt,
					}
					if m.State == storage.ParcelPending {
						d.NextAt = m.NextAt
					}
					list = append(list, d)
				}
				return printTable(p.stdout, asJSON, list, "MADE\tSTATE\tTEMPLATE\tTO\tTRIES\tANSWER", func(d mailDocument) []any {
					return []any{when(d.MadeAt), d.State, d.Template, d.To, d.Attempts, d.Answer}
				})
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().StringVar(&userID, "user-id", "", "mails about the person with this `User ID` only")
	cmd.Flags().StringVar(&state, "state", "", "mails of this `state` only")
	cmd.Flags().StringVar(&carrier, "carrier", mail.Carrier, "mail, or webhook")
	selects(cmd, "user-id", "state", "carrier")
	cmd.Flags().IntVar(&limit, "limit", 100, "at most this `number`")
	return cmd
}
