package enroll

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/enroll/roster"
	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/storage"
)

// Credentials issues temporary passwords, in the caller's transaction.
type Credentials interface {
	IssueTemporary(ctx context.Context, tx storage.Tx, personID string, validFor time.Duration, by audit.Actor) (string, error)
}

// Importer imports rosters.
type Importer struct {
	Store       storage.Store
	People      *person.Directory
	Credentials Credentials
	Pattern     Pattern
	// ValidFor is how long the temporary passwords in letters work.
	ValidFor time.Duration
	// Letterhead is what all letters have in common.
	Letterhead Letterhead
	// Roles are those that somebody can be given. A row with another is rejected.
	Roles []string
	// SecondPerson says that nobody imports what they handed in themselves.
	SecondPerson bool
	// Actor is who imports.
	Actor audit.Actor
	Log   *slog.Logger
}

// Options says how one roster is imported.
type Options struct {
	Path string
	// Content, when it is set, is read in the place of a file, and Step is called in
	// the transaction of each batch, with the rows that cannot be used, and in that of
	// handing it in; its error takes the batch back. Stepped is called when the transaction stands.
	Content io.ReadSeeker
	Step    func(ctx context.Context, tx storage.Tx, p Progress, rejected []BadRow) error
	Stepped func()
	// LettersDir is where letters go; empty means that no temporary passwords
	// are issued.
	LettersDir string
	// HandOut, when it is set, issues a temporary password to somebody who has
	// none and sends it, or the User ID alone to who has a password of another
	// system, in the transaction of the row; a problem.Conflict means that the person
	// cannot be reached.
	HandOut func(ctx context.Context, tx storage.Tx, personID string) error
	// RejectsPath is where rows that cannot be used are told.
	RejectsPath string
	// Resume goes on with an import that did not finish.
	Resume bool
	// Progress is called now and then, and may be nil.
	Progress func(Progress)
}

// Progress is how far an import has come.
type Progress struct {
	// Fraction is the part of the file that is done, 0 to 1.
	Fraction float64
	// Created, Known and Rejected count rows by outcome; Letters counts
	// temporary passwords issued by this run, Unreached those who have none
	// because they cannot be reached.
	Created, Known, Rejected, Letters, Unreached int64
	// HandedIn says that nothing was imported: somebody else has to come with the
	// same file.
	HandedIn bool
}

const (
	// batchRows is how many rows share a transaction. Others who write to an embedded
	// store wait for it.
	batchRows = 100
	// letterRows is how many of them where letters are written, which all go to disk
	// together.
	letterRows = 500
)

// run is one import under way.
type run struct {
	*Importer
	options Options
	file    io.ReadSeeker
	size    int64
	reader  *roster.Reader
	rejects rejected
	spool   *spool
	state   storage.Import
	letters int64
	// unreached counts as letters does; the others are of the batch under way.
	unreached, handed, missed int64
}

// Import imports a roster. What it returns counts the whole import, what was
// done before a resumption included.
func (m *Importer) Import(ctx context.Context, o Options) (Progress, error) {
	r := &run{Importer: m, options: o}
	if approved, err := r.open(ctx); err != nil || !approved {
		return Progress{HandedIn: err == nil}, err
	}
	defer r.close()
	for {
		done, err := r.batch(ctx)
		if err != nil {
			return r.progress(), err
		}
		if o.Progress != nil {
			o.Progress(r.progress())
		}
		if done {
			return r.progress(), nil
		}
	}
}

func (r *run) progress() Progress { return r.counted(r.state, r.letters, r.unreached) }

func (r *run) counted(state storage.Import, letters, unreached int64) Progress {
	f := 1.0
	if r.size > 0 && state.FinishedAt.IsZero() {
		f = float64(state.Offset) / float64(r.size)
	}
	return Progress{Fraction: f, Created: state.Created, Known: state.Known, Rejected: state.Rejected, Letters: letters, Unreached: unreached}
}

