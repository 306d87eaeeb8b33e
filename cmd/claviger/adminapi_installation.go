package main

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/claviger-id/claviger/oidc/backchannel"
	"github.com/claviger-id/claviger/pkg/admin"
	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/config"
	"github.com/claviger-id/claviger/pkg/outbox"
	"github.com/claviger-id/claviger/storage"
)

// policies are the rules of the configuration, as the admin API shows them.
func (in *installation) policies() admin.Policies {
	c := in.config
	p := admin.Policies{
		Session: admin.SessionPolicy{
			Idle: seconds(c.Session.Idle), SharedIdle: seconds(c.Session.SharedIdle), Absolute: seconds(c.Session.Absolute), Concurrent: c.Session.Concurrent,
		},
		Password: admin.PasswordPolicy{
			Rotation: c.Password.Rotation.Mode, MaxAgeDays: c.Password.Rotation.MaxAgeDays, WarningDays: c.Password.Rotation.WarningDays,
			MinAgeDays: c.Password.Rotation.MinAgeDays, History: c.Password.Rotation.History, ExemptWithPasskey: c.Password.Rotation.ExemptWithPasskey,
			DisableAfter: c.Password.DisableAfter, TemporaryPaper: seconds(c.Password.TemporaryValidity), TemporarySent: seconds(c.Password.TemporaryValidityMail),
			Reveal: c.Password.Reveal, StolenAreRefused: c.Password.Breach.CorpusFile != "" || c.Password.Breach.RangeURL != "",
		},
		Tokens:    admin.TokenPolicy{Access: seconds(c.Tokens.Access), Code: seconds(c.Tokens.Code), Grant: seconds(c.Tokens.Grant)},
		Enrolment: admin.EnrolmentPolicy{UserIDPattern: c.Enroll.UserIDPattern, SecondPerson: c.Enroll.SecondPerson, Form: c.Enroll.Form},
		Access:    admin.AccessPolicy{Roles: append([]string{}, c.Access.Roles...), LongestDays: c.Access.LongestDays},
		Roles:     []admin.RolePolicy{},
	}
	roles := map[string]admin.RolePolicy{}
	for name, r := range c.Session.Roles {
		roles[name] = admin.RolePolicy{Role: name, Idle: seconds(r.Idle), SharedIdle: seconds(r.SharedIdle), Absolute: seconds(r.Absolute), Concurrent: r.Concurrent}
	}
	for name, r := range c.Password.Rotation.Roles {
		one := roles[name]
		one.Role, one.Rotation, one.MaxAgeDays = name, r.Mode, r.MaxAgeDays
		roles[name] = one
	}
	for _, name := range slices.Sorted(maps.Keys(roles)) {
		p.Roles = append(p.Roles, roles[name])
	}
	return p
}

func seconds(d config.Duration) int64 { return int64(d.Duration / time.Second) }

// healthPatience is how long a store may take to answer.
const healthPatience = 2 * time.Second

// health asks the parts of the installation how they are.
func (in *installation) health(sequencer *audit.Sequencer, logouts *backchannel.Logouts, leaving *outbox.Worker, ephemeral storage.Ephemeral) func(context.Context) []admin.HealthPart {
	return func(ctx context.Context) []admin.HealthPart {
		ctx, cancel := context.WithTimeout(ctx, healthPatience)
		defer cancel()
		told, age := logouts.Waiting()
		counts := leaving.Counts()
		var parcels, since int64
		for _, states := range counts.By {
			parcels += states[storage.ParcelPending]
		}
		if !counts.Oldest.IsZero() {
			since = int64(in.now().Sub(counts.Oldest) / time.Second)
		}
		return []admin.HealthPart{
			{Name: "durable_store", Healthy: in.store.Ping(ctx) == nil},
			{Name: "ephemeral_store", Healthy: ephemeral.Ping(ctx) == nil},
			{Name: "audit_log", Healthy: !sequencer.Behind()},
			{Name: "logouts", Healthy: true, Waiting: told, Oldest: int64(age / time.Second)},
			{Name: "outbox", Healthy: true, Waiting: parcels, Oldest: since},
		}
	}
}

// examineForAPI is what doctor finds.
func (in *installation) examineForAPI(ctx context.Context) ([]admin.Finding, error) {
	found, err := in.examine(ctx)
	var all []admin.Finding
	for _, f := range found {
		all = append(all, admin.Finding{Check: f.Check, Status: f.Status, Found: f.Found, Remedy: f.Remedy})
	}
	return all, err
}
