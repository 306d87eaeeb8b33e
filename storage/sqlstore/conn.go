package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/claviger-id/claviger/storage"
)

// Conn is one transaction of a database.
type Conn interface {
	// Do runs one statement, calls each for every row it returns (each may be
	// nil when it returns none), and reports how many rows were returned or
	// affected. Errors are storage's sentinels where one fits. each must not
	// use the Conn.
	Do(ctx context.Context, sql string, args []any, each func(Row) error) (int64, error)
	// Later runs a statement at some time before the transaction ends, in the
	// order of the calls; its failure fails the transaction. It is for writes
	// whose outcome nobody asks for, which then need no round trip of their
	// own.
	Later(ctx context.Context, sql string, args ...any) error
}

// OnePlan begins a statement for which PostgreSQL makes one plan, for any arguments. Those
// that it makes for the ones at hand rest on estimates of how many rows there are, which
// comparisons of rows mislead: it would read and sort all that a busy application did, to
// find the latest hundred.
const OnePlan = `/* one plan */ `

// Row is one row of a result.
type Row interface {
	// Scan copies the columns into *string, *int64 or *[]byte.
	Scan(dest ...any) error
}

// Tx is a storage.Tx over a Conn.
type Tx struct {
	Conn Conn
	Time time.Time
	// SkipLocked says that other transactions run beside this one, and that
	// rows which they have locked can be passed over.
	SkipLocked bool
}

var _ storage.Tx = (*Tx)(nil)

// Now is the transaction's moment.
func (t *Tx) Now() time.Time { return t.Time }

// People and its neighbours are the aggregates within this transaction.
func (t *Tx) People() storage.People { return people{t.Conn} }

// Passwords keeps one current password a person.
func (t *Tx) Passwords() storage.Passwords { return passwords{t.Conn} }

// FormerPasswords keeps the newest of those that were replaced.
func (t *Tx) FormerPasswords() storage.FormerPasswords { return formerPasswords{t.Conn} }

// Guesses counts attempts at passwords.
func (t *Tx) Guesses() storage.Guesses { return guesses{t.Conn} }

// KnownDevices keeps the browsers in which people signed in.
func (t *Tx) KnownDevices() storage.KnownDevices { return knownDevices{t.Conn} }

// Authenticators keeps what people have besides the password.
func (t *Tx) Authenticators() storage.Authenticators { return authenticators{t.Conn} }

// Clients keeps the registered clients.
func (t *Tx) Clients() storage.Clients { return clients{t.Conn} }

// InitialTokens keeps what lets applications register themselves.
func (t *Tx) InitialTokens() storage.InitialTokens { return initialTokens{t.Conn} }

// Registrations keeps which clients registered themselves.
func (t *Tx) Registrations() storage.Registrations { return registrations{t.Conn} }

// Grants keeps the authorizations.
func (t *Tx) Grants() storage.Grants { return grants{t.Conn} }

// SigningKeys keeps the private keys.
func (t *Tx) SigningKeys() storage.SigningKeys { return signingKeys{t.Conn} }

// Audit keeps the audit log.
func (t *Tx) Audit() storage.AuditLog { return auditLog{t.Conn} }

// AuditFiling files the events of before.
func (t *Tx) AuditFiling() storage.AuditFiling { return auditLog{t.Conn} }

// Imports keeps the progress of roster imports.
func (t *Tx) Imports() storage.Imports { return imports{t.Conn} }

// Applications keeps the applications for accounts.
func (t *Tx) Applications() storage.Applications { return applications{t.Conn} }

// Consents keeps what people agreed to share.
func (t *Tx) Consents() storage.Consents { return consents{t.Conn} }

// Agreements keeps the Use Agreement and who accepted it.
func (t *Tx) Agreements() storage.Agreements { return agreements{t.Conn} }

// Logouts keeps the logout ledger.
func (t *Tx) Logouts() storage.Logouts { return logouts{t.Conn, t.SkipLocked} }

// Outbox keeps what has to leave.
func (t *Tx) Outbox() storage.Outbox { return outbox{t.Conn, t.SkipLocked} }

// AccessLinks keeps the links that were mailed.
func (t *Tx) AccessLinks() storage.AccessLinks { return accessLinks{t.Conn} }

// Jobs keeps work that takes longer than a request.
func (t *Tx) Jobs() storage.Jobs { return jobs{t.Conn} }

// Lookups reads what a page of a list needs.
func (t *Tx) Lookups() storage.Lookups { return lookups{t.Conn} }

// Replays keeps what was done under keys.
func (t *Tx) Replays() storage.Replays { return replays{t.Conn} }

// Approvals keeps the requests for a second person.
func (t *Tx) Approvals() storage.Approvals { return approvals{t.Conn} }

// Operators keeps who may use the admin API.
func (t *Tx) Operators() storage.Operators { return operators{t.Conn} }

// Subscriptions keeps who outside is told of events.
func (t *Tx) Subscriptions() storage.Subscriptions { return subscriptions{t.Conn} }

// Provisioning keeps what provisioning clients know.
func (t *Tx) Provisioning() storage.Provisioning { return provisioning{t.Conn} }

// Organizations keeps what people work for.
func (t *Tx) Organizations() storage.Organizations { return organizations{t.Conn} }

// Memberships keeps who belongs where.
func (t *Tx) Memberships() storage.Memberships { return memberships{t.Conn} }

// Delegations keeps who may act for whom.
func (t *Tx) Delegations() storage.Delegations { return delegations{t.Conn} }

// Settings keeps the installation's facts.
func (t *Tx) Settings() storage.Settings { return settings{t.Conn} }

// micros is how a time is stored.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// moment is the time that micros stored.
func moment(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

// words joins a list of words into one text. No protocol element kept so may
// hold a space (RFC 6749 section 3.3, RFC 8707 section 2, RFC 8176), so that
// one that does is a mistake above.
func words(list []string) (string, error) {
	for _, w := range list {
		if w == "" || strings.ContainsAny(w, " \t\r\n\v\f") {
			return "", fmt.Errorf("%q is not a word", w)
		}
	}
	return strings.Join(list, " "), nil
}

// list takes apart what words joined.
func list(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, " ")
}

// find runs a query by keys that came from outside and returns at most one
// row; ErrNotFound when there is none.
func find(ctx context.Context, c Conn, sql string, args []any, scan func(Row) error) error {
	for _, a := range args {
		// PostgreSQL refuses such text, and with it the rest of the transaction.
		if s, ok := a.(string); ok && (!utf8.ValidString(s) || strings.ContainsRune(s, 0)) {
			return storage.ErrNotFound
		}
	}
	return one(ctx, c, sql, args, scan)
}

// one runs a statement that returns at most one row; ErrNotFound when none.
func one(ctx context.Context, c Conn, sql string, args []any, scan func(Row) error) error {
	n, err := c.Do(ctx, sql, args, scan)
	if err == nil && n == 0 {
		return storage.ErrNotFound
	}
	return err
}

// write runs a statement and turns "no row was written" into absent.
func write(ctx context.Context, c Conn, absent error, sql string, args ...any) error {
	n, err := c.Do(ctx, sql, args, nil)
	if err == nil && n == 0 {
		return absent
	}
	return err
}

// Delayed is what a Conn reports when a statement of Later fails: whoever gets
// the error did not run that statement, so that its conflict must not be taken
// for one of theirs.
func Delayed(err error) error {
	if errors.Is(err, storage.ErrConflict) {
		return fmt.Errorf("a queued write: %v", err) //nolint:errorlint // hides the sentinel
	}
	return err
}
