package admin

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/limit"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/request"
	"github.com/claviger-id/claviger/storage"
)

// recordable says whether a refusal under a key is answered and recorded by itself, or how
// long that takes: after a hundred, one in ten seconds stands for the others.
func (a *API) recordable(ctx context.Context, key string) (wait time.Duration, err error) {
	b := limit.Record()
	wait, err = a.Attempts.Reserve(ctx, a.Now(), storage.Claim{Key: key, Free: b.Free, Waits: b.Waits, Forget: b.Forget})
	if err != nil {
		return 0, fmt.Errorf("admin: attempts: %w", err)
	}
	return wait, nil
}

// refusable says whether an address has been refused so often that it is told nothing more
// for a while. Whoever may is never kept out by others at the same address.
func (a *API) refusable(ctx context.Context) error {
	wait, err := a.recordable(ctx, "admin-refused:"+limit.Block(request.From(ctx).Address).String())
	if err == nil && wait > 0 {
		err = &problem.Error{Code: problem.Limited, Message: "Too many requests from this address were refused. Wait before the next one.", RetryAfter: wait}
	}
	return err
}

// within counts a request of who may, and refuses what is more than their share of a
// minute.
func (a *API) within(ctx context.Context, operation string, by Caller) error {
	now := a.Now()
	name := string(by.kind) + ":" + by.id
	wait, err := a.Attempts.Reserve(ctx, now, storage.Claim{
		Key:  fmt.Sprintf("admin-calls:%s:%d", name, now.Unix()/60),
		Free: a.PerMinute - 1, Waits: []time.Duration{time.Minute}, Forget: time.Minute,
	})
	if err != nil {
		return fmt.Errorf("admin: attempts: %w", err)
	}
	if wait == 0 {
		return nil
	}
	over := &problem.Error{
		Code: problem.Limited, Message: "These are more requests than you may send in a minute.", RetryAfter: now.Truncate(time.Minute).Add(time.Minute).Sub(now),
	}
	silent, err := a.recordable(ctx, "admin-limited:"+name)
	if err != nil || silent > 0 {
		return errors.Join(over, err)
	}
	return errors.Join(over, a.record(ctx, audit.Event{
		Kind: audit.OperatorDenied, Outcome: audit.OutcomeDeny, Reason: "too_many", Actor: by.Actor, Detail: map[string]string{"operation": operation},
	}))
}

// record records something that changes nothing.
func (a *API) record(ctx context.Context, e audit.Event) error {
	return a.Store.Tx(ctx, func(tx storage.Tx) error { return audit.Record(ctx, tx, e) })
}

// documentLimits says of every operation that there may be too many requests (RFC 6585
// section 4).
func documentLimits(d *huma.OpenAPI) {
	seconds := float64(1)
	for _, path := range d.Paths {
		for _, op := range []*huma.Operation{path.Get, path.Post, path.Put, path.Patch, path.Delete} {
			if op == nil {
				continue
			}
			op.Responses[strconv.Itoa(http.StatusTooManyRequests)] = &huma.Response{
				Description: "Too many requests: of this caller in a minute, or of this address that were refused.",
				Headers: map[string]*huma.Param{"Retry-After": {
					Description: "After how many seconds the next one may be sent (RFC 9110 section 10.2.3).", Required: true,
					Schema: &huma.Schema{Type: huma.TypeInteger, Minimum: &seconds},
				}},
				Content: op.Responses["default"].Content,
			}
		}
	}
}
