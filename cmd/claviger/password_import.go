package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/pkg/credential"
	"github.com/claviger-id/claviger/pkg/password"
	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/storage"
)

// importBatch is how many rows are one transaction.
const importBatch = 200

func (p *program) passwordImportCommand() *cobra.Command {
	var (
		rejects, format string
		asJSON          bool
	)
	cmd := &cobra.Command{
		Use:   "import FILE [--format NAME]",
		Short: "Take over password hashes of another system",
		Long: `Gives people who have an account here the password that they have elsewhere, by its
hash. FILE is CSV with the columns user_id or npi, hash, and format; or JSON with
one object of such members a line. Formats:

  phc              $argon2id$…, $argon2i$…, $scrypt$…, $pbkdf2-sha256$…
  bcrypt           $2a$…, $2b$…, $2y$…
  django           auth_user.password
  keycloak         {"credentialData": …, "secretData": …}
  aspnet-identity  AspNetUsers.PasswordHash, version 2 and 3

Whoever has a personal password here keeps it, so the same file may be imported
again, also after an interruption. A hash is made anew at its owner's first sign-in.
Rows that cannot be used are told in a rejects file, without their hashes. FILE is
as secret as the passwords: remove it when it is done.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if format != "" && !slices.Contains(password.Formats(), format) {
				return usageError{fmt.Errorf("--format is %q; it can be %s", format, strings.Join(password.Formats(), ", "))}
			}
			if rejects == "" {
				rejects = args[0] + ".rejects.csv"
			}
			return p.change(cmd.Context(), false, func(in *installation) error {
				return p.importHashes(cmd.Context(), in, args[0], rejects, format, asJSON)
			})
		},
	}
	cmd.Flags().StringVar(&rejects, "rejects", "", "`file` for rows that cannot be used (default FILE.rejects.csv)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().StringVar(&format, "format", "", "`name` of the format of rows that name none")
	return cmd
}

// hashImport is an import that is under way.
type hashImport struct {
	in       *installation
	people   *person.Directory
	service  *credential.Service
	hasher   *password.Hasher
	format   string
	rejects  *csv.Writer
	imported int64
	kept     int64
	rejected int64
}

func (p *program) importHashes(ctx context.Context, in *installation, path, rejects, format string, asJSON bool) (err error) {
	rows, err := openHashRows(path)
	if err != nil {
		return err
	}
	defer func() { _ = rows.close() }()
	out, err := os.OpenFile(rejects, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600) //nolint:gosec // the operator named it
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	hasher, err := newHasher(in.config.Password)
	if err != nil {
		return err
	}
	w := &hashImport{
		in: in, people: &person.Directory{Keys: in.keyring}, service: in.credentials(nil, hasher), hasher: hasher, format: format, rejects: csv.NewWriter(out),
	}
	if err := w.rejects.Write([]string{"line", "reason"}); err != nil {
		return err
	}
	bar := newProgress(p.stderr, p.now)
	for more := true; more; {
		var batch []hashRow
		if batch, more, err = rows.next(importBatch); err != nil {
			return errors.Join(err, w.flush())
		}
		if err := w.batch(ctx, batch); err != nil {
			return errors.Join(err, w.flush())
		}
		bar.show(rows.fraction(), w.imported+w.kept+w.rejected, "rows")
	}
	bar.done()
	if err := w.flush(); err != nil {
		return err
	}
	if asJSON {
		return json.NewEncoder(p.stdout).Encode(map[string]int64{"imported": w.imported, "kept": w.kept, "rejected": w.rejected})
	}
	_, err = fmt.Fprintf(p.stdout, "imported %s, %s kept theirs, %s rejected", plural(w.imported, "password", "passwords"),
		plural(w.kept, "person", "people"), plural(w.rejected, "row was", "rows were"))
	if w.rejected > 0 {
		_, _ = fmt.Fprintf(p.stdout, " (see %s)", rejects)
	}
	_, _ = fmt.Fprintln(p.stdout)
	return err
}

func (w *hashImport) flush() error {
	w.rejects.Flush()
	return w.rejects.Error()
}

// batch imports rows in one transaction.
func (w *hashImport) batch(ctx context.Context, rows []hashRow) error {
	var imported, kept int64
	refused := map[int64]string{}
	err := w.in.store.Tx(ctx, func(tx storage.Tx) error {
		imported, kept = 0, 0
		clear(refused)
		for _, row := range rows {
			done, err := w.row(ctx, tx, row)
			var told *problem.Error
			switch {
			case errors.As(err, &told):
				refused[row.line] = told.Message
			case err != nil:
				return fmt.Errorf("line %d: %w", row.line, err)
			case done:
				imported++
			default:
				kept++
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	w.imported, w.kept, w.rejected = w.imported+imported, w.kept+kept, w.rejected+int64(len(refused))
	for _, row := range rows {
		if why, ok := refused[row.line]; ok {
			if err := w.rejects.Write([]string{strconv.FormatInt(row.line, 10), why}); err != nil {
				return err
			}
		}
	}
	return nil
}

// row imports one; a problem is one of the row.
func (w *hashImport) row(ctx context.Context, tx storage.Tx, row hashRow) (bool, error) {
	reject := func(why string) (bool, error) { return false, problem.New(problem.Invalid, why) }
	if row.bad != "" {
		return reject(row.bad)
	}
	format := row.Format
	if format == "" {
		format = w.format
	}
	hash, err := password.Import(format, row.Hash)
	if err == nil {
		err = w.hasher.Verifiable(hash.Stored)
	}
	if err != nil {
		return reject(strings.TrimPrefix(err.Error(), "password: "))
	}
	var who storage.Person
	switch {
	case row.UserID != "":
		who, err = tx.People().ByUserID(ctx, w.people.UserIDIndex(row.UserID))
	case row.NPI != "":
		who, err = tx.People().ByNPI(ctx, w.people.NPIIndex(row.NPI))
	default:
		return reject("neither user_id nor npi")
	}
	if errors.Is(err, storage.ErrNotFound) {
		return reject("nobody here has this user_id or npi")
	}
	if err != nil {
		return false, err
	}
	return w.service.ImportPersonal(ctx, tx, who, hash, operator())
}
