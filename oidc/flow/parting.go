package flow

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"

	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/storage"
)

// Parting is a session that a person has just ended in this browser, which keeps it,
// sealed, to show on the last page what became of its applications.
type Parting struct {
	Session string `json:"session"`
	// Clients are the applications that took part, as many as a cookie holds.
	Clients []string  `json:"clients"`
	At      time.Time `json:"at"`
}

const (
	// PartingLife is how long the last page tells of it: somebody else may sit down.
	PartingLife = 5 * time.Minute
	// partingClients and partingBytes bound a cookie.
	partingClients = 20
	partingBytes   = 1500
)

func partingPlace() secret.Place { return secret.Place{Table: "session", Column: "parting"} }

// Part seals what the browser keeps of a session that was ended in it; empty where no
// application took part, or where it is too long for a cookie.
func (i *Interactions) Part(s storage.Session) (string, error) {
	if len(s.Clients) == 0 {
		return "", nil
	}
	text, err := json.Marshal(Parting{Session: s.ID, Clients: s.Clients[:min(len(s.Clients), partingClients)], At: i.Now()})
	if err != nil {
		return "", fmt.Errorf("flow: %w", err)
	}
	if len(text) > partingBytes {
		return "", nil
	}
	sealed, err := i.Keys.Seal(partingPlace(), text)
	if err != nil {
		return "", fmt.Errorf("flow: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(sealed), nil
}

// Parted opens it. Nothing is ok but what was sealed here, a short while ago.
func (i *Interactions) Parted(kept string) (p Parting, ok bool) {
	sealed, err := base64.RawURLEncoding.DecodeString(kept)
	if err != nil || kept == "" || len(sealed) > 2*partingBytes {
		return Parting{}, false
	}
	text, err := i.Keys.Open(partingPlace(), sealed)
	if err != nil || json.Unmarshal(text, &p) != nil {
		return Parting{}, false
	}
	age := i.Now().Sub(p.At)
	return p, age >= 0 && age < PartingLife
}
