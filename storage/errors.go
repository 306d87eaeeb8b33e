package storage

import "errors"

// The sentinels that every backend returns, wrapped or bare. Callers match
// them with errors.Is; a backend maps driver codes to them in one function
// and never looks at message text.
var (
	// ErrNotFound: there is no such record, or it is past its deadline.
	ErrNotFound = errors.New("storage: not found")
	// ErrConflict: a record with the same unique value exists already. The
	// transaction stays usable.
	ErrConflict = errors.New("storage: conflict")
	// ErrUsed: the single use of the record has been spent.
	ErrUsed = errors.New("storage: already used")
	// ErrStale: the record changed since it was read (its version or
	// generation is not the expected one). Nothing was written.
	ErrStale = errors.New("storage: stale")
	// ErrEnded: the grant or session was ended before.
	ErrEnded = errors.New("storage: ended")
	// ErrUnavailable: the backend cannot be reached or is out of resources;
	// the same call may succeed later. Nothing may be assumed about whether a
	// commit that returned it took effect.
	ErrUnavailable = errors.New("storage: unavailable")
	// ErrWrongKey: the file cannot be opened with this key, or is no database.
	ErrWrongKey = errors.New("storage: wrong key or not a database")
	// ErrTooNew: the schema is newer than this program.
	ErrTooNew = errors.New("storage: schema is newer than this program")
	// ErrTooOld: the schema needs a migration that has not been applied.
	ErrTooOld = errors.New("storage: schema needs migration")
	// ErrLong: it needs one in which tables cannot be used for long, which somebody has
	// to ask for.
	ErrLong = errors.New("storage: schema needs a migration that takes long")
	// ErrInUse: another process has the file open.
	ErrInUse = errors.New("storage: in use by another process")
)
