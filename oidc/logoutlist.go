package oidc

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/claviger-id/claviger/oidc/backchannel"
	"github.com/claviger-id/claviger/oidc/fault"
	"github.com/claviger-id/claviger/pkg/web"
	"github.com/claviger-id/claviger/storage"
)

// How many lines of the ledger a page has.
const (
	ledgerPage    = 50
	ledgerPageMax = 200
)

// ledgerLine is a line of the ledger as its application reads it.
type ledgerLine struct {
	ID      string `json:"id"`
	Session string `json:"sid"`
	Subject string `json:"sub,omitempty"`
	// Reason is the word by which applications are told why the session ended.
	Reason   string              `json:"reason,omitempty"`
	State    storage.LogoutState `json:"state"`
	Attempts int64               `json:"attempts"`
	Status   int64               `json:"last_status,omitempty"`
	Answer   string              `json:"last_answer,omitempty"`
	EndedAt  time.Time           `json:"ended_at"`
	AskedAt  time.Time           `json:"asked_at,omitzero"`
	NextAt   time.Time           `json:"next_at,omitzero"`
	// SettledAt is when it was no longer pending.
	SettledAt time.Time `json:"settled_at,omitzero"`
}

// ledgerLine shows a line to its application.
func (p *Provider) ledgerLine(c storage.Client, one storage.Logout) ledgerLine {
	shown := ledgerLine{
		ID: one.ID, Session: one.SessionID, Reason: WordFor(one.Reason), State: one.State, Attempts: one.Attempts,
		Status: one.LastStatus, Answer: one.LastAnswer, EndedAt: one.CreatedAt, AskedAt: one.AskedAt, SettledAt: one.SettledAt,
	}
	if !c.Acting { // as in the token
		shown.Subject = p.Subjects.Of(c, one.Subject)
	}
	if one.State == storage.LogoutPending {
		shown.NextAt = one.NextAt
	}
	return shown
}

// ledgerPageOf is one page, newest first.
type ledgerPageOf struct {
	Logouts []ledgerLine `json:"logouts"`
	// Cursor asks for the next page; empty on the last.
	Cursor string `json:"cursor,omitempty"`
}

// logouts shows an application what it was told, or has yet to be told, of the end
// of sessions in which it took part.
func (p *Provider) logouts(w http.ResponseWriter, r *http.Request) error {
	c, err := p.ledgerClient(w, r)
	if err != nil {
		return err
	}
	query := r.URL.Query()
	if name := web.Repeated(query); name != "" {
		return fault.New(fault.InvalidRequest, "The parameter "+name+" occurs more than once.")
	}
	if name := tooLong(query); name != "" {
		return fault.New(fault.InvalidRequest, "The parameter "+name+" is too long.")
	}
	limit, state := ledgerPage, storage.LogoutState(query.Get("state"))
	if text := query.Get("limit"); text != "" {
		if limit, err = strconv.Atoi(text); err != nil || limit < 1 || limit > ledgerPageMax {
			return fault.New(fault.InvalidRequest, "The limit can be 1 to 200.")
		}
	}
	if state != "" && !slices.Contains(backchannel.States(), state) {
		return fault.New(fault.InvalidRequest, "The state can be pending, delivered, refused or gave_up.")
	}
	var found []storage.Logout
	err = p.Store.View(r.Context(), func(tx storage.Tx) error {
		var after storage.LogoutPlace
		if cursor := query.Get("cursor"); cursor != "" {
			last, err := tx.Logouts().Get(r.Context(), cursor)
			if errors.Is(err, storage.ErrNotFound) || err == nil && last.ClientID != c.ID {
				return fault.New(fault.InvalidRequest, "The cursor is not one of a page of yours, or what it stood for is gone; begin again.")
			}
			if err != nil {
				return err
			}
			after = storage.LogoutPlace{At: last.CreatedAt, ID: last.ID}
		}
		found, err = tx.Logouts().List(r.Context(), storage.LogoutFilter{ClientID: c.ID, State: state}, after, limit+1)
		return err
	})
	if err != nil {
		return err
	}
	page := ledgerPageOf{Logouts: []ledgerLine{}}
	if len(found) > limit {
		found = found[:limit]
		page.Cursor = found[limit-1].ID
	}
	for _, one := range found {
		page.Logouts = append(page.Logouts, p.ledgerLine(c, one))
	}
	writeJSON(w, http.StatusOK, page)
	return nil
}
