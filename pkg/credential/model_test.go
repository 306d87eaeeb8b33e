package credential_test

import (
	"fmt"
	"slices"
	"time"

	"github.com/claviger-id/claviger/pkg/credential"
	"github.com/claviger-id/claviger/pkg/problem"
	"github.com/claviger-id/claviger/pkg/rotation"
	"github.com/claviger-id/claviger/storage"
)

// model is one account as the documentation describes it, without databases,
// hashes and concurrency: what package credential does is compared with it.
type model struct {
	now    time.Time
	policy rotation.Policy
	place  uint32 // in the jitter
	leaked map[string]bool

	state     storage.PersonState
	kind      storage.PasswordKind
	secret    string
	version   int64
	setAt     time.Time
	expiresAt time.Time
	forced    string
	remindAt  time.Time
	former    []string  // newest first
	before    time.Time // when the newest of them was chosen

	failures, against int64
	account           counter
	addresses         map[int]*counter
	around            counter
	devices           []*modelDevice
}

type modelDevice struct {
	name     string
	failures int64
	usedAt   time.Time
	waits    counter
}

// counter is one budget of attempts.
type counter struct {
	n           int64
	last, prior time.Time
}

// The waits after 4, 5, 6, … failures, as the documentation lists them.
var (
	accountWaits = []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 16 * time.Second, 32 * time.Second, 15 * time.Minute}
	deviceWaits  = accountWaits[:6]
)

func (c *counter) wait(now time.Time, free int64, waits []time.Duration, forget time.Duration) time.Duration {
	if c.n > 0 && !now.Before(c.last.Add(forget)) {
		*c = counter{}
	}
	if c.n <= free {
		return 0
	}
	return max(c.last.Add(waits[min(int(c.n-free), len(waits))-1]).Sub(now), 0)
}

func (c *counter) enter(now time.Time) { c.n, c.prior, c.last = c.n+1, c.last, now }

func (c *counter) takeBack() {
	c.n--
	c.last = c.prior
}

// outcome is what a caller learns.
type outcome struct {
	Code     problem.Code
	Wait     time.Duration
	Kind     storage.PasswordKind
	Version  int64
	Must     string
	May      bool
	Expires  time.Time
	Remember bool
	Refused  string
}

func (m *model) device(name string) *modelDevice {
	for _, d := range m.devices {
		if name != "" && d.name == name {
			return d
		}
	}
	return nil
}

func (m *model) address(i int) *counter {
	if m.addresses[i] == nil {
		m.addresses[i] = &counter{}
	}
	return m.addresses[i]
}

// try is one attempt at the password; ok says that it was right. known is the
// browser that it was counted against.
func (m *model) try(pw, browser string, address int) (out outcome, known *modelDevice, ok bool) {
	dead := m.kind == "" || m.state == storage.PersonSuspended || m.state == storage.PersonClosed ||
		m.kind == storage.PasswordTemporary && !m.now.Before(m.expiresAt)
	if d := m.device(browser); d != nil && m.kind != storage.PasswordTemporary && d.failures < 10 && m.now.Before(d.usedAt.Add(180*24*time.Hour)) {
		known = d
	}
	if known != nil {
		if w := known.waits.wait(m.now, 3, deviceWaits, 24*time.Hour); w > 0 {
			return outcome{Code: problem.Limited, Wait: w}, known, false
		}
		known.waits.enter(m.now)
		known.failures++
		if dead || pw != m.secret {
			return outcome{Code: problem.Unauthenticated}, known, false
		}
		known.waits, known.failures, known.usedAt = counter{}, 0, m.now
		return outcome{}, known, true
	}
	w := max(m.account.wait(m.now, 3, accountWaits, 24*time.Hour),
		m.address(address).wait(m.now, 49, []time.Duration{15 * time.Minute}, 30*time.Minute),
		m.around.wait(m.now, 199, []time.Duration{15 * time.Minute}, 30*time.Minute))
	if w > 0 {
		return outcome{Code: problem.Limited, Wait: w}, nil, false
	}
	m.account.enter(m.now)
	m.address(address).enter(m.now)
	m.around.enter(m.now)
	if m.failures >= 50 || m.kind == storage.PasswordTemporary && m.against >= 10 {
		return outcome{Code: problem.Unauthenticated}, nil, false
	}
	m.failures++
	m.against++
	if dead || pw != m.secret {
		return outcome{Code: problem.Unauthenticated}, nil, false
	}
	m.failures, m.against, m.account = 0, 0, counter{}
	m.address(address).takeBack()
	m.around.takeBack()
	return outcome{}, nil, true
}

