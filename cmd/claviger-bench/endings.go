package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/claviger-id/claviger/storage"
)

// application is what hears of the end of sessions. It answers at once, and checks
// nothing.
type application struct {
	server *http.Server

	mu    sync.Mutex // guards heard
	heard map[string]time.Time
}

// listen starts and registers the application.
func (in *installation) listen(ctx context.Context) (*application, error) {
	var open net.ListenConfig
	l, err := open.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	a := &application{heard: map[string]time.Time{}}
	a.server = &http.Server{Handler: http.HandlerFunc(a.hear), ReadHeaderTimeout: patience}
	go func() { _ = a.server.Serve(l) }()
	document := `{"client_id":"` + wardClient + `","token_endpoint_auth_method":"client_secret_basic","grant_types":["authorization_code"],"redirect_uris":["` +
		redirectTo + `"],"scope":"openid","backchannel_logout_uri":"http://` + l.Addr().String() + `/logout"}`
	if err := in.register(ctx, wardClient, document); err != nil {
		return nil, errors.Join(err, a.close())
	}
	return a, nil
}

func (a *application) close() error { return a.server.Close() }

func (a *application) hear(_ http.ResponseWriter, r *http.Request) {
	at := time.Now()
	var claims struct {
		Session string `json:"sid"`
	}
	if parts := strings.Split(r.PostFormValue("logout_token"), "."); len(parts) == 3 {
		if text, err := base64.RawURLEncoding.DecodeString(parts[1]); err == nil {
			_ = json.Unmarshal(text, &claims)
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if _, again := a.heard[claims.Session]; !again {
		a.heard[claims.Session] = at
	}
}

// wait waits until it has heard of these sessions, and returns when it did.
func (a *application) wait(ctx context.Context, of begun) ([]time.Time, error) {
	told := make([]time.Time, len(of.sessions))
	for until := time.Now().Add(2 * time.Minute); ; time.Sleep(20 * time.Millisecond) {
		missing := 0
		a.mu.Lock()
		for i, id := range of.sessions {
			at, is := a.heard[id]
			if told[i] = at; !is {
				missing++
			}
		}
		a.mu.Unlock()
		switch {
		case missing == 0:
			return told, nil
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case time.Now().After(until):
			return nil, fmt.Errorf("the application has not heard of the end of %d sessions", missing)
		}
	}
}

// endings are when sessions were due, when their end was on disk, and when their
// application heard of it.
type endings struct{ due, ended, told []time.Time }

// endings reads the ledger. The server does not run.
func (in *installation) endings(ctx context.Context, of begun, told []time.Time) (endings, error) {
	out := endings{due: of.deadlines, told: told, ended: make([]time.Time, len(of.sessions))}
	place := make(map[string]int, len(of.sessions))
	for i, id := range of.sessions {
		place[id] = i
	}
	err := in.withStores(ctx, func(s opened) error {
		return s.durable.View(ctx, func(tx storage.Tx) error {
			for after := (storage.LogoutPlace{}); ; {
				lines, err := tx.Logouts().List(ctx, storage.LogoutFilter{}, after, seedBatch)
				if err != nil || len(lines) == 0 {
					return err
				}
				for _, one := range lines {
					if i, is := place[one.SessionID]; is {
						out.ended[i] = one.CreatedAt
					}
				}
				last := lines[len(lines)-1]
				after = storage.LogoutPlace{At: last.CreatedAt, ID: last.ID}
			}
		})
	})
	for i, at := range out.ended {
		switch {
		case err != nil:
			return out, err
		case at.IsZero():
			return out, fmt.Errorf("the ledger does not know of the session %s", of.sessions[i])
		case at.Before(of.deadlines[i]) || told[i].Before(of.deadlines[i]):
			return out, fmt.Errorf("the session %s was over before its time", of.sessions[i])
		}
	}
	return out, err
}

// pace is how many there were in a second.
func pace(at []time.Time) float64 {
	first, last := slices.MinFunc(at, time.Time.Compare), slices.MaxFunc(at, time.Time.Compare)
	return float64(len(at)) / max(last.Sub(first), time.Millisecond).Seconds()
}

// late is a quantile of how late something was, in seconds.
func late(at, due []time.Time, q float64) float64 {
	all := make([]time.Duration, len(at))
	for i := range at {
		all[i] = at[i].Sub(due[i])
	}
	slices.Sort(all)
	return quantile(all, q).Seconds()
}
