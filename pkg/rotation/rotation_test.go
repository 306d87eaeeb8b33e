package rotation_test

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/claviger-id/claviger/pkg/rotation"
)

const day = 24 * time.Hour

var (
	set     = time.Date(2026, 1, 1, 9, 30, 0, 0, time.UTC)
	quarter = rotation.Policy{
		Mode: rotation.Enforced, MaxAge: 90 * day, Warning: 14 * day, MinAge: day, History: 10,
	}
)

func TestJudge(t *testing.T) {
	spread := quarter
	spread.Jitter = 7 * day
	exempt, advisory, lax := quarter, quarter, quarter
	exempt.ExemptPasskey, advisory.Mode, lax.Mode = true, rotation.Advisory, rotation.OnCompromise
	end := set.Add(90 * day)
	for name, test := range map[string]struct {
		policy  rotation.Policy
		pw      rotation.Password
		at      time.Duration
		state   rotation.State
		expires time.Time
	}{
		"new":                               {quarter, rotation.Password{}, 0, rotation.Fresh, end},
		"a second before the warning":       {quarter, rotation.Password{}, 76*day - time.Second, rotation.Fresh, end},
		"the warning":                       {quarter, rotation.Password{}, 76 * day, rotation.Aging, end},
		"a second before the expiry":        {quarter, rotation.Password{}, 90*day - time.Second, rotation.Aging, end},
		"the expiry":                        {quarter, rotation.Password{}, 90 * day, rotation.Expired, end},
		"a second after the expiry":         {quarter, rotation.Password{}, 90*day + time.Second, rotation.Expired, end},
		"later, a second before":            {quarter, rotation.Password{RemindAt: set.Add(77 * day)}, 77*day - time.Second, rotation.Fresh, end},
		"later is over":                     {quarter, rotation.Password{RemindAt: set.Add(77 * day)}, 77 * day, rotation.Aging, end},
		"later does not outlast the expiry": {quarter, rotation.Password{RemindAt: set.Add(91 * day)}, 90 * day, rotation.Expired, end},
		"the first of a cohort":             {spread, rotation.Password{Place: math.MaxUint32}, 83 * day, rotation.Expired, set.Add(83 * day)},
		"the first, a second before":        {spread, rotation.Password{Place: math.MaxUint32}, 83*day - time.Second, rotation.Aging, set.Add(83 * day)},
		"the first is warned as long":       {spread, rotation.Password{Place: math.MaxUint32}, 69 * day, rotation.Aging, set.Add(83 * day)},
		"the first, before the warning":     {spread, rotation.Password{Place: math.MaxUint32}, 69*day - time.Second, rotation.Fresh, set.Add(83 * day)},
		"the last of a cohort":              {spread, rotation.Password{}, 90*day - time.Second, rotation.Aging, end},
		"exempt":                            {exempt, rotation.Password{Passkey: true}, 1000 * day, rotation.Fresh, time.Time{}},
		"exempt, without a passkey":         {exempt, rotation.Password{}, 90 * day, rotation.Expired, end},
		"a passkey that exempts nobody":     {quarter, rotation.Password{Passkey: true}, 90 * day, rotation.Expired, end},
		"advised, a second before":          {advisory, rotation.Password{}, 90*day - time.Second, rotation.Fresh, time.Time{}},
		"advised":                           {advisory, rotation.Password{}, 90 * day, rotation.Aging, time.Time{}},
		"advised for ever":                  {advisory, rotation.Password{}, 1000 * day, rotation.Aging, time.Time{}},
		"advised, later":                    {advisory, rotation.Password{RemindAt: set.Add(1001 * day)}, 1000 * day, rotation.Fresh, time.Time{}},
		"on compromise only":                {lax, rotation.Password{}, 5 * 365 * day, rotation.Fresh, time.Time{}},
		"no policy at all":                  {rotation.Policy{}, rotation.Password{}, 5 * 365 * day, rotation.Fresh, time.Time{}},
	} {
		test.pw.SetAt = set
		got := test.policy.Judge(test.pw, set.Add(test.at))
		if d := cmp.Diff(rotation.Standing{State: test.state, ExpiresAt: test.expires}, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
	if got := rotation.Later(set); !got.Equal(set.Add(day)) {
		t.Errorf("later is %v", got)
	}
}

// TestACohortIsSpread has ten thousand people who chose at one moment.
func TestACohortIsSpread(t *testing.T) {
	p := quarter
	p.Jitter = 7 * day
	f := rotation.NewForecast(set, 100)
	for i := range uint32(10_000) {
		f.Add(p.ExpiresAt(rotation.Password{SetAt: set, Place: i * (math.MaxUint32 / 10_000)}), set)
	}
	busiest, total := int64(0), int64(0)
	for _, d := range f.Days {
		busiest, total = max(busiest, d.Count), total+d.Count
	}
	if total != 10_000 || f.Beyond+f.Never+f.Overdue != 0 || busiest > 1500 {
		t.Errorf("%d expire, %d on one day: %+v", total, busiest, f)
	}
}

func TestStrictestOfRoles(t *testing.T) {
	monthly, reminded, never := quarter, quarter, quarter
	monthly.MaxAge, reminded.Mode, never.Mode = 30*day, rotation.Advisory, rotation.OnCompromise
	policies := rotation.Policies{Default: quarter, Roles: map[string]rotation.Policy{"admin": monthly, "clerk": reminded, "service": never}}
	for name, test := range map[string]struct {
		roles []string
		want  rotation.Policy
	}{
		"none":           {nil, quarter},
		"unknown":        {[]string{"visitor"}, quarter},
		"one":            {[]string{"clerk"}, reminded},
		"laxer":          {[]string{"service"}, never},
		"the strictest":  {[]string{"service", "clerk", "admin"}, monthly},
		"among unknowns": {[]string{"visitor", "clerk", "service"}, reminded},
	} {
		if d := cmp.Diff(test.want, policies.Of(test.roles)); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
	for mode, want := range map[rotation.Mode]int{rotation.Enforced: 10, rotation.Advisory: 0, rotation.OnCompromise: 0, "": 0} {
		p := quarter
		p.Mode = mode
		if history, age := p.Remembered(); history != want || (age == 0) != (want == 0) {
			t.Errorf("%q: history %d, minimum age %v", mode, history, age)
		}
	}
}

func TestForecast(t *testing.T) {
	now := time.Date(2026, 3, 1, 22, 0, 0, 0, time.UTC)
	f := rotation.NewForecast(now, 3)
	for _, expires := range []time.Time{
		{}, now.Add(-time.Second), now, now.Add(time.Second), now.Add(2*time.Hour - time.Second), now.Add(2 * time.Hour),
		now.Add(50*time.Hour - time.Second), now.Add(50 * time.Hour),
	} {
		f.Add(expires, now)
	}
	first := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	want := &rotation.Forecast{Overdue: 2, Never: 1, Beyond: 1, Days: []rotation.Day{
		{Date: first, Count: 2}, {Date: first.AddDate(0, 0, 1), Count: 1}, {Date: first.AddDate(0, 0, 2), Count: 1},
	}}
	if d := cmp.Diff(want, f); d != "" {
		t.Error(d)
	}
}
