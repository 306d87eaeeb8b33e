package admin

import (
	"strings"
	"time"

	"github.com/claviger-id/claviger/pkg/event"
)

// Subscription is somebody outside who is told of events.
type Subscription struct {
	ID        string    `json:"id"`
	URL       string    `json:"url" doc:"Without its query, in which receivers may want a token."`
	Kinds     []string  `json:"kinds" nullable:"false"`
	Enabled   bool      `json:"enabled"`
	Next      int64     `json:"next_place" doc:"The place in the audit log of the first event that has not been handed on."`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

func shownSubscription(n event.Subscription) Subscription {
	address, _, _ := strings.Cut(n.URL, "?")
	return Subscription{ID: n.ID, URL: address, Kinds: n.Kinds, Enabled: n.Enabled, Next: n.Next, CreatedAt: n.CreatedAt, UpdatedAt: n.UpdatedAt}
}

// subscriptionSecret is a secret, in the answer that drew it and nowhere else.
type subscriptionSecret struct {
	Body struct {
		ID     string `json:"id"`
		Secret string `json:"secret" doc:"What calls are signed with. Nothing else ever shows it."`
	}
}

type orderSubscriptionInput struct {
	Named
	Body Why
}
