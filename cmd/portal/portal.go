package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/claviger-id/claviger/pkg/relying"
)

// portal is the application.
type portal struct {
	app  *relying.Application
	log  *slog.Logger
	now  func() time.Time
	idle time.Duration
}

// newPortal waits until the provider answers and puts the application together.
func newPortal(ctx context.Context, o options, log *slog.Logger) (*portal, error) {
	env := relying.Environment{HTTP: &http.Client{Timeout: 15 * time.Second}, Now: time.Now}
	provider, err := discover(ctx, env, o.issuer, log)
	if err != nil {
		return nil, err
	}
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails (crypto/rand)
	p := &portal{log: log, now: time.Now, idle: o.idle}
	p.app = &relying.Application{
		Provider:              provider,
		ID:                    o.clientID,
		Secret:                o.clientSecret,
		RedirectURI:           o.url + "/callback",
		PostLogoutRedirectURI: o.url + "/signed-out",
		Scopes:                offered(provider.Scopes),
		Sessions: &relying.Sessions{
			Limits: relying.Limits{Idle: o.idle, Absolute: 12 * time.Hour}, Now: time.Now,
		},
		Cookie: "meadowlark",
		Key:    key,
		Fault:  p.fault,
	}
	return p, nil
}

// wanted are the scopes whose claims the portal can show.
var wanted = []string{"profile", "email", "provider"}

// offered are the wanted scopes that the provider has.
func offered(supported []string) []string {
	var scopes []string
	for _, s := range wanted {
		if slices.Contains(supported, s) {
			scopes = append(scopes, s)
		}
	}
	return scopes
}

// discover asks until there is an answer: the two programs may be started at
// the same time.
func discover(ctx context.Context, env relying.Environment, issuer string, log *slog.Logger) (*relying.Provider, error) {
	pause := 100 * time.Millisecond
	for {
		provider, err := relying.Discover(ctx, env, issuer)
		if err == nil {
			return provider, nil
		}
		log.Warn("the provider does not answer yet", "issuer", issuer, "error", err)
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("stopped while waiting for %s: %w", issuer, err)
		case <-time.After(pause):
		}
		pause = min(2*pause, 5*time.Second)
	}
}
