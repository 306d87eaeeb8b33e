package main

import (
	"encoding/hex"
	"time"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/storage"
)

// agreementDocument is a text that was published, in JSON.
type agreementDocument struct {
	Audience  string    `json:"audience"`
	Version   string    `json:"version"`
	Language  string    `json:"language"`
	SHA256    string    `json:"sha256"`
	Effective time.Time `json:"effective"`
	Grace     string    `json:"grace"`
	Published time.Time `json:"published"`
}

func (p *program) agreementListCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List what was published",
		Long:  "Lists every text that was published, by audience and time of effect.",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			return p.change(ctx, false, func(in *installation) error {
				var all []storage.Agreement
				if err := in.store.View(ctx, func(tx storage.Tx) (err error) {
					all, err = tx.Agreements().Published(ctx)
					return err
				}); err != nil {
					return err
				}
				list := []agreementDocument{}
				for _, a := range all {
					list = append(list, agreementDocument{
						Audience: a.Audience, Version: a.Version, Language: a.Language, SHA256: hex.EncodeToString(a.Hash),
						Effective: a.EffectiveAt, Grace: a.Grace.String(), Published: a.PublishedAt,
					})
				}
				return printTable(p.stdout, asJSON, list, "AUDIENCE\tVERSION\tLANGUAGE\tEFFECTIVE\tGRACE\tSHA-256", func(d agreementDocument) []any {
					return []any{d.Audience, d.Version, d.Language, when(d.Effective), d.Grace, d.SHA256}
				})
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}
