package credential

import (
	"context"
	"encoding/hex"
	"errors"
	"log/slog"
	mathrand "math/rand/v2"
	"time"

	"github.com/claviger-id/claviger/pkg/limit"
	"github.com/claviger-id/claviger/pkg/password"
	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/rotation"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

// Service verifies, issues and replaces passwords.
type Service struct {
	Store    storage.Store
	Attempts storage.Attempts
	Keys     *secret.Keyring
	// Verifiers, when it is set, seals password hashes in the place of Keys.
	Verifiers *VerifierKeys
	People    *person.Directory
	Hasher    Hasher
	Policy    password.Policy
	// Rotation says when passwords have to be changed. The zero value never.
	Rotation rotation.Policies
	// Validity is how long temporary passwords work.
	Validity Validity
	// DisableAfter is how many failures in a row disable a password in browsers
	// that the account does not know; zero means limit.Failures, which is the
	// most there may be.
	DisableAfter int64
	// SessionLife is the longest life of a session: what began before a
	// password expired may go on for that long.
	SessionLife time.Duration
	// Screen, when it is set, is asked at each sign-in.
	Screen Screen
	// Roles, when it is set, tells the roles that a person has besides those of the
	// profile: the policies look at them all.
	Roles func(ctx context.Context, tx storage.Tx, personID string) ([]string, error)
	// Passkeys, when it is set, tells whether a person has a passkey.
	Passkeys func(ctx context.Context, tx storage.Tx, personID string) (bool, error)
	// SecondFactor, when it is set, tells whether a person's password is never
	// enough alone, so that a shorter one does.
	SecondFactor func(ctx context.Context, tx storage.Tx, personID string) (bool, error)
	// Changed, when it is set, is called in the transaction of each change, so that
	// the person is told of it.
	Changed func(ctx context.Context, tx storage.Tx, personID string, how Change) error
	// Unknown, when it is set, is called in the transaction of each sign-in with a
	// personal password in a browser in which the person was not known.
	Unknown func(ctx context.Context, tx storage.Tx, personID, browser string) error
	Now     func() time.Time
	Log     *slog.Logger
}

// Hasher hashes passwords. package password has it.
type Hasher interface {
	// Ready says, before anything else is done, that there is no place.
	Ready() error
	Hash(ctx context.Context, password string) (string, error)
	Verify(ctx context.Context, phc, password string) (match, rehash bool, err error)
	VerifyNothing(ctx context.Context, password string) error
	// Turn waits once for a turn in which several are computed.
	Turn(ctx context.Context, do func(ctx context.Context, in password.Computing) error) error
	Scheme() string
}

var _ Hasher = (*password.Hasher)(nil)

// Screen knows passwords that are no secret any more.
type Screen interface {
	Compromised(ctx context.Context, password string) (bool, error)
}

// Change is what became of a password.
type Change string

// The changes. Those of ChangeRecovered to ChangeCompromised end what renews tokens
// without a session.
const (
	// ChangeChosen: the person chose one on the way to an application.
	ChangeChosen Change = "sign_in"
	// ChangeOwn: the person, signed in, changed it.
	ChangeOwn Change = "own_change"
	// ChangeRecovered: the person had forgotten it.
	ChangeRecovered Change = "recovery"
	// ChangeReset: an operator put a temporary one in its place.
	ChangeReset Change = "reset"
	// ChangeForced: it has to be changed, as an operator decided.
	ChangeForced Change = "forced"
	// ChangeCompromised: it has to be changed, because it is no secret any more.
	ChangeCompromised Change = "compromised"
)

// Why a password has to be changed before anything else.
const (
	// MustTemporary: it is a temporary one.
	MustTemporary = "temporary"
	// MustExpired: it is too old.
	MustExpired = "expired"
	// MustOperator: an operator decided so.
	MustOperator = "operator"
	// MustCompromised: it is no secret any more.
	MustCompromised = "compromised"
	// MustGuessed: so many guessed at it that it works in known browsers only.
	MustGuessed = "guessed"
	// MustAlone: it was chosen by who had a second factor, does only with one, and
	// there is none any more.
	MustAlone = "alone"
)

// Verified is somebody who has proven who they are.
type Verified struct {
	PersonID string
	Subject  string
	// Kind and Version name the password that was used.
	Kind    storage.PasswordKind
	Version int64
	At      time.Time
	// Must says why the password has to be changed before anything else; empty
	// when it does not.
	Must string
	// May says that the person is to be asked whether to change it now.
	May bool
	// ExpiresAt is when the password expires; zero when it does not.
	ExpiresAt time.Time
	// Device is what the browser is to keep, by which it is known the next
	// time; empty when it is not to be known.
	Device string
}

// maxUserID bounds a User ID that is looked up, in bytes.
const maxUserID = 254

// busyWait is what callers are told to wait at least when all hashing slots are
// taken, and busySpread how much longer at most: if all came back at the same
// moment, all but a few would be told the same again.
const (
	busyWait   = 5 * time.Second
	busySpread = 5 * time.Second
)

func comeBack() time.Duration {
	return busyWait + mathrand.N(busySpread) //nolint:gosec // when somebody comes back is no secret
}

// errWrong is the one answer to every sign-in that fails.
func errWrong(cause error) error {
	return problem.Wrap(problem.Unauthenticated, "The User ID or the password is not right.", cause)
}

func errBusy(cause error) error {
	return &problem.Error{Code: problem.Unavailable, Message: "Too many people are signing in at this moment. Please try again in a few seconds.", RetryAfter: comeBack(), Cause: cause}
}

// errOvertaken says that the password that was proven is not the password any more.
var errOvertaken = errors.New("credential: the password was replaced meanwhile")

func errReplaced(cause error) error {
	return problem.Wrap(problem.Conflict, "The password was changed in the meantime.", cause)
}

// busy makes of a full pool, and of one in which a hash was not done in the time that a
// request has, what callers are told.
func busy(err error) error {
	if errors.Is(err, password.ErrBusy) || errors.Is(err, context.DeadlineExceeded) {
		return errBusy(err)
	}
	return err
}

// accountName names an account in the attempt counts and the audit log, whether
// it exists or not, without showing what was typed: people type passwords into
// the field for the User ID.
func (s *Service) accountName(userIDIndex []byte) string {
	return "account:" + hex.EncodeToString(s.Keys.MAC("attempt", userIDIndex)[:16])
}

func verifierPlace(personID string) secret.Place {
	return secret.Place{Table: "password", Column: "verifier", Row: personID}
}

// temporaryScheme is the Scheme of temporary passwords: 99 random bits need no
// slow hash.
const temporaryScheme = "sha256"

func (s *Service) disableAfter() int64 {
	if s.DisableAfter <= 0 {
		return limit.Failures
	}
	return min(s.DisableAfter, limit.Failures)
}
