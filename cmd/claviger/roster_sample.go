package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/pkg/enroll/roster"
)

func (p *program) rosterSampleCommand() *cobra.Command {
	var (
		rows int
		seed uint64
		out  string
	)
	cmd := &cobra.Command{
		Use:   "sample --rows N --seed S [--out FILE]",
		Short: "Make a synthetic roster",
		Long: `Writes a roster of people who do not exist, in the format of the NPPES provider
file with the columns Email, Organization and Roles added. The same seed makes the
same file. The NPIs have valid check digits.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if out != "" {
				f, err := os.OpenFile(out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // the operator names the file
				if errors.Is(err, fs.ErrExist) {
					return free(out)
				}
				if err != nil {
					return err
				}
				if err := errors.Join(roster.Sample(f, rows, seed), f.Close()); err != nil {
					return err
				}
				_, err = fmt.Fprintf(p.stderr, "wrote %s to %s\n", plural(rows, "person", "people"), out)
				return err
			}
			return roster.Sample(p.stdout, rows, seed)
		},
	}
	cmd.Flags().IntVar(&rows, "rows", 25, "number of people")
	cmd.Flags().Uint64Var(&seed, "seed", 1, "seed")
	cmd.Flags().StringVar(&out, "out", "", "new `file`; standard output without it")
	return cmd
}