func (m *model) signIn(pw, browser string, remember bool, address int) outcome {
	out, known, ok := m.try(pw, browser, address)
	if !ok {
		return out
	}
	if remember {
		m.remember(browser, known)
	}
	out.Kind, out.Version, out.Remember = m.kind, m.version, remember
	if m.kind == storage.PasswordTemporary {
		out.Must = credential.MustTemporary
		return out
	}
	if m.leaked[pw] && m.forced == "" {
		m.forced = credential.MustCompromised
	}
	aspect := rotation.Password{SetAt: m.setAt, Place: m.place}
	out.Expires = m.policy.ExpiresAt(aspect)
	aging := m.policy.Mode == rotation.Advisory && !m.now.Before(m.setAt.Add(m.policy.MaxAge)) ||
		!out.Expires.IsZero() && !m.now.Before(out.Expires.Add(-m.policy.Warning))
	switch {
	case m.forced != "":
		out.Must = m.forced
	case known != nil && m.failures >= 50:
		out.Must = credential.MustGuessed
	case !out.Expires.IsZero() && !m.now.Before(out.Expires):
		out.Must = credential.MustExpired
	case aging && !m.now.Before(m.remindAt):
		out.May = true
	}
	return out
}

// remember makes the browser known. One that was known before is so again.
func (m *model) remember(browser string, known *modelDevice) {
	d := known
	if d == nil {
		d = m.device(browser)
	}
	if d == nil {
		d = &modelDevice{name: browser}
		m.devices = append(m.devices, d)
	}
	d.failures, d.usedAt = 0, m.now
	slices.SortFunc(m.devices, func(a, b *modelDevice) int { return b.usedAt.Compare(a.usedAt) })
	m.devices = m.devices[:min(len(m.devices), 5)]
}

// mayChoose says why a password cannot be chosen, or "".
func (m *model) mayChoose(chosen string) problem.Code {
	seen := []string{m.secret}
	if m.policy.Mode == rotation.Enforced {
		n := m.policy.History
		if m.kind == storage.PasswordPersonal {
			n--
		}
		seen = append(seen, m.former[:min(len(m.former), n)]...)
	}
	if len(chosen) < 15 || m.leaked[chosen] || slices.Contains(seen, chosen) {
		return problem.Invalid
	}
	return ""
}

func (m *model) retire() {
	switch {
	case m.policy.Mode != rotation.Enforced:
		m.former = nil
	case m.kind == storage.PasswordPersonal:
		m.former, m.before = append([]string{m.secret}, m.former...), m.setAt
		m.former = m.former[:min(len(m.former), m.policy.History)]
	}
}

func (m *model) replace(chosen string) problem.Code {
	if m.state == storage.PersonSuspended || m.state == storage.PersonClosed {
		return problem.Denied
	}
	m.retire()
	m.kind, m.secret, m.setAt, m.expiresAt, m.forced, m.remindAt = storage.PasswordPersonal, chosen, m.now, time.Time{}, "", time.Time{}
	m.version++
	m.failures, m.against, m.account = 0, 0, counter{}
	m.state = storage.PersonActive
	return ""
}

func (m *model) choose(version int64, chosen string) outcome {
	switch code := m.mayChoose(chosen); {
	case m.kind == "":
		return outcome{Code: problem.Internal}
	case version != m.version:
		return outcome{Code: problem.Conflict}
	case code != "":
		return outcome{Code: code}
	}
	return outcome{Code: m.replace(chosen)}
}

func (m *model) change(current, chosen, browser string, address int) outcome {
	if m.kind != storage.PasswordPersonal {
		return outcome{Code: problem.Conflict}
	}
	out, _, ok := m.try(current, browser, address)
	if !ok {
		return out
	}
	lately := func(at time.Time) bool { return m.now.Before(at.Add(m.policy.MinAge)) }
	if m.policy.Mode == rotation.Enforced && m.forced == "" && lately(m.setAt) && len(m.former) > 0 && lately(m.before) {
		return outcome{Code: problem.Invalid, Wait: m.before.Add(m.policy.MinAge).Sub(m.now)}
	}
	if code := m.mayChoose(chosen); code != "" {
		return outcome{Code: code}
	}
	return outcome{Code: m.replace(chosen)}
}

