package main

import (
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/pkg/event"
)

// subscriptionDocument is a subscription as the commands print it.
type subscriptionDocument struct {
	ID        string    `json:"subscription"`
	URL       string    `json:"url"`
	Kinds     []string  `json:"kinds"`
	Enabled   bool      `json:"enabled"`
	Next      int64     `json:"next_place"`
	CreatedAt time.Time `json:"created_at"`
}

func describeSubscription(n event.Subscription) subscriptionDocument {
	return subscriptionDocument{n.ID, n.URL, n.Kinds, n.Enabled, n.Next, n.CreatedAt}
}

func (p *program) eventListCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List who is told of events",
		Long: `Lists the subscriptions. next_place is the place in the audit log of the first event
that has not been handed on. That the list was read is recorded in the audit log.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.change(cmd.Context(), false, func(in *installation) error {
				service := in.events()
				found, err := service.List(cmd.Context(), operator())
				if err != nil {
					return err
				}
				list := []subscriptionDocument{}
				for _, n := range found {
					list = append(list, describeSubscription(n))
				}
				return printTable(p.stdout, asJSON, list, "SUBSCRIPTION\tENABLED\tURL\tKINDS", func(d subscriptionDocument) []any {
					return []any{d.ID, d.Enabled, d.URL, strings.Join(d.Kinds, " ")}
				})
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}
