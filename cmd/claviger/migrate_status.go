package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/storage/sqlite"
	"github.com/claviger-id/claviger/storage/sqlstore"
)

// schema is what can be asked of a database whose schema may be behind.
type schema interface {
	Pending(context.Context) ([]sqlstore.Migration, error)
	Migrate(context.Context) error
}

// migrationDocument is a step of the schema as the commands print it.
type migrationDocument struct {
	Number int64  `json:"number"`
	Name   string `json:"name"`
}

func (p *program) migrateStatusCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "status",
		Short: "List the steps of the schema that are pending",
		Long: `Lists the steps that the database of the installation needs for this version of
claviger, and changes nothing. There is none where everything is well.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.withSchema(cmd.Context(), func(_ *installation, s schema) error {
				pending, err := s.Pending(cmd.Context())
				if err != nil {
					return explainOpen("the database", err)
				}
				list := []migrationDocument{}
				for _, m := range pending {
					list = append(list, migrationDocument{m.Number, m.Name})
				}
				return printTable(p.stdout, asJSON, list, "STEP\tNAME", func(m migrationDocument) []any { return []any{m.Number, m.Name} })
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// withSchema opens the database of an installation, also where its schema is behind.
func (p *program) withSchema(ctx context.Context, do func(*installation, schema) error) error {
	c, err := p.load()
	if err != nil {
		return err
	}
	in := &installation{config: c, log: newLog(p.stderr, c.Log), now: p.now, unmigrated: true, files: map[string]*sqlite.File{}}
	if err := in.openDirectory(false); err != nil {
		return err
	}
	if in.root, err = in.findRoot(false); err != nil {
		return err
	}
	if err := in.openStore(ctx, false); err != nil {
		return err
	}
	defer func() { _ = in.close() }()
	s, ok := in.store.(schema)
	if !ok {
		return errors.New("this database has no schema of its own")
	}
	return do(in, s)
}