func (r *run) open(ctx context.Context) (approved bool, err error) {
	if r.file = r.options.Content; r.file == nil {
		file, err := os.Open(r.options.Path)
		if err != nil {
			return false, fmt.Errorf("roster: %w", err)
		}
		r.file = file
	}
	defer func() {
		if err != nil || !approved {
			r.close()
		}
	}()
	id, size, err := identify(r.file)
	if err != nil {
		return false, fmt.Errorf("roster: %w", err)
	}
	r.size = size
	if r.reader, err = roster.NewReader(r.file); err != nil {
		return false, fmt.Errorf("roster %s: %w", r.options.Path, err)
	}
	if approved, err = r.handIn(ctx, id); err != nil || !approved {
		return false, err
	}
	if r.options.LettersDir != "" {
		if r.spool, err = openSpool(r.options.LettersDir, r.Letterhead); err != nil {
			return false, err
		}
		if err = r.spool.settle(ctx, r.Store); err != nil {
			return false, err
		}
	}
	kind, err := r.position(ctx, id)
	if err != nil {
		return false, err
	}
	if r.options.Content != nil {
		r.rejects = &told{size: r.state.RejectsSize}
	} else {
		file, err := openRejects(r.options.RejectsPath, r.state.RejectsSize)
		if err != nil {
			return false, err
		}
		r.rejects = file
	}
	return true, r.Store.Tx(ctx, func(tx storage.Tx) error {
		if r.state.StartedAt.IsZero() {
			r.state.StartedAt = tx.Now()
		}
		r.state.UpdatedAt = tx.Now()
		if err := tx.Imports().Put(ctx, r.state); err != nil {
			return err
		}
		return r.event(ctx, tx, kind)
	})
}

// position decides where to begin.
func (r *run) position(ctx context.Context, id string) (audit.Kind, error) {
	var found storage.Import
	err := r.Store.View(ctx, func(tx storage.Tx) (err error) {
		found, err = tx.Imports().Get(ctx, id)
		return err
	})
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return "", err
	}
	unfinished := err == nil && !found.StartedAt.IsZero() && found.FinishedAt.IsZero()
	switch {
	case unfinished && !r.options.Resume:
		return "", problem.New(problem.Conflict, fmt.Sprintf(
			"the import of this file was begun and has come to line %d; go on with it by adding --resume", found.Line))
	case unfinished && found.Offset > 0:
		if _, err := r.file.Seek(found.Offset, io.SeekStart); err != nil {
			return "", fmt.Errorf("roster: %w", err)
		}
		r.reader.Resume(r.file, found.Offset, found.Line)
		r.state = found
		return audit.ImportResumed, nil
	case unfinished:
		r.state = found
		return audit.ImportResumed, nil
	}
	// A file that was imported to its end may be imported again: everybody in
	// it is known.
	r.state = storage.Import{ID: id, SubmittedBy: found.SubmittedBy}
	return audit.ImportStarted, nil
}

func (r *run) close() {
	if r.rejects != nil {
		_ = r.rejects.close()
	}
	if f, ok := r.file.(io.Closer); ok {
		_ = f.Close()
	}
}

// batch imports the next rows in one transaction. It reports whether the file
// is done.
func (r *run) batch(ctx context.Context) (done bool, err error) {
	size := batchRows
	if r.spool != nil {
		size = letterRows
	}
	rows := make([]roster.Row, 0, size)
	for len(rows) < size {
		row, err := r.reader.Next()
		if errors.Is(err, io.EOF) {
			done = true
			break
		}
		if err != nil {
			return false, fmt.Errorf("roster: %w", err)
		}
		rows = append(rows, row)
	}
	next := r.state
	next.Offset, next.Line = r.reader.Offset(), r.reader.Line()
	var letters []letter
	r.handed, r.missed = 0, 0
	err = r.Store.Tx(ctx, func(tx storage.Tx) error {
		for _, row := range rows {
			l, err := r.row(ctx, tx, &next, row)
			if err != nil {
				return fmt.Errorf("line %d: %w", row.Line, err)
			}
			if l != nil {
				letters = append(letters, *l)
			}
		}
		next.UpdatedAt = tx.Now()
		if done {
			next.FinishedAt = tx.Now()
		}
		// What is told about these rows, and what is written to these people,
		// is on disk before the transaction that makes it true commits.
		if next.RejectsSize, err = r.rejects.sync(); err != nil {
			return err
		}
		if err := r.spool.write(letters); err != nil {
			return err
		}
		if err := tx.Imports().Put(ctx, next); err != nil {
			return err
		}
		if told, ok := r.rejects.(*told); ok && r.options.Step != nil {
			if err := r.options.Step(ctx, tx, r.counted(next, r.letters+r.handed, r.unreached+r.missed), told.take()); err != nil {
				return err
			}
		}
		if done {
			r.state = next
			return r.event(ctx, tx, audit.ImportFinished)
		}
		return nil
	})
	if err != nil {
		return false, err
	}
	if r.options.Stepped != nil {
		r.options.Stepped()
	}
	r.state = next
	r.letters += int64(len(letters)) + r.handed
	r.unreached += r.missed
	return done, r.spool.publish(letters)
}

func (r *run) event(ctx context.Context, tx storage.Tx, kind audit.Kind) error {
	return audit.Record(ctx, tx, audit.Event{
		Kind: kind, Outcome: audit.OutcomeAllow, Actor: r.Actor,
		Detail: map[string]string{
			"import": r.state.ID, "line": strconv.FormatInt(r.state.Line, 10), "created": strconv.FormatInt(r.state.Created, 10),
			"known": strconv.FormatInt(r.state.Known, 10), "rejected": strconv.FormatInt(r.state.Rejected, 10),
		},
	})
}

