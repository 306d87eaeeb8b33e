package credential

import (
	"encoding/hex"
	"log/slog"
	"time"

	"github.com/claviger-id/claviger/pkg/password"
	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

// Service verifies, issues and replaces passwords.
type Service struct {
	Store    storage.Store
	Attempts storage.Attempts
	Keys     *secret.Keyring
	People   *person.Directory
	Hasher   *password.Hasher
	Policy   password.Policy
	Now      func() time.Time
	Log      *slog.Logger
}

// Verified is somebody who has proven who they are.
type Verified struct {
	PersonID string
	Subject  string
	// Kind and Version name the password that was used.
	Kind    storage.PasswordKind
	Version int64
	At      time.Time
}

// maxTemporaryFailures is how many wrong guesses a temporary password bears.
const maxTemporaryFailures = 10

// maxUserID bounds a User ID that is looked up, in bytes.
const maxUserID = 254

// busyWait is what callers are told to wait when all hashing slots are taken.
const busyWait = 5 * time.Second

// errWrong is the one answer to every sign-in that fails.
func errWrong(cause error) error {
	return problem.Wrap(problem.Unauthenticated, "The User ID or the password is not right.", cause)
}

func errBusy(cause error) error {
	return &problem.Error{Code: problem.Unavailable, Message: "Too many people are signing in at this moment. Please try again in a few seconds.", RetryAfter: busyWait, Cause: cause}
}

// accountKey names an account in the attempt counts and the audit log, whether
// it exists or not, without showing what was typed: people type passwords into
// the field for the User ID.
func (s *Service) accountKey(userID string) string {
	return hex.EncodeToString(s.Keys.MAC("attempt", s.People.UserIDIndex(userID))[:16])
}

func verifierPlace(personID string) secret.Place {
	return secret.Place{Table: "password", Column: "verifier", Row: personID}
}

// temporaryScheme is the Scheme of temporary passwords: 99 random bits need no
// slow hash.
const temporaryScheme = "sha256"
