package oidc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/claviger-id/claviger/oidc/client"
	"github.com/claviger-id/claviger/oidc/device"
	"github.com/claviger-id/claviger/oidc/fault"
	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/pkg/limit"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/request"
	"github.com/claviger-id/claviger/storage"
)

// authorizeDevice is the device authorization endpoint (RFC 8628 section 3.1).
func (p *Provider) authorizeDevice(w http.ResponseWriter, r *http.Request) error {
	codes, err := p.beginDevice(r)
	if err != nil {
		return p.denied(r, err)
	}
	shown := device.Spelled(codes.User)
	writeJSON(w, http.StatusOK, struct {
		DeviceCode              string `json:"device_code"`
		UserCode                string `json:"user_code"`
		VerificationURI         string `json:"verification_uri"`
		VerificationURIComplete string `json:"verification_uri_complete"`
		ExpiresIn               int64  `json:"expires_in"` // seconds
		Interval                int64  `json:"interval"`   // seconds
	}{
		codes.Device, shown, p.Issuer + pathDevice, p.Issuer + pathDevice + "?user_code=" + shown,
		int64(device.Life / time.Second), int64(device.Interval / time.Second),
	})
	return nil
}

func (p *Provider) beginDevice(r *http.Request) (device.Codes, error) {
	form, err := clientForm(r)
	if err != nil {
		return device.Codes{}, err
	}
	c, err := p.authenticate(r, form)
	if err != nil {
		return device.Codes{}, err
	}
	if !client.MayUse(c, client.GrantDeviceCode) {
		return device.Codes{}, &fault.Error{Code: fault.UnauthorizedClient, Description: "The client is not registered for the device flow.", ClientID: c.ID}
	}
	scopes, err := scopes(c, form.Get("scope"))
	if err != nil {
		return device.Codes{}, err
	}
	audience, err := resources(c, form["resource"])
	if err != nil {
		return device.Codes{}, err
	}
	return p.Devices.Begin(r.Context(), device.Request{ClientID: c.ID, Scopes: scopes, Audience: audience})
}

// EnterDeviceCode begins the sign-in that lets a device in, for the browser in
// which its code was entered, and goes there. A problem.NotFound when there is no
// such code, problem.Limited when too many were tried from this address: codes
// are short (RFC 8628 section 5.1).
func (p *Provider) EnterDeviceCode(w http.ResponseWriter, r *http.Request, userCode string) error {
	ctx, now := r.Context(), p.Now()
	budget := limit.Address()
	claim := storage.Claim{
		Key:  "device-code:" + limit.Block(request.From(ctx).Address).String(),
		Free: budget.Free, Waits: budget.Waits, Forget: budget.Forget,
	}
	// The attempt is counted first, so that many at once are not more.
	wait, err := p.Attempts.Reserve(ctx, now, claim)
	if err != nil {
		return fmt.Errorf("oidc: device: %w", err)
	}
	if wait > 0 {
		limited := problem.New(problem.Limited, "Too many codes were tried.")
		limited.RetryAfter = wait
		return limited
	}
	id, asked, err := p.Devices.Enter(ctx, userCode)
	c, known := p.Clients.Get(asked.ClientID)
	if errors.Is(err, device.ErrGone) || err == nil && !known {
		return problem.New(problem.NotFound, "There is no such code.")
	}
	if err := errors.Join(err, p.Attempts.Return(ctx, now, claim.Key)); err != nil {
		return fmt.Errorf("oidc: device: %w", err)
	}
	interaction, err := p.interact(w, r, flow.Request{
		ClientID: c.ID, ClientName: c.Name, Scopes: asked.Scopes, Audience: asked.Audience, Device: id, AskConsent: true, ReceivedAt: now,
	})
	if err != nil {
		return err
	}
	seeOther(w, flow.ResumePath(interaction))
	return nil
}

// decideDevice notes what the person decided, and says so on a page: there is no
// application in this browser to return to.
func (p *Provider) decideDevice(w http.ResponseWriter, r *http.Request, asked flow.Request, decision flow.Decision, s *storage.Session) error {
	var err error
	to := pathDeviceRefused
	if decision.Error == "" {
		to = pathDeviceDone
		err = p.approveDevice(r.Context(), asked, s)
	} else {
		err = p.Devices.Deny(r.Context(), asked.Device)
	}
	if errors.Is(err, storage.ErrNotFound) || errors.Is(err, storage.ErrEnded) {
		return p.page(w, r, http.StatusGone, flow.DeviceSignedOut, err)
	}
	if errors.Is(err, device.ErrGone) {
		return p.page(w, r, http.StatusGone, flow.DeviceOver, err)
	}
	if err != nil {
		return err
	}
	seeOther(w, to)
	return nil
}

func (p *Provider) approveDevice(ctx context.Context, asked flow.Request, s *storage.Session) error {
	approval, err := json.Marshal(authentication(asked, *s, flow.Mandate{}, true))
	if err != nil {
		return fmt.Errorf("oidc: device: %w", err)
	}
	// The client takes part in the session from now on: it is told of its end.
	c, _ := p.Clients.Get(asked.ClientID)
	idle, absolute := client.SessionLimits(c)
	if _, err := p.Sessions.Join(ctx, s.ID, asked.ClientID, idle, absolute); err != nil {
		return err
	}
	return p.Devices.Approve(ctx, asked.Device, approval)
}
