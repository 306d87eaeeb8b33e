package enroll

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

// letter is what one person is written.
type letter struct {
	PersonID string `json:"person_id"`
	// Version is the version of the password that the letter holds: the letter
	// counts when the store has that version.
	Version      int64          `json:"version"`
	Reference    string         `json:"reference"`
	Name         string         `json:"name"`
	Organization string         `json:"organization"`
	Address      person.Address `json:"address"`
	// Locale is a language tag (BCP 47), or empty where nobody knows it.
	Locale            string `json:"locale,omitempty"`
	UserID            string `json:"user_id"`
	TemporaryPassword string `json:"temporary_password"`
	// Known says that the person knows the User ID: there is one letter then.
	Known bool `json:"known,omitempty"`
	// Own says that the person has a password of another system: there is the letter
	// with the User ID, and no temporary password.
	Own       bool      `json:"own,omitempty"`
	ExpiresAt time.Time `json:"expires_at"`
}

// counts says whether the letter is true, given the password that the person has.
func (l letter) counts(p storage.Password) bool {
	if l.Own {
		return p.Version == l.Version && p.Kind == storage.PasswordPersonal && !p.Untold
	}
	return p.Version == l.Version && p.Kind == storage.PasswordTemporary && p.ExpiresAt.Equal(l.ExpiresAt)
}

// referenceOf is what stands on all letters to a person, and names their files.
// Nobody can tell from it who that is.
func referenceOf(people *person.Directory, personID string) string {
	return secret.Name(people.Keys.MAC("letter", []byte(personID)))[:referenceLength]
}

// referenceLength is 60 bits: the letters of two people never meet.
const referenceLength = 12

// spool brings letters to disk in two moves. Before a transaction commits, its
// letters are in one file; after it, each is in files of its own, and the one
// file is removed. What a crash leaves is settled at the next start: letters
// whose password the store has are published, the others never were true.
type spool struct {
	dir  string
	head Letterhead
}

// The folders of the two letters, which must not travel together, and the file
// of letters whose transaction may not have committed.
const (
	userIDFolder   = "user-id"
	passwordFolder = "temporary-password"
	spoolFile      = ".spool"
)

func openSpool(dir string, head Letterhead) (*spool, error) {
	for _, d := range []string{dir, filepath.Join(dir, userIDFolder), filepath.Join(dir, passwordFolder)} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return nil, fmt.Errorf("letters: %w", err)
		}
	}
	return &spool{dir: dir, head: head}, nil
}

func (s *spool) path() string { return filepath.Join(s.dir, spoolFile) }

// write puts the letters of a transaction that is about to commit on disk.
func (s *spool) write(letters []letter) error {
	if s == nil || len(letters) == 0 {
		return nil
	}
	f, err := os.OpenFile(s.path(), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("letters: %w", err)
	}
	out := bufio.NewWriter(f)
	encoder := json.NewEncoder(out)
	for _, l := range letters {
		if err = encoder.Encode(l); err != nil {
			break
		}
	}
	if err = errors.Join(err, out.Flush(), f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("letters: %w", err)
	}
	return nil
}

// publish gives each letter its files, and then removes the spool.
func (s *spool) publish(letters []letter) error {
	if s == nil || len(letters) == 0 {
		return nil
	}
	for _, l := range letters {
		if err := s.files(l); err != nil {
			return err
		}
	}
	// All files at once: one by one, a thousand letters would wait for the
	// disk four thousand times.
	unix.Sync()
	if err := os.Remove(s.path()); err != nil {
		return fmt.Errorf("letters: %w", err)
	}
	return nil
}

// files writes the documents of a letter. All letters of a person have one
// reference, so that what was written before is overwritten; a temporary password
// that is worth nothing any more, and has no successor, is removed.
func (s *spool) files(l letter) error {
	documents, err := s.head.render(l)
	if err != nil {
		return err
	}
	if l.Own {
		for _, suffix := range []string{".html", ".txt"} {
			if err := os.Remove(filepath.Join(s.dir, passwordFolder, l.Reference+suffix)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("letters: %w", err)
			}
		}
	}
	for name, text := range documents {
		if err := os.WriteFile(filepath.Join(s.dir, name), text, 0o600); err != nil {
			return fmt.Errorf("letters: %w", err)
		}
	}
	return nil
}

// settle finishes what a crash interrupted.
func (s *spool) settle(ctx context.Context, store storage.Store) error {
	f, err := os.Open(s.path())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("letters: %w", err)
	}
	defer func() { _ = f.Close() }()
	var count []letter
	for d := json.NewDecoder(bufio.NewReader(f)); ; {
		var l letter
		err := d.Decode(&l)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			// The file was not written to its end: its transaction cannot have
			// committed, because it waits for the end.
			count = nil
			break
		}
		count = append(count, l)
	}
	var valid []letter
	err = store.View(ctx, func(tx storage.Tx) error {
		for _, l := range count {
			p, err := tx.Passwords().Get(ctx, l.PersonID)
			if errors.Is(err, storage.ErrNotFound) {
				continue
			}
			if err != nil {
				return err
			}
			if l.counts(p) {
				valid = append(valid, l)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if len(valid) == 0 {
		return os.Remove(s.path())
	}
	return s.publish(valid)
}