func (m *model) recover(chosen string, redeemed bool) outcome {
	if m.kind != storage.PasswordPersonal {
		return outcome{Code: problem.Conflict}
	}
	if code := m.mayChoose(chosen); code != "" {
		return outcome{Code: code}
	}
	if !redeemed {
		return outcome{Code: problem.NotFound}
	}
	code := m.replace(chosen)
	if code == "" {
		m.devices = nil
	}
	return outcome{Code: code}
}

// issue is a first or another temporary password; secret is what was drawn.
func (m *model) issue(secret func() string, validFor time.Duration, proven bool) outcome {
	switch {
	case m.kind == storage.PasswordPersonal && !proven, m.state == storage.PersonSuspended, m.state == storage.PersonClosed:
		return outcome{Code: problem.Conflict}
	}
	m.against = 0
	if proven {
		if m.kind != "" {
			m.retire()
		}
		m.failures, m.devices, m.account = 0, nil, counter{}
	}
	m.kind, m.secret, m.setAt, m.expiresAt, m.forced, m.remindAt = storage.PasswordTemporary, secret(), m.now, m.now.Add(validFor), "", time.Time{}
	m.version++
	m.state = storage.PersonCredentialIssued
	return outcome{}
}

func (m *model) force() outcome {
	if m.kind == storage.PasswordPersonal && m.forced == "" {
		m.forced = credential.MustOperator
	}
	return outcome{}
}

func (m *model) postpone(version int64) outcome {
	if m.kind == "" || version != m.version {
		return outcome{Code: problem.Internal} // storage.ErrStale
	}
	m.remindAt = m.now.Add(24 * time.Hour)
	return outcome{}
}

func (m *model) refuse(authTime time.Time) outcome {
	expires := m.policy.ExpiresAt(rotation.Password{SetAt: m.setAt, Place: m.place})
	switch {
	case m.kind == storage.PasswordTemporary:
		return outcome{Refused: credential.RefusedReset}
	case m.forced == credential.MustCompromised:
		return outcome{Refused: credential.RefusedCompromised}
	case m.forced != "":
		return outcome{Refused: credential.RefusedForced}
	case m.kind == storage.PasswordPersonal && !expires.IsZero() && !m.now.Before(expires) && !m.now.Before(authTime.Add(12*time.Hour)):
		return outcome{Refused: credential.RefusedExpired}
	}
	return outcome{}
}

// boundaries are the moments at which something changes for the account.
func (m *model) boundaries() []time.Time {
	all := []time.Time{m.expiresAt, m.remindAt, m.setAt.Add(m.policy.MinAge), m.before.Add(m.policy.MinAge), m.account.last.Add(24 * time.Hour)}
	waits := func(c counter, w []time.Duration) {
		if c.n > 3 {
			all = append(all, c.last.Add(w[min(int(c.n-3), len(w))-1]))
		}
	}
	waits(m.account, accountWaits)
	for _, d := range m.devices {
		waits(d.waits, deviceWaits)
		all = append(all, d.usedAt.Add(180*24*time.Hour))
	}
	if m.kind == storage.PasswordPersonal {
		if expires := m.policy.ExpiresAt(rotation.Password{SetAt: m.setAt, Place: m.place}); !expires.IsZero() {
			all = append(all, expires, expires.Add(-m.policy.Warning))
		} else {
			all = append(all, m.setAt.Add(m.policy.MaxAge))
		}
	}
	return all
}

// summary is what the store has to say of the account.
type summary struct {
	State             storage.PersonState
	Kind              storage.PasswordKind
	Version           int64
	SetAt, ExpiresAt  time.Time
	Forced            string
	RemindAt          time.Time
	Former            int
	Failures, Against int64
	Devices           []string
}

func (m *model) summary() summary {
	s := summary{
		State: m.state, Kind: m.kind, Version: m.version, SetAt: m.setAt, ExpiresAt: m.expiresAt, Forced: m.forced, RemindAt: m.remindAt,
		Former: len(m.former), Failures: m.failures, Against: m.against,
	}
	for _, d := range m.devices {
		s.Devices = append(s.Devices, fmt.Sprint(d.name, " ", d.failures))
	}
	slices.Sort(s.Devices)
	return s
}
