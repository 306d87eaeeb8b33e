package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/storage"
)

// eventDocument is an event as the command prints it.
type eventDocument struct {
	ID        string            `json:"id"`
	Place     int64             `json:"place"`
	Time      time.Time         `json:"time"`
	Kind      audit.Kind        `json:"kind"`
	Outcome   audit.Outcome     `json:"outcome"`
	Reason    string            `json:"reason,omitempty"`
	Actor     audit.Actor       `json:"actor"`
	ActorName string            `json:"actor_user_id,omitempty"`
	Subject   string            `json:"subject,omitempty"`
	UserID    string            `json:"user_id,omitempty"`
	Client    string            `json:"client_id,omitempty"`
	Session   string            `json:"session_id,omitempty"`
	Grant     string            `json:"grant_id,omitempty"`
	Detail    map[string]string `json:"detail,omitempty"`
	RequestID string            `json:"request_id,omitempty"`
	Address   string            `json:"address,omitempty"`
}

// by is who did it, in a table.
func (e eventDocument) by() string {
	if name := cmp.Or(e.ActorName, e.Actor.ID); name != "" {
		return e.Actor.Type + ":" + name
	}
	return e.Actor.Type
}

// personOf is the ID of the account of who did something, where it was a person.
func personOf(by audit.Actor) string {
	if by.Type != "person" {
		return ""
	}
	return by.ID
}

func (p *program) auditListCommand() *cobra.Command {
	var (
		q                     audit.Query
		userID, kind, outcome string
		since, until, cursor  string
		limit                 int
		asJSON                bool
		knownOutcomes         = []string{"", string(audit.OutcomeAllow), string(audit.OutcomeDeny)}
	)
	cmd := &cobra.Command{
		Use:   "list [--user-id USER-ID] [--kind KIND] [--outcome allow|deny] …",
		Short: "Look for events in the audit log, the newest first",
		Long: `Lists what the audit log says of a person, an actor, an application, an organization,
a time, a kind or an outcome, or of all that are named at once; docs/audit-events.md
has the kinds. A time is a day (2026-11-30), a moment (2026-11-30T08:00:00Z), or how
long ago (36h). One look reads no more than 5,000 events: where there may be more, the
command says with which --cursor to go on. That the log was read is recorded in it.

The subject is the account that an event is about. It and whoever did something are
shown by their User IDs, where they are accounts; --json has their IDs, and everything
else that was written down. The note is what somebody wrote to it.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			if !slices.Contains(knownOutcomes, outcome) {
				return usageError{fmt.Errorf("the outcome is %q; it can be allow or deny", outcome)}
			}
			if kind != "" && !slices.Contains(audit.Kinds(), audit.Kind(kind)) {
				return usageError{fmt.Errorf("there is no kind %q; %s", kind, nearKinds(kind))}
			}
			if limit < 1 || limit > listedMost {
				return usageError{fmt.Errorf("the limit is %d; it can be 1 to %d", limit, listedMost)}
			}
			var err error
			if q.Since, err = p.moment(since); err != nil {
				return usageError{fmt.Errorf("--since: %w", err)}
			}
			if q.Until, err = p.moment(until); err != nil {
				return usageError{fmt.Errorf("--until: %w", err)}
			}
			q.Kind, q.Outcome, q.Newest = audit.Kind(kind), audit.Outcome(outcome), true
			return p.change(ctx, false, func(in *installation) error {
				if userID != "" {
					who, _, err := in.accounts(nil).Find(ctx, userID, operator())
					if err != nil {
						return err
					}
					q.Person = who.ID
				}
				if q.Organization != "" {
					var err error
					if q.Organization, err = in.access(nil).Known(ctx, q.Organization); err != nil {
						return err
					}
				}
				found, next, err := audit.Search(ctx, in.store, q, cursor, limit)
				if err != nil {
					return err
				}
				if err := in.store.Tx(ctx, func(tx storage.Tx) error {
					return audit.Record(ctx, tx, q.Looked(audit.AuditRead, len(found), operator()))
				}); err != nil {
					return err
				}
				var ids []string
				for _, e := range found {
					ids = append(ids, e.Subject, personOf(e.Actor))
				}
				names, err := in.userIDs(ctx, slices.DeleteFunc(ids, func(id string) bool { return id == "" })...)
				if err != nil {
					return err
				}
				list := []eventDocument{}
				for _, e := range found {
					list = append(list, eventDocument{
						ID: e.ID, Place: e.Place, Time: e.At, Kind: e.Kind, Outcome: e.Outcome, Reason: e.Reason, Actor: e.Actor, Subject: e.Subject,
						ActorName: names[personOf(e.Actor)], UserID: names[e.Subject],
						Client: e.ClientID, Session: e.SessionID, Grant: e.GrantID, Detail: e.Detail, RequestID: e.RequestID, Address: e.Address,
					})
				}
				return printPage(p, asJSON, list, next, "TIME\tKIND\tOUTCOME\tREASON\tACTOR\tSUBJECT\tAPPLICATION\tADDRESS\tNOTE", func(e eventDocument) []any {
					return []any{when(e.Time), e.Kind, e.Outcome, e.Reason, e.by(), cmp.Or(e.UserID, e.Subject), e.Client, e.Address, e.Detail["note"]}
				})
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&userID, "user-id", "", "about the person with this `User ID`")
	f.StringVar(&q.Actor, "actor", "", "done by whom this `ID` names, as the log and --json write it")
	f.StringVar(&q.ClientID, "client", "", "about the application with this `ID`")
	f.StringVar(&q.Organization, "org", "", "about the organization with this ID or `name`, closed ones too")
	f.StringVar(&kind, "kind", "", "of this `kind`, such as signin.failed")
	f.StringVar(&outcome, "outcome", "", "allow or deny")
	f.StringVar(&since, "since", "", "not before this `time`")
	f.StringVar(&until, "until", "", "before this `time`")
	f.StringVar(&cursor, "cursor", "", "go on after the last look, with the `cursor` that it printed")
	selects(cmd, "user-id", "actor", "client", "org", "kind", "outcome", "since", "until", "cursor")
	f.IntVar(&limit, "limit", 50, "at most this `number`")
	f.BoolVar(&asJSON, "json", false, "print JSON, with everything that was written down")
	return cmd
}

// moment reads a time that an operator names: a day, a moment, or how long ago.
func (p *program) moment(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if ago, err := time.ParseDuration(text); err == nil && ago >= 0 {
		return p.now().Add(-ago), nil
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if at, err := time.Parse(layout, text); err == nil {
			return at.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no time, such as 2026-11-30, 2026-11-30T08:00:00Z or 36h", text)
}

// nearKinds are the kinds that somebody may have meant: those with the same beginning or
// the same end, and else how kinds begin.
func nearKinds(kind string) string {
	area, what, _ := strings.Cut(kind, ".")
	var near, areas []string
	for _, k := range audit.Kinds() {
		ownArea, ownWhat, _ := strings.Cut(string(k), ".")
		if ownArea == area || ownWhat == what {
			near = append(near, string(k))
		}
		areas = append(areas, ownArea+".")
	}
	slices.Sort(near)
	slices.Sort(areas)
	if len(near) > 0 {
		return "there is " + strings.Join(near, ", ")
	}
	return "kinds begin with " + strings.Join(slices.Compact(areas), " ") + " and docs/audit-events.md has all"
}
