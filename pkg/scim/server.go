package scim

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/claviger-id/claviger/pkg/access"
	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/enroll"
	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/pkg/web"
	"github.com/claviger-id/claviger/storage"
)

// Caller is a provisioning client that asks, and may.
type Caller struct {
	Actor audit.Actor
	// ClientID is the client of the access token.
	ClientID string
	// Organization is the one that the client is for; empty for everybody.
	Organization string
}

// Gate says who asks and whether they may.
type Gate interface {
	// Admit returns a context in which the services may change something. The
	// operation is one of Operations.
	Admit(w http.ResponseWriter, r *http.Request, operation string) (context.Context, Caller, error)
	// Refused turns what a transaction refused because the caller may not any more
	// into what the caller is told, and records it; other errors it returns as they
	// are.
	Refused(ctx context.Context, operation string, err error) error
}

// Server is the SCIM server.
type Server struct {
	// Store is that on which a request that was admitted works.
	Store        storage.Store
	Keys         *secret.Keyring
	People       *person.Directory
	Accounts     *enroll.Accounts
	Applications *enroll.Applications
	Access       *access.Service
	Gate         Gate
	// URL is the origin of the admin API.
	URL     string
	Now     func() time.Time
	Log     *slog.Logger
	Observe web.Observe
	// Proxies are those whose word for where a request comes from is believed.
	Proxies web.Proxies
}

// base is the path of everything here.
const base = "/scim/v2"

// The operations, as the table of who may do what has them.
const (
	opUsersRead   = "scim-read-users"
	opUsersWrite  = "scim-write-users"
	opGroupsRead  = "scim-read-groups"
	opGroupsWrite = "scim-write-groups"
	opBulk        = "scim-bulk"
)

// Operations returns the names of all operations.
func Operations() []string {
	return []string{opUsersRead, opUsersWrite, opGroupsRead, opGroupsWrite, opBulk}
}

const mediaType = "application/scim+json"

// Bounds of what comes in.
const (
	maxBody = 256 << 10
	maxBulk = 1 << 20
)

// call is one request, be it by itself or a part of a bulk request.
type call struct {
	by    Caller
	id    string
	query url.Values
	body  []byte
	// ifMatch and ifNoneMatch are the headers of these names.
	ifMatch, ifNoneMatch string
}

// answer is what a call is answered with.
type answer struct {
	status         int
	body           any
	etag, location string
}

// act answers a call.
type act func(ctx context.Context, c *call) (*answer, error)

// serve answers requests for an operation.
func (s *Server) serve(operation string, limit int64, do act) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		ctx, by, err := s.Gate.Admit(w, r, operation)
		if err != nil {
			return err
		}
		c, err := read(r, limit)
		if err != nil {
			return err
		}
		c.by = by
		a, err := do(ctx, c)
		if err != nil {
			return s.Gate.Refused(ctx, operation, err)
		}
		return a.write(w)
	}
}

func (a *answer) write(w http.ResponseWriter) error {
	h := w.Header()
	if a.etag != "" {
		h.Set("ETag", a.etag)
	}
	if a.location != "" {
		h.Set("Location", a.location)
	}
	if a.body == nil {
		w.WriteHeader(a.status)
		return nil
	}
	text, err := json.Marshal(a.body)
	if err != nil {
		return err
	}
	h.Set("Content-Type", mediaType)
	w.WriteHeader(a.status)
	_, err = w.Write(text)
	return err
}
