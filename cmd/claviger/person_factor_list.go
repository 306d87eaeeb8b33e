package main

import (
	"context"
	"strconv"
	"time"

	"github.com/spf13/cobra"
)

// factorDocument is something that a person has besides the password, as the commands
// print it.
type factorDocument struct {
	ID        string    `json:"factor"`
	Kind      string    `json:"kind"`
	CreatedAt time.Time `json:"created_at"`
	UsedAt    time.Time `json:"used_at,omitzero"`
}

func (p *program) personFactorListCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list USER-ID",
		Short: "List the second factors of a person",
		Long: `Lists what a person has besides the password, and how many recovery codes are left.
What it is called, its owner alone sees. That it was read is recorded in the audit log.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.change(cmd.Context(), false, func(in *installation) error {
				who, _, err := in.accounts(nil).Find(cmd.Context(), args[0], operator())
				if err != nil {
					return err
				}
				list, codes, err := in.factorsOf(cmd.Context(), who.ID)
				if err != nil {
					return err
				}
				if asJSON {
					return p.printSaid(true, map[string]any{"items": list, "recovery_codes": codes}, "")
				}
				if err := printTable(p.stdout, false, list, "FACTOR\tKIND\tADDED\tLAST USE", func(d factorDocument) []any {
					return []any{d.ID, d.Kind, when(d.CreatedAt), when(d.UsedAt)}
				}); err != nil {
					return err
				}
				return p.printSaid(false, nil, "recovery codes that are left: "+strconv.Itoa(codes))
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// factorsOf is what a person has, and how many recovery codes are left.
func (in *installation) factorsOf(ctx context.Context, personID string) ([]factorDocument, int, error) {
	factors, err := in.factors(nil)
	if err != nil {
		return nil, 0, err
	}
	all, codes, _, err := factors.ListByOperator(ctx, personID, operator())
	list := []factorDocument{}
	for _, a := range all {
		list = append(list, factorDocument{ID: a.ID, Kind: string(a.Kind), CreatedAt: a.CreatedAt, UsedAt: a.UsedAt})
	}
	return list, codes, err
}
