package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/storage"
)

// initialTokenLine is a token as it is listed.
type initialTokenLine struct {
	ID        string    `json:"id"`
	Note      string    `json:"note"`
	State     string    `json:"state"`
	Uses      int64     `json:"uses"`
	MaxUses   int64     `json:"max_uses"`
	ExpiresAt time.Time `json:"expires_at"`
	Scopes    []string  `json:"scopes"`
}

func (p *program) initialTokenListCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the tokens with which applications register themselves",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			in, err := p.open(ctx, false)
			if err != nil {
				return err
			}
			defer func() { _ = in.close() }()
			lines := []initialTokenLine{}
			if err := in.store.View(ctx, func(tx storage.Tx) error {
				for after := ""; ; {
					page, err := tx.InitialTokens().List(ctx, after, clientPage)
					if err != nil || len(page) == 0 {
						return err
					}
					for _, t := range page {
						lines = append(lines, initialTokenLine{t.ID, t.Note, initialTokenState(t, tx.Now()), t.Uses, t.MaxUses, t.ExpiresAt, t.Scopes})
					}
					after = page[len(page)-1].ID
				}
			}); err != nil {
				return err
			}
			return printTable(p.stdout, asJSON, lines, "ID\tSTATE\tUSES\tEXPIRES\tSCOPES\tNOTE", func(l initialTokenLine) []any {
				return []any{l.ID, l.State, fmt.Sprintf("%d of %d", l.Uses, l.MaxUses), when(l.ExpiresAt), strings.Join(l.Scopes, " "), l.Note}
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func initialTokenState(t storage.InitialToken, now time.Time) string {
	switch {
	case !t.RevokedAt.IsZero():
		return "revoked"
	case t.Uses >= t.MaxUses:
		return "used"
	case !t.ExpiresAt.After(now):
		return "expired"
	}
	return "usable"
}
