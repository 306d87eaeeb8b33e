package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/mod/sumdb/note"

	"github.com/claviger-id/claviger/pkg/agreement"
	"github.com/claviger-id/claviger/pkg/keys"
)

func (p *program) agreementVerifyCommand() *cobra.Command {
	var (
		key, document string
		asJSON        bool
	)
	cmd := &cobra.Command{
		Use:   "verify FILE [--key KEY] [--document FILE]",
		Short: "Check a receipt of an acceptance",
		Long: `Checks the signature of a receipt that somebody downloaded, and prints what it
says. FILE may be - for standard input.

Without --key it is checked against the key of the installation. With --key, which is
the public key of the audit log as claviger audit key prints it, no installation is
needed, and nobody has to be asked. With --document the receipt has to be for the
text in that file, byte by byte.

A receipt says what was so when it was issued; what was taken back later stands in
claviger agreement report.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			receipt, err := p.readReceipt(args[0])
			if err != nil {
				return err
			}
			verifier, err := p.receiptVerifier(cmd.Context(), key)
			if err != nil {
				return err
			}
			says, err := agreement.Verify(receipt, verifier)
			if err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			if document != "" {
				if err := isFor(says, document); err != nil {
					return err
				}
			}
			return p.printStatement(says, asJSON)
		},
	}
	cmd.Flags().StringVar(&key, "key", "", "public `key` of the audit log, instead of the installation's")
	cmd.Flags().StringVar(&document, "document", "", "`file` with the text that was accepted")
	selects(cmd, "key", "document")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func (p *program) readReceipt(path string) ([]byte, error) {
	from := p.stdin
	if path != "-" {
		f, err := os.Open(path) //nolint:gosec // the operator named it
		if err != nil {
			return nil, err
		}
		defer func() { _ = f.Close() }()
		from = f
	}
	return io.ReadAll(io.LimitReader(from, agreement.MaxReceipt+1))
}

func (p *program) receiptVerifier(ctx context.Context, key string) (note.Verifier, error) {
	if key != "" {
		verifier, err := note.NewVerifier(key)
		if err != nil {
			return nil, usageError{errors.New("--key is no key of an audit log")}
		}
		return verifier, nil
	}
	in, err := p.open(ctx, false)
	if err != nil {
		return nil, err
	}
	defer func() { _ = in.close() }()
	own, err := keys.OpenAuditKey(ctx, in.store, in.keyring)
	if err != nil {
		return nil, err
	}
	return note.NewVerifier(own.Verifier)
}

func isFor(says agreement.Statement, path string) error {
	text, err := readDocument(path)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(text)
	if has := hex.EncodeToString(sum[:]); has != says.SHA256 {
		return fmt.Errorf("the receipt is for another text: its SHA-256 is %s, that of %s is %s", says.SHA256, path, has)
	}
	return nil
}

func (p *program) printStatement(says agreement.Statement, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(p.stdout).Encode(says)
	}
	until := "stood"
	if !says.WithdrawnAt.IsZero() {
		until = "had been taken back at " + says.WithdrawnAt.Format(time.RFC3339)
	}
	_, err := fmt.Fprintf(p.stdout, "the receipt is sound\n%s accepted version %s for %s, in %s, at %s\nit %s when the receipt was issued, at %s\nSHA-256 of the text: %s\n",
		says.UserID, says.Version, says.Audience, says.Language, says.AcceptedAt.Format(time.RFC3339), until, says.IssuedAt.Format(time.RFC3339), says.SHA256)
	return err
}
