package relying

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Logout is one end of a sign-in in the provider's ledger: what this application was told,
// or has yet to be told.
type Logout struct {
	ID        string    `json:"id"`
	SessionID string    `json:"sid"`
	Subject   string    `json:"sub"`
	Reason    string    `json:"reason"` // why it ended; may be empty
	State     string    `json:"state"`  // pending, delivered, refused or gave_up
	Attempts  int64     `json:"attempts"`
	Status    int64     `json:"last_status"` // that we answered; 0 for no answer
	Answer    string    `json:"last_answer"`
	EndedAt   time.Time `json:"ended_at"`
	AskedAt   time.Time `json:"asked_at"`   // when it was asked for again
	NextAt    time.Time `json:"next_at"`    // of the next attempt, while it is pending
	SettledAt time.Time `json:"settled_at"` // when it was no longer pending
}

// LogoutPage is a page of the ledger, newest first.
type LogoutPage struct {
	Logouts []Logout `json:"logouts"`
	Cursor  string   `json:"cursor"` // for the next page; empty on the last
}

// Logouts reads a page of this application's lines in the ledger, at most 200. An empty
// state means all, an empty cursor the first page. The application needs a secret; a
// provider without such a ledger is ErrUnsupported.
func (a *Application) Logouts(ctx context.Context, state, cursor string, limit int) (LogoutPage, error) {
	query := url.Values{"limit": {strconv.Itoa(limit)}}
	if state != "" {
		query.Set("state", state)
	}
	if cursor != "" {
		query.Set("cursor", cursor)
	}
	var page LogoutPage
	err := a.askLedger(ctx, http.MethodGet, "?"+query.Encode(), &page)
	return page, err
}

// Redeliver has the provider tell of the end of a sign-in once more, as after a restore.
func (a *Application) Redeliver(ctx context.Context, id string) (Logout, error) {
	var line Logout
	err := a.askLedger(ctx, http.MethodPost, "/"+url.PathEscape(id)+"/redeliver", &line)
	return line, err
}

func (a *Application) askLedger(ctx context.Context, method, rest string, into any) error {
	switch {
	case a.Provider.LogoutsEndpoint == "":
		return ErrUnsupported
	case a.Secret == "":
		return errors.New("logout ledger: an application without a secret cannot show who it is")
	}
	req, err := http.NewRequestWithContext(ctx, method, a.Provider.LogoutsEndpoint+rest, nil)
	if err != nil {
		return fmt.Errorf("logout ledger: %w", err)
	}
	req.SetBasicAuth(url.QueryEscape(a.ID), url.QueryEscape(a.Secret)) // RFC 6749 section 2.3.1
	if err := a.Provider.env.do(ctx, req, into); err != nil {
		return fmt.Errorf("logout ledger: %w", err)
	}
	return nil
}
