package main

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/claviger-id/claviger/pkg/config"
	"github.com/claviger-id/claviger/pkg/password"
)

// policyDocument is what holds for somebody with certain roles.
type policyDocument struct {
	Roles                []string `json:"roles"`
	SessionIdle          string   `json:"session_idle"`
	SessionSharedIdle    string   `json:"session_shared_idle"`
	SessionAbsolute      string   `json:"session_absolute"`
	SessionConcurrent    int      `json:"session_concurrent"`
	SessionWins          string   `json:"session_concurrent_wins,omitempty"`
	SecondFactor         string   `json:"second_factor"`
	PasswordLength       int      `json:"password_min_length"`
	PasswordLengthFactor int      `json:"password_min_length_with_second_factor"`
	RotationMode         string   `json:"rotation_mode"`
	RotationMaxAge       string   `json:"rotation_max_age"`
	RotationWarning      string   `json:"rotation_warning"`
	RotationMinAge       string   `json:"rotation_min_age"`
	RotationHistory      int      `json:"rotation_history"`
	ExemptWithPasskey    bool     `json:"rotation_exempt_with_passkey"`
}

func (p *program) policyShowCommand() *cobra.Command {
	var (
		asJSON bool
		roles  []string
	)
	cmd := &cobra.Command{
		Use:   "show [--role ROLE]…",
		Short: "Show what holds for people with certain roles",
		Long: `Shows how long sessions live, which second factor is asked for and when passwords
have to be changed, for somebody with the roles that are named: of what is said for
everybody and for each role, the strictest. Without --role, what holds for everybody.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			c, err := p.load()
			if err != nil {
				return err
			}
			for _, role := range roles {
				if !c.KnowsRole(role) {
					return fmt.Errorf("the configuration knows no role %q; it knows %s", role, strings.Join(c.Roles(), ", "))
				}
			}
			d := policyOf(c, roles)
			concurrent := "any number"
			if d.SessionConcurrent > 0 {
				concurrent = fmt.Sprintf("%d; who has more keeps the %s", d.SessionConcurrent, d.SessionWins)
			}
			exempt := "no"
			if d.ExemptWithPasskey {
				exempt = "yes"
			}
			return printFacts(p.stdout, asJSON, d, [][2]string{
				{"Roles", cmp.Or(strings.Join(d.Roles, " "), "(everybody)")},
				{"Session, idle", inWords(d.SessionIdle)}, {"Session, idle, shared computer", inWords(d.SessionSharedIdle)}, {"Session, at the longest", inWords(d.SessionAbsolute)},
				{"Sessions at once", concurrent}, {"Sign-in", d.SecondFactor},
				{"Password, characters", fmt.Sprintf("%d, with a second factor %d", d.PasswordLength, d.PasswordLengthFactor)},
				{"Password change", d.RotationMode}, {"Password, oldest", inWords(d.RotationMaxAge)}, {"Password, warning before", inWords(d.RotationWarning)},
				{"Password, youngest to change", inWords(d.RotationMinAge)}, {"Passwords remembered", fmt.Sprint(d.RotationHistory)}, {"A passkey exempts", exempt},
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().StringSliceVar(&roles, "role", nil, "`role` that the person has; may be repeated")
	selects(cmd, "role")
	return cmd
}

// inWords is a duration of the document as people say it: 90 days, not 2160h0m0s.
func inWords(text string) string {
	d, err := time.ParseDuration(text)
	if err != nil {
		return text
	}
	for _, unit := range []struct {
		length time.Duration
		name   string
	}{{24 * time.Hour, "day"}, {time.Hour, "hour"}, {time.Minute, "minute"}, {time.Second, "second"}} {
		if d > 0 && d%unit.length == 0 {
			return plural(int64(d/unit.length), unit.name, unit.name+"s")
		}
	}
	return text
}

func policyOf(c config.Config, roles []string) policyDocument {
	limits, rotation := sessionLimits(c.Session).Of(roles), rotations(c.Password.Rotation).Of(roles)
	wins := ""
	if limits.Concurrent.Most > 0 {
		wins = config.WinsNewest
		if limits.Concurrent.OldestWins {
			wins = config.WinsOldest
		}
	}
	return policyDocument{
		Roles: append([]string{}, roles...), SessionIdle: limits.Idle.String(), SessionSharedIdle: limits.SharedIdle.String(),
		SessionAbsolute: limits.Absolute.String(), SessionConcurrent: limits.Concurrent.Most, SessionWins: wins, SecondFactor: c.Factors.Of(roles),
		PasswordLength: password.MinAlone, PasswordLengthFactor: password.MinWithSecondFactor,
		RotationMode: string(rotation.Mode), RotationMaxAge: rotation.MaxAge.String(), RotationWarning: rotation.Warning.String(),
		RotationMinAge: rotation.MinAge.String(), RotationHistory: rotation.History, ExemptWithPasskey: rotation.ExemptPasskey,
	}
}
