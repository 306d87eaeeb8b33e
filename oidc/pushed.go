package oidc

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/claviger-id/claviger/oidc/client"
	"github.com/claviger-id/claviger/oidc/fault"
	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/pkg/secret"
	"github.com/claviger-id/claviger/pkg/web"
	"github.com/claviger-id/claviger/storage"
)

const (
	requestURIPrefix = "urn:ietf:params:oauth:request_uri:"
	// pushedLife is how long a pushed request waits for its browser (RFC 9126
	// section 2.2). It is kept no longer: who pushes need not even authenticate.
	pushedLife = 90 * time.Second
	// pushedKept is how long its use is remembered: longer than it can be used. It
	// is used when its code is issued, so that only people with an account can make
	// us remember anything.
	pushedKept = flow.PushedUse + time.Hour
)

// push is the pushed authorization request endpoint (RFC 9126). The request is
// judged here, as it would be at the authorization endpoint, and kept as it was
// found.
func (p *Provider) push(w http.ResponseWriter, r *http.Request) error {
	id, err := p.keepPushed(w, r)
	if err != nil {
		return p.denied(r, err)
	}
	writeJSON(w, http.StatusCreated, struct {
		RequestURI string `json:"request_uri"`
		ExpiresIn  int64  `json:"expires_in"` // seconds
	}{requestURIPrefix + id, int64(pushedLife / time.Second)})
	return nil
}

func (p *Provider) keepPushed(w http.ResponseWriter, r *http.Request) (id string, err error) {
	ctx := r.Context()
	form, err := clientForm(r)
	if err != nil {
		return "", err
	}
	c, binding, err := p.fromClient(w, r, form, pathPushed)
	if err != nil {
		return "", err
	}
	if form.Get("request_uri") != "" { // section 2.1
		return "", fault.New(fault.InvalidRequest, "A pushed request holds no request_uri.")
	}
	// Authentication is over; what is left is the request.
	for _, name := range []string{"client_secret", "client_assertion", "client_assertion_type"} {
		form.Del(name)
	}
	form.Set("client_id", c.ID)
	switch signed := form.Get("request"); {
	case signed != "":
		if form, err = p.requestObject(ctx, c, form); err != nil {
			return "", err
		}
	case c.RequireSignedRequest:
		return "", fault.New(fault.InvalidRequest, "Authorization requests of this client have to be signed.")
	}
	if !client.IsRedirectURI(c, form.Get("redirect_uri")) {
		return "", fault.New(fault.InvalidRequest, "The redirect_uri is missing, or not registered for the client.")
	}
	request, err := p.authorizationRequest(ctx, c, form)
	if err != nil {
		return "", err
	}
	if binding.JKT != "" { // RFC 9449 section 10.1
		if request.DPoPJKT != "" && request.DPoPJKT != binding.JKT {
			return "", fault.New(fault.InvalidDPoPProof, "The dpop_jkt is not the key of the DPoP proof.")
		}
		request.DPoPJKT = binding.JKT
	}
	text, err := json.Marshal(request)
	if err != nil {
		return "", fmt.Errorf("oidc: pushed: %w", err)
	}
	id = secret.NewToken()
	now := p.Now()
	if err := p.Requests.Create(ctx, storage.Interaction{
		ID: pushedID(id), HolderHash: secret.Hash(c.ID), CreatedAt: now, ExpiresAt: now.Add(pushedLife), State: text, Version: 1,
	}); err != nil {
		return "", fmt.Errorf("oidc: pushed: %w", err)
	}
	return id, nil
}

// pushedID names the record by a hash: who reads the store learns no request_uri.
// It cannot be taken for an interaction.
func pushedID(id string) string {
	return "pushed:" + base64.RawURLEncoding.EncodeToString(secret.Hash(id))
}

// authorizePushed goes on with a request that was pushed. Of what stands beside
// it only client_id counts (RFC 9126 section 4).
func (p *Provider) authorizePushed(w http.ResponseWriter, r *http.Request, form url.Values) error {
	ctx := r.Context()
	if web.Repeated(form, "resource") != "" || tooLong(form) != "" {
		return p.page(w, r, http.StatusBadRequest, flow.TooMuch, nil)
	}
	c, ok := p.Clients.Get(form.Get("client_id"))
	if !ok {
		return p.page(w, r, http.StatusBadRequest, flow.NotRegistered, nil)
	}
	id, pushed := strings.CutPrefix(form.Get("request_uri"), requestURIPrefix)
	if !pushed {
		// OpenID Connect Core section 6.2: requests are not fetched.
		return p.refuseUnread(w, r, c, form, fault.New(fault.RequestURINotSupported, "Requests are not fetched from elsewhere. Push them."))
	}
	request, err := p.pushed(ctx, c, id)
	var refused *fault.Error
	if errors.As(err, &refused) {
		return p.refuseUnread(w, r, c, form, err)
	}
	if err != nil {
		return err
	}
	s, err := p.current(ctx, r)
	if err != nil {
		return p.answerError(w, r, target(c, request), err)
	}
	return p.proceed(w, r, c, request, s)
}

func (p *Provider) pushed(ctx context.Context, c storage.Client, id string) (flow.Request, error) {
	gone := fault.New(fault.InvalidRequestURI, "The pushed request has expired, was used, or is another client's.")
	now := p.Now()
	record, err := p.Requests.Get(ctx, pushedID(id), now)
	if errors.Is(err, storage.ErrNotFound) {
		return flow.Request{}, gone
	}
	if err != nil {
		return flow.Request{}, fmt.Errorf("oidc: pushed: %w", err)
	}
	if !secret.Equal(record.HolderHash, secret.Hash(c.ID)) {
		return flow.Request{}, gone
	}
	var request flow.Request
	if err := json.Unmarshal(record.State, &request); err != nil {
		return flow.Request{}, fmt.Errorf("oidc: pushed: %w", err)
	}
	// The registration may have changed since.
	if !client.IsRedirectURI(c, request.RedirectURI) {
		return flow.Request{}, gone
	}
	request.Pushed = id
	request.PushedAt = now
	request.ReceivedAt = now // max_age is about the moment at which the browser comes
	return request, nil
}

// takePushed uses a pushed request up, which can be done once (FAPI 2.0 Security
// Profile section 5.3.2.2): when its code is issued, so that a page that was
// reloaded on the way does no harm. Browsers that went to it in time may come here
// much later, each once.
func (p *Provider) takePushed(ctx context.Context, request flow.Request) error {
	if request.Pushed == "" {
		return nil
	}
	now, id := p.Now(), pushedID(request.Pushed)
	fresh := now.Before(request.PushedAt.Add(flow.PushedUse))
	if fresh {
		var err error
		if fresh, err = p.Marks.Set(ctx, id, now, now.Add(pushedKept)); err != nil {
			return fmt.Errorf("oidc: pushed: %w", err)
		}
	}
	if !fresh {
		return fault.New(fault.InvalidRequestURI, "The pushed request was used before.")
	}
	// The mark decides. That the request is gone as well spares the next person
	// from signing in for nothing.
	err := p.Requests.Take(ctx, id, 1, now)
	if err != nil && !errors.Is(err, storage.ErrNotFound) && !errors.Is(err, storage.ErrStale) {
		return fmt.Errorf("oidc: pushed: %w", err)
	}
	return nil
}
