package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/storage"
)

// deliveryDocument is a delivery as the commands print it.
type deliveryDocument struct {
	ID           string              `json:"delivery"`
	Subscription string              `json:"subscription"`
	Kind         string              `json:"kind"`
	Event        string              `json:"event"`
	Place        int64               `json:"place"`
	State        storage.ParcelState `json:"state"`
	Attempts     int64               `json:"attempts"`
	Status       int64               `json:"last_status,omitempty"`
	Answer       string              `json:"last_answer,omitempty"`
	CreatedAt    time.Time           `json:"created_at"`
	NextAt       time.Time           `json:"next_at,omitzero"`
	SettledAt    time.Time           `json:"settled_at,omitzero"`
}

func (p *program) eventDeliveriesCommand() *cobra.Command {
	var asJSON bool
	var state string
	var limit int
	states := []string{string(storage.ParcelPending), string(storage.ParcelSent), string(storage.ParcelBounced), string(storage.ParcelGaveUp)}
	cmd := &cobra.Command{
		Use:   "deliveries [--state pending|sent|bounced|gave_up]",
		Short: "List what subscriptions were told of, newest first",
		Long: `Lists deliveries, how often each was tried, and what the answer was. They are known
for 90 days. That the list was read is recorded in the audit log.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if state != "" && !slices.Contains(states, state) {
				return usageError{fmt.Errorf("the state is %q; it can be pending, sent, bounced or gave_up", state)}
			}
			if limit < 1 || limit > 10000 {
				return usageError{fmt.Errorf("the limit is %d; it can be 1 to 10000", limit)}
			}
			return p.change(cmd.Context(), false, func(in *installation) error {
				service := in.events()
				found, err := service.Deliveries(cmd.Context(), storage.ParcelState(state), "", limit, operator())
				if err != nil {
					return err
				}
				list := []deliveryDocument{}
				for _, d := range found {
					one := deliveryDocument{
						ID: d.ID, Subscription: d.Subscription, Kind: d.Kind, Event: d.Event, Place: d.Place, State: d.State, Attempts: d.Attempts,
						Status: d.LastStatus, Answer: d.LastAnswer, CreatedAt: d.CreatedAt, SettledAt: d.SettledAt,
					}
					if d.State == storage.ParcelPending {
						one.NextAt = d.NextAt
					}
					list = append(list, one)
				}
				return printTable(p.stdout, asJSON, list, "MADE\tSUBSCRIPTION\tKIND\tSTATE\tTRIES\tANSWER\tDELIVERY", func(d deliveryDocument) []any {
					return []any{when(d.CreatedAt), d.Subscription, d.Kind, d.State, d.Attempts, d.Answer, d.ID}
				})
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON, with everything that is known")
	cmd.Flags().StringVar(&state, "state", "", "those in this `state` only")
	selects(cmd, "state")
	cmd.Flags().IntVar(&limit, "limit", 100, "at most this `number`")
	return cmd
}
