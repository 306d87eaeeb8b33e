package main

import (
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/pkg/session"
)

// sessionDocument is a session as the command prints it.
type sessionDocument struct {
	ID           string    `json:"session"`
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

func (p *program) sessionListCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list USER-ID",
		Short: "List where somebody is signed in",
		Long: `Lists the sessions of a person, the oldest first, with the applications that took
part. That they were read is recorded in the audit log.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			return p.withSessions(ctx, func(in *installation, sessions *session.Service) error {
				who, _, err := in.accounts(nil).Find(ctx, args[0], operator())
				if err != nil {
					return err
				}
				found, err := sessions.List(ctx, who.ID, operator())
				if err != nil {
					return err
				}
				list := []sessionDocument{}
				for _, s := range found {
					list = append(list, sessionDocument{
						ID: s.ID, Since: s.CreatedAt, LastActivity: s.LastActivity, EndsAt: s.Deadline, EndsAtLatest: s.AbsoluteDeadline,
						Address: s.Address, UserAgent: s.UserAgent,
						AMR: append([]string{}, s.AMR...), Shared: s.Shared, Clients: append([]string{}, s.Clients...),
					})
				}
				return printTable(p.stdout, asJSON, list, "SESSION\tSINCE\tLAST ACTIVITY\tADDRESS\tAPPLICATIONS", func(d sessionDocument) []any {
					return []any{d.ID, d.Since.Format(time.RFC3339), d.LastActivity.Format(time.RFC3339), d.Address, strings.Join(d.Clients, " ")}
				})
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON, with everything that is known")
	return cmd
}
