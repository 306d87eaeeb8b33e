package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/enroll"
	"github.com/claviger-id/claviger/pkg/keys"
	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/pkg/recovery"
	"github.com/claviger-id/claviger/storage"
)

func (p *program) enrollImportCommand() *cobra.Command {
	var (
		o       enroll.Options
		deliver string
		asJSON  bool
	)
	cmd := &cobra.Command{
		Use:   "import ROSTER.csv [--letters DIR | --deliver mail|webhook] [--resume]",
		Short: "Make accounts from a roster file",
		Long: `Reads the provider file that NPPES publishes, by its header names, with the
columns Email, Organization and Roles added where you have them, and makes an account for each person in
it. Rows that cannot be used are told in a rejects file, and the rest goes on.

With --letters, each person without a credential gets a temporary password, and
two letters are written, as text and HTML: DIR/user-id/REFERENCE and
DIR/temporary-password/REFERENCE. Send them apart. Without --letters no
temporary password exists; import the same file again with --letters to issue
them.

With --deliver, each of them is sent the User ID and, apart from it, a link that
shows a temporary password once: by mail, or through the webhook that the
configuration names. A running server delivers. Who has no address is counted,
and gets nothing.

Where enroll.second_person is set, the first operator who comes with a roster hands it
in, and no account is made until somebody else imports the same file.

An import may be interrupted at any moment, and goes on with --resume. A file
that was imported before may be imported again: whoever has an account keeps it.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Path = args[0]
			if o.RejectsPath == "" {
				o.RejectsPath = o.Path + ".rejects.csv"
			}
			return p.importRoster(cmd.Context(), o, deliver, asJSON)
		},
	}
	cmd.Flags().StringVar(&o.LettersDir, "letters", "", "`directory` for letters; issues temporary passwords")
	cmd.Flags().StringVar(&deliver, "deliver", "", "send temporary passwords by `channel`: mail or webhook")
	cmd.MarkFlagsMutuallyExclusive("letters", "deliver")
	cmd.Flags().StringVar(&o.RejectsPath, "rejects", "", "`file` for rows that cannot be used (default ROSTER.csv.rejects.csv)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().BoolVar(&o.Resume, "resume", false, "go on with an import that was interrupted")
	return cmd
}

func (p *program) importRoster(ctx context.Context, o enroll.Options, deliver string, asJSON bool) error {
	// A mistyped name makes no installation.
	if _, err := os.Stat(o.Path); err != nil {
		return fmt.Errorf("roster: %w", err)
	}
	in, err := p.open(ctx, true)
	if err != nil {
		return err
	}
	defer func() { _ = in.close() }()
	if deliver != "" {
		handOut, err := in.handOut(deliver)
		if err != nil {
			return usageError{err}
		}
		o.HandOut = func(ctx context.Context, tx storage.Tx, personID string) error {
			return handOut(ctx, tx, recovery.Handout{PersonID: personID, By: operator()})
		}
	}
	key, err := keys.OpenAuditKey(ctx, in.store, in.keyring)
	if err != nil {
		return err
	}
	importer, err := in.importer(ctx)
	if err != nil {
		return err
	}
	bar := newProgress(p.stderr, p.now)
	o.Progress = func(now enroll.Progress) {
		bar.show(now.Fraction, now.Created+now.Known+now.Rejected, "rows")
	}
	result, err := importer.Import(ctx, o)
	bar.done()
	// Whatever became of the import, the events of what it did get their place.
	sequencer := &audit.Sequencer{Store: in.store, Signer: key.Signer, Log: in.log}
	err = errors.Join(err, sequencer.Finish(context.WithoutCancel(ctx)))
	if err != nil {
		return err
	}
	if asJSON {
		return json.NewEncoder(p.stdout).Encode(importDocument{
			HandedIn: result.HandedIn, Created: result.Created, Known: result.Known, Rejected: result.Rejected, Letters: result.Letters, Unreached: result.Unreached,
		})
	}
	if result.HandedIn {
		_, err = fmt.Fprintln(p.stdout, "handed in the roster; nothing was made of it yet: somebody else has to import the same file")
		return err
	}
	_, err = fmt.Fprintf(p.stdout, "created %s, %s known, %s rejected", plural(result.Created, "account", "accounts"),
		plural(result.Known, "was", "were"), plural(result.Rejected, "row was", "rows were"))
	if result.Rejected > 0 {
		_, _ = fmt.Fprintf(p.stdout, " (see %s)", o.RejectsPath)
	}
	if deliver != "" {
		_, _ = fmt.Fprintf(p.stdout, "\n%s sent their User ID and a link by %s", plural(result.Letters, "person is", "people are"), deliver)
		if result.Unreached > 0 {
			_, _ = fmt.Fprintf(p.stdout, "; %s no address and got nothing", plural(result.Unreached, "has", "have"))
		}
		_, _ = fmt.Fprintln(p.stdout)
		return err
	}
	if o.LettersDir != "" {
		_, _ = fmt.Fprintf(p.stdout, "\nwrote letters for %s to %s; send the two folders apart\n", plural(result.Letters, "person", "people"), o.LettersDir)
	} else {
		_, _ = fmt.Fprint(p.stdout, "\nno temporary passwords were issued; import the same file again with --letters DIR to issue them to who has none\n")
	}
	return err
}

// importDocument is what became of an import, in JSON.
type importDocument struct {
	HandedIn  bool  `json:"handed_in"`
	Created   int64 `json:"created"`
	Known     int64 `json:"known"`
	Rejected  int64 `json:"rejected"`
	Letters   int64 `json:"letters"`
	Unreached int64 `json:"unreached"`
}

// letterhead is what all letters have in common.
func (in *installation) letterhead() (enroll.Letterhead, error) {
	brand := in.config.Brand
	zone, err := brand.Zone()
	if err != nil {
		return enroll.Letterhead{}, err
	}
	return enroll.NewLetterhead(enroll.Sender{
		Organization: brand.Name, Address: in.config.Public.Issuer, Application: brand.Application, ApplicationURL: brand.ApplicationURL,
		Zone: zone, Language: brand.Language, Help: in.help,
	})
}

// importer is the service, with the roles that there are now.
func (in *installation) importer(ctx context.Context) (*enroll.Importer, error) {
	pattern, err := enroll.ParsePattern(in.config.Enroll.UserIDPattern)
	if err != nil {
		return nil, usageError{err}
	}
	head, err := in.letterhead()
	if err != nil {
		return nil, err
	}
	var roles []string
	if err := in.store.View(ctx, func(tx storage.Tx) (err error) {
		roles, err = in.roleNames(ctx, tx)
		return err
	}); err != nil {
		return nil, err
	}
	return &enroll.Importer{
		Store: in.store, People: &person.Directory{Keys: in.keyring}, Pattern: pattern, Letterhead: head, Log: in.log,
		Credentials: in.credentials(nil, nil),
		ValidFor:    in.config.Password.TemporaryValidity.Duration,
		Roles:       roles, SecondPerson: in.config.Enroll.SecondPerson,
		Actor: operator(),
	}, nil
}
