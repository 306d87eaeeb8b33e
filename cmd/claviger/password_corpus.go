package main

import (
	"errors"
	"os"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/pkg/breach"
)

func (p *program) passwordCorpusCommand() *cobra.Command {
	var (
		into   string
		asJSON bool
	)
	cmd := &cobra.Command{
		Use:   "corpus FILE [--out CORPUS]",
		Short: "Check a list of stolen passwords, or make it smaller",
		Long: `Reads a list of the SHA-1 hashes of stolen passwords from beginning to end: in
text, with a line HASH:COUNT for each, in order of the hashes; or as this command
writes it. With --out, a list in text is written with 20 bytes for each hash,
which takes less than half the space. A server that uses CORPUS goes over to the
new one at the next password.`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			path := args[0]
			info, err := os.Stat(path)
			if err != nil {
				return err
			}
			bar := newProgress(p.stderr, p.now)
			show := func(bytes, hashes int64) {
				bar.show(min(float64(bytes)/float64(max(info.Size(), 1)), 1), hashes, "hashes")
			}
			var n int64
			if into == "" {
				n, err = breach.Verify(path, show)
			} else {
				n, err = buildCorpus(path, into, show)
			}
			bar.done()
			if err != nil {
				return err
			}
			return p.printSaid(asJSON, map[string]int64{"hashes": n}, plural(n, "hash", "hashes")+", in order")
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().StringVar(&into, "out", "", "`file` to write")
	return cmd
}

func buildCorpus(path, into string, show func(bytes, hashes int64)) (n int64, err error) {
	text, err := os.Open(path) //nolint:gosec // the operator named it
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, text.Close()) }()
	return breach.Build(text, into, show)
}