// row imports one row and returns the letter that it leads to, if any.
func (r *run) row(ctx context.Context, tx storage.Tx, state *storage.Import, row roster.Row) (*letter, error) {
	if row.Reject != nil {
		state.Rejected++
		return nil, r.rejects.add(row.Line, *row.Reject)
	}
	profile := row.Profile
	if len(missing(profile.Roles, r.Roles)) > 0 {
		state.Rejected++
		return nil, r.rejects.add(row.Line, roster.Reject{Column: roster.ColumnRoles, Reason: "names a role that is none; " + thereAre(r.Roles), NPI: profile.NPI})
	}
	profile.Source = person.Source{Import: state.ID, Line: row.Line}
	who, err := tx.People().ByNPI(ctx, r.People.NPIIndex(profile.NPI))
	switch {
	case errors.Is(err, storage.ErrNotFound):
		detail := map[string]string{"import": state.ID, "line": strconv.FormatInt(row.Line, 10)}
		if len(profile.Roles) > 0 {
			detail["roles"] = strings.Join(profile.Roles, " ")
		}
		if who, profile, err = (opener{people: r.People, pattern: r.Pattern}).open(ctx, tx, profile, r.Actor, detail); err != nil {
			return nil, err
		}
		state.Created++
	case err != nil:
		return nil, err
	default:
		known, err := r.People.Open(who)
		if err != nil {
			return nil, err
		}
		if reason := contradiction(known, profile); reason != "" {
			state.Rejected++
			return nil, r.rejects.add(row.Line, roster.Reject{Column: "NPI", Reason: reason, NPI: profile.NPI})
		}
		state.Known++
		profile = known
	}
	if who.State != storage.PersonApproved {
		return r.own(ctx, tx, who, profile)
	}
	if r.options.HandOut != nil {
		return nil, r.handOut(ctx, tx, who.ID)
	}
	if r.spool == nil {
		return nil, nil
	}
	return r.letter(ctx, tx, who, profile)
}

func (r *run) handOut(ctx context.Context, tx storage.Tx, personID string) error {
	err := r.options.HandOut(ctx, tx, personID)
	if problem.From(err).Code == problem.Conflict {
		r.missed++
		return nil
	}
	if err == nil {
		r.handed++
	}
	return err
}

// contradiction says why a row is not the person who has its NPI, or "".
func contradiction(known, row person.Profile) string {
	switch {
	case known.Source.Import == row.Source.Import && known.Source.Line != row.Source.Line:
		return "this NPI stands in line " + strconv.FormatInt(known.Source.Line, 10) + " already"
	case letters(known.FamilyName, 0) != letters(row.FamilyName, 0) || letters(known.GivenName, 0) != letters(row.GivenName, 0):
		return "this NPI belongs to an account of another name"
	}
	return ""
}

func (r *run) letter(ctx context.Context, tx storage.Tx, who storage.Person, profile person.Profile) (*letter, error) {
	temporary, err := r.Credentials.IssueTemporary(ctx, tx, who.ID, r.ValidFor, r.Actor)
	if err != nil {
		return nil, err
	}
	stored, err := tx.Passwords().Get(ctx, who.ID)
	if err != nil {
		return nil, err
	}
	return &letter{
		PersonID: who.ID, Version: stored.Version, Reference: referenceOf(r.People, who.ID),
		Name: profile.Name(), Organization: profile.Organization, Address: profile.Address, Locale: profile.Locale,
		UserID: profile.UserID, TemporaryPassword: temporary, ExpiresAt: stored.ExpiresAt,
	}, nil
}

// own is for who has an account: whose password came from another system still has
// to be told the User ID, once.
func (r *run) own(ctx context.Context, tx storage.Tx, who storage.Person, profile person.Profile) (*letter, error) {
	if who.State != storage.PersonActive || r.options.HandOut == nil && r.spool == nil {
		return nil, nil
	}
	stored, err := tx.Passwords().Get(ctx, who.ID)
	if errors.Is(err, storage.ErrNotFound) || err == nil && !stored.Untold {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if r.options.HandOut != nil {
		return nil, r.handOut(ctx, tx, who.ID)
	}
	return &letter{
		PersonID: who.ID, Version: stored.Version, Reference: referenceOf(r.People, who.ID), Own: true,
		Name: profile.Name(), Organization: profile.Organization, Address: profile.Address, Locale: profile.Locale, UserID: profile.UserID,
	}, tx.Passwords().Told(ctx, who.ID)
}
