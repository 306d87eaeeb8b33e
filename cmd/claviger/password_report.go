package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/pkg/password"
)

// storedScheme is a line of the report.
type storedScheme struct {
	Scheme string `json:"scheme"`
	People int64  `json:"people"`
	// Weak: below what is recommended for the algorithm.
	Weak bool `json:"below_floor"`
	// Current: what new hashes are like.
	Current bool `json:"current"`
	// OldKey is how many of them are sealed with a key that is not the newest.
	OldKey int64 `json:"old_key"`
}

func (p *program) passwordReportCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "report",
		Short: "Count the stored password hashes by algorithm and cost, the weakest first",
		Long: `Counts the personal passwords by the algorithm and cost of their hashes, the
weakest first, and how many of them are sealed with an older key (see: claviger
key new-verifier-key). A hash that is not what the configuration asks for is made
anew, and one under an older key sealed anew, when its owner next signs in. No hash
is opened.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			in, err := p.open(cmd.Context(), false)
			if err != nil {
				return err
			}
			defer func() { _ = in.close() }()
			hasher, err := newHasher(in.config.Password)
			if err != nil {
				return err
			}
			counts, err := in.credentials(nil, nil).Schemes(cmd.Context())
			if err != nil {
				return err
			}
			lines := []storedScheme{}
			for scheme, n := range counts {
				lines = append(lines, storedScheme{scheme, n.People, password.Cost(scheme) < 1, scheme == hasher.Scheme(), n.OldKey})
			}
			slices.SortFunc(lines, func(a, b storedScheme) int {
				return cmp.Or(cmp.Compare(password.Cost(a.Scheme), password.Cost(b.Scheme)), cmp.Compare(a.Scheme, b.Scheme))
			})
			return p.printSchemes(lines, asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func (p *program) printSchemes(lines []storedScheme, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(p.stdout).Encode(lines)
	}
	if len(lines) == 0 {
		_, err := fmt.Fprintln(p.stdout, "nobody has a personal password yet")
		return err
	}
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "PEOPLE\tOLDER KEY\tSCHEME\t")
	for _, line := range lines {
		note := ""
		switch {
		case line.Current:
			note = "current"
		case line.Weak:
			note = "below the recommended least"
		}
		_, _ = fmt.Fprintf(w, "%d\t%d\t%s\t%s\n", line.People, line.OldKey, line.Scheme, note)
	}
	return w.Flush()
}
