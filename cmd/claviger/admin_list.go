package main

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/storage"
)

// operatorDocument is a role of an operator as the command prints it.
type operatorDocument struct {
	Kind storage.OperatorKind `json:"kind"`
	// Name is a User ID, or the ID of an application.
	Name  string    `json:"name"`
	Role  string    `json:"role"`
	Since time.Time `json:"since"`
	By    string    `json:"by"`
}

func (p *program) adminListCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the operators",
		Long: `Lists who has which role in the admin API, since when and from whom. That they were
read is recorded in the audit log.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.change(cmd.Context(), false, func(in *installation) error {
				list, err := in.listOperators(cmd.Context())
				if err != nil {
					return err
				}
				return printTable(p.stdout, asJSON, list, "KIND\tNAME\tROLE\tSINCE\tBY", func(d operatorDocument) []any {
					return []any{d.Kind, d.Name, d.Role, when(d.Since), d.By}
				})
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func (in *installation) listOperators(ctx context.Context) ([]operatorDocument, error) {
	all, err := in.operators().List(ctx, operator())
	if err != nil {
		return nil, err
	}
	people, list := &person.Directory{Keys: in.keyring}, []operatorDocument{}
	err = in.store.View(ctx, func(tx storage.Tx) error {
		for _, o := range all {
			d := operatorDocument{Kind: o.Kind, Name: o.ID, Role: o.Role, Since: o.AppointedAt, By: o.AppointedBy}
			if o.Kind == storage.OperatorPerson {
				who, err := tx.People().Get(ctx, o.ID)
				if err != nil {
					return err
				}
				profile, err := people.Open(who)
				if err != nil {
					return err
				}
				d.Name = profile.UserID
			}
			list = append(list, d)
		}
		return nil
	})
	slices.SortFunc(list, func(a, b operatorDocument) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Role, b.Role))
	})
	return list, err
}
