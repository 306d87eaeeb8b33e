package config

import (
	"fmt"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
)

// check collects problems.
type check struct{ problems Problems }

func (k *check) that(ok bool, format string, args ...any) {
	if !ok {
		k.problems = append(k.problems, fmt.Sprintf(format, args...))
	}
}

func (c Config) problems() Problems {
	k := &check{}
	c.public(k)
	c.lifetimes(k)
	c.password(k)
	c.factors(k)
	c.agreement(k)
	c.mail(k)
	c.registration(k)
	c.access(k)
	c.brand(k)
	k.that(c.Data.Directory != "", "data.directory: must not be empty")
	k.that((c.Data.PostgresFile == "") == (c.Data.RedisFile == ""),
		"data: postgres_url_file and redis_url_file belong together: two replicas need both, one process needs neither")
	k.that(c.Data.RedisCAFile == "" || c.Data.RedisFile != "", "data.redis_ca_file: needs redis_url_file")
	k.that(strings.Contains(c.Enroll.UserIDPattern, "{last}"), "enroll.user_id_pattern: must contain {last}")
	k.that(strings.Contains(c.Enroll.UserIDPattern, "{n}"), "enroll.user_id_pattern: must contain {n}")
	k.that(slices.Contains([]string{"debug", "info", "warn", "error"}, c.Log.Level), "log.level: %q is none of debug, info, warn, error", c.Log.Level)
	k.that(slices.Contains([]string{"text", "json"}, c.Log.Format), "log.format: %q is none of text, json", c.Log.Format)
	return k.problems
}

func (c Config) public(k *check) {
	p := c.Public
	u, err := url.Parse(p.Issuer)
	switch {
	case err != nil || u.Host == "":
		k.that(false, "public.issuer: %q is not an absolute URL", shown(p.Issuer))
	default:
		// RFC 8414 section 2: https, no query, no fragment. Plain http is for
		// loopback only, where nothing crosses a network.
		k.that(u.Scheme == "https" || (u.Scheme == "http" && loopbackHost(u.Hostname())),
			"public.issuer: must be https (http is allowed on a loopback host only)")
		k.that(u.RawQuery == "" && u.Fragment == "" && u.User == nil && !strings.Contains(p.Issuer, "?") && !strings.Contains(p.Issuer, "#"),
			"public.issuer: must have no query, fragment or user")
		k.that(u.Path == "", "public.issuer: must be an origin without a path and without a slash at the end")
	}
	host, _, err := net.SplitHostPort(p.Listen)
	k.that(err == nil, "public.listen: %q is not host:port", p.Listen)
	k.that((p.CertificateFile == "") == (p.KeyFile == ""), "public: certificate_file and key_file belong together")
	if err == nil {
		k.that(p.CertificateFile != "" || loopbackHost(host),
			"public.listen: %q is not loopback, so certificate_file and key_file are needed", p.Listen)
	}
	for _, n := range p.TrustedProxies {
		_, err := netip.ParsePrefix(n)
		k.that(err == nil, "public.trusted_proxies: %q is not a network such as 10.0.0.0/8", n)
	}
	for _, n := range c.Outbound.Allow {
		_, errPrefix := netip.ParsePrefix(n)
		_, errAddr := netip.ParseAddr(n)
		k.that(errPrefix == nil || errAddr == nil, "outbound.allow: %q is neither an address nor a network such as 10.0.0.0/8", n)
	}
	switch p.ClientCertificates {
	case "none":
	case "connection":
		k.that(p.CertificateFile != "", "public.client_certificates: connection needs certificate_file and key_file")
	case "proxy":
		k.that(len(p.TrustedProxies) > 0, "public.client_certificates: proxy needs trusted_proxies")
	default:
		k.that(false, "public.client_certificates: %q is none of none, connection, proxy", p.ClientCertificates)
	}
	c.mtls(k)
	c.admin(k)
}

// admin is the listener for operators.
func (c Config) admin(k *check) {
	host, _, err := net.SplitHostPort(c.Admin.Listen)
	k.that(err == nil, "admin.listen: %q is not host:port", c.Admin.Listen)
	if err == nil {
		k.that(loopbackHost(host), "admin.listen: %q is not a loopback address", c.Admin.Listen)
	}
	k.that(c.Public.Listen != c.Admin.Listen || strings.HasSuffix(c.Public.Listen, ":0"), "admin.listen: must differ from public.listen")
	if c.Admin.URL != "" {
		u, err := url.Parse(c.Admin.URL)
		k.that(err == nil && u.Host != "" && c.Admin.URL == u.Scheme+"://"+u.Host && (u.Scheme == "https" || u.Scheme == "http" && loopbackHost(u.Hostname())),
			"admin.url: %q is not an https origin (http is allowed on a loopback host only) without a path and without a slash at the end", shown(c.Admin.URL))
		k.that(c.Admin.URL != c.Public.Issuer, "admin.url: must differ from public.issuer")
	}
	k.that(slices.Contains([]string{"", "urn:claviger:acr:password", "urn:claviger:acr:mfa", "urn:claviger:acr:phishing-resistant"}, c.Admin.ACR),
		"admin.acr: %q is none of urn:claviger:acr:password, urn:claviger:acr:mfa, urn:claviger:acr:phishing-resistant, or empty", c.Admin.ACR)
	k.that(c.Admin.CallsPerMinute >= 10 && c.Admin.CallsPerMinute <= 1_000_000, "admin.calls_per_minute: %d is not between 10 and 1000000", c.Admin.CallsPerMinute)
	for i, class := range c.Admin.SecondPerson {
		k.that(slices.Contains(SecondPersonClasses(), class), "admin.second_person: %q is none of %s", class, strings.Join(SecondPersonClasses(), ", "))
		k.that(!slices.Contains(c.Admin.SecondPerson[:i], class), "admin.second_person: %q stands there twice", class)
	}
}

// mtls is where clients with certificates find the endpoints.
func (c Config) mtls(k *check) {
	p := c.Public
	if p.MTLSURL == "" {
		k.that(p.MTLSListen == "", "public.mtls_listen: needs mtls_url, which says where it is found")
		return
	}
	u, err := url.Parse(p.MTLSURL)
	k.that(err == nil && u.Scheme == "https" && u.Hostname() != "" && p.MTLSURL == "https://"+u.Host,
		"public.mtls_url: %q is not an https origin without a path and without a slash at the end", shown(p.MTLSURL))
	k.that(p.MTLSURL != p.Issuer, "public.mtls_url: must differ from public.issuer")
	switch p.ClientCertificates {
	case "connection":
		_, _, err := net.SplitHostPort(p.MTLSListen)
		k.that(err == nil, "public.mtls_listen: %q is not host:port", p.MTLSListen)
		k.that(p.MTLSListen != p.Listen || strings.HasSuffix(p.Listen, ":0"), "public.mtls_listen: must differ from public.listen")
	case "proxy":
		k.that(p.MTLSListen == "", "public.mtls_listen: is for client_certificates = \"connection\"; a proxy brings them to public.listen")
	default:
		k.that(false, "public.mtls_url: needs client_certificates")
	}
}

func loopbackHost(host string) bool {
	if host == "localhost" {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback()
}

func (c Config) lifetimes(k *check) {
	for _, d := range []struct {
		name     string
		value    Duration
		min, max time.Duration
	}{
		{"session.idle", c.Session.Idle, time.Second, time.Hour},
		{"session.shared_idle", c.Session.SharedIdle, time.Second, time.Hour},
		{"session.absolute", c.Session.Absolute, time.Second, 24 * time.Hour},
		{"admin.fresh", c.Admin.Fresh, time.Minute, 12 * time.Hour},
		{"admin.second_person_within", c.Admin.SecondPersonWithin, time.Minute, 30 * 24 * time.Hour},
		{"tokens.access", c.Tokens.Access, time.Second, time.Hour},
		{"tokens.code", c.Tokens.Code, time.Second, 300 * time.Second},
		{"tokens.grant", c.Tokens.Grant, time.Minute, 90 * 24 * time.Hour},
		{"password.temporary_validity", c.Password.TemporaryValidity, time.Minute, 21 * 24 * time.Hour},
		{"password.temporary_validity_mail", c.Password.TemporaryValidityMail, time.Minute, 24 * time.Hour},
	} {
		k.duration(d.name, d.value, d.min, d.max)
	}
	for name, role := range c.Session.Roles {
		k.role("session.roles", name)
		role.check(k, "session.roles."+name)
	}
	k.within("session.shared_idle", c.Session.SharedIdle, "session.idle", c.Session.Idle)
	k.within("session.idle", c.Session.Idle, "session.absolute", c.Session.Absolute)
	k.that(c.Session.Concurrent >= 0 && c.Session.Concurrent <= 100, "session.concurrent: %d is not between 0 and 100", c.Session.Concurrent)
	k.that(slices.Contains([]string{WinsNewest, WinsOldest}, c.Session.ConcurrentWins), "session.concurrent_wins: %q is none of newest, oldest", c.Session.ConcurrentWins)
}

func (k *check) duration(name string, value Duration, low, high time.Duration) {
	if value.bad != "" {
		k.that(false, "%s: %q is not a duration such as 15m or 12h", name, value.bad)
		return
	}
	k.that(value.Duration >= low && value.Duration <= high, "%s: %v is not between %v and %v", name, value, Duration{Duration: low}, Duration{Duration: high})
}

// within compares what are durations; what is none has been told.
func (k *check) within(name string, value Duration, in string, longest Duration) {
	k.that(value.bad != "" || longest.bad != "" || value.Duration <= longest.Duration, "%s: %v is longer than %s, %v", name, value, in, longest)
}

func (r RoleSession) check(k *check, at string) {
	for name, limit := range map[string]struct {
		value Duration
		most  time.Duration
	}{
		"idle": {r.Idle, time.Hour}, "shared_idle": {r.SharedIdle, time.Hour}, "absolute": {r.Absolute, 24 * time.Hour},
	} {
		if limit.value != (Duration{}) {
			k.duration(at+"."+name, limit.value, time.Second, limit.most)
		}
	}
	k.that(r.Concurrent >= 0 && r.Concurrent <= 100, "%s.concurrent: %d is not between 0 and 100", at, r.Concurrent)
	k.that(r.ConcurrentWins == "" || slices.Contains([]string{WinsNewest, WinsOldest}, r.ConcurrentWins), "%s.concurrent_wins: %q is none of newest, oldest", at, r.ConcurrentWins)
	k.that(r.ConcurrentWins == "" || r.Concurrent > 0, "%s.concurrent_wins: means nothing without concurrent", at)
}

func (c Config) password(k *check) {
	p := c.Password
	k.that(p.MemoryMiB >= 19 && p.MemoryMiB <= 256, "password.memory_mib: %d is not between 19 and 256", p.MemoryMiB)
	k.that(p.Iterations >= 2 && p.Iterations <= 16, "password.iterations: %d is not between 2 and 16", p.Iterations)
	k.that(p.Parallelism >= 1 && p.Parallelism <= 16, "password.parallelism: %d is not between 1 and 16", p.Parallelism)
	k.that(p.PBKDF2Iterations >= 600_000 && p.PBKDF2Iterations <= 4_000_000, "password.pbkdf2_iterations: %d is not between 600000 and 4000000", p.PBKDF2Iterations)
	k.that(!p.FIPSLockOut || p.FIPS, "password.fips_lock_out: means nothing without password.fips")
	k.that(p.Breach.WhenUnknown == "accept" || p.Breach.WhenUnknown == "refuse", "password.breach.when_unknown: %q is none of accept, refuse", p.Breach.WhenUnknown)
	if p.Breach.RangeURL != "" {
		u, err := url.Parse(p.Breach.RangeURL)
		k.that(err == nil && (u.Scheme == "https" || u.Scheme == "http" && loopbackHost(u.Hostname())) && u.Host != "" && u.User == nil && strings.HasSuffix(p.Breach.RangeURL, "/"),
			"password.breach.range_url: %q is not an https URL that ends in a slash (http is allowed on a loopback host only)", shown(p.Breach.RangeURL))
	}
	k.that(p.BudgetMiB >= p.MemoryMiB && p.BudgetMiB <= 1<<20, "password.budget_mib: %d is not between memory_mib and %d", p.BudgetMiB, 1<<20)
	k.that(slices.Contains([]string{RevealNever, RevealLetter, RevealScreen}, p.Reveal), "password.reveal: %q is none of never, letter, screen", p.Reveal)
	k.that(p.DisableAfter >= 10 && p.DisableAfter <= 50, "password.disable_after: %d is not between 10 and 50", p.DisableAfter)
	p.Rotation.check(k)
}

func (r Rotation) check(k *check) {
	const at = "password.rotation"
	mode := func(name, m string) {
		k.that(slices.Contains([]string{"enforced", "advisory", "on_compromise"}, m), "%s: %q is none of enforced, advisory, on_compromise", name, m)
	}
	between := func(name string, n, low, high int) {
		k.that(n >= low && n <= high, "%s: %d is not between %d and %d", name, n, low, high)
	}
	mode(at+".mode", r.Mode)
	between(at+".max_age_days", r.MaxAgeDays, 1, 730)
	between(at+".warning_days", r.WarningDays, 0, 90)
	between(at+".jitter_days", r.JitterDays, 0, 30)
	between(at+".min_age_days", r.MinAgeDays, 0, 7)
	between(at+".history", r.History, 1, 24)
	fits := func(name string, age int) {
		k.that(age > r.WarningDays+r.JitterDays+r.MinAgeDays, "%s: %d days leave no time beside warning_days, jitter_days and min_age_days", name, age)
	}
	fits(at+".max_age_days", r.MaxAgeDays)
	for name, role := range r.Roles {
		k.role(at+".roles", name)
		name = at + ".roles." + name
		if role.Mode != "" {
			mode(name+".mode", role.Mode)
		}
		if role.MaxAgeDays != 0 {
			between(name+".max_age_days", role.MaxAgeDays, 1, 730)
			fits(name+".max_age_days", role.MaxAgeDays)
		}
	}
}

func (c Config) mail(k *check) {
	m := c.Mail
	k.that(m.Port >= 1 && m.Port <= 65535, "mail.port: %d is not between 1 and 65535", m.Port)
	k.that((m.User == "") == (m.PasswordFile == ""), "mail: user and password_file belong together")
	k.that(!m.InsecurePlaintext || m.User == "", "mail.insecure_plaintext: a password is not sent without TLS")
	if m.Host != "" {
		a, err := mail.ParseAddress(m.From)
		k.that(err == nil && a.Address == m.From, "mail.from: %q is not an address such as id@example.org", m.From)
		k.that(!strings.ContainsAny(m.Host, ":/ "), "mail.host: %q is not a name or an IPv4 address", m.Host)
	}
	w := c.Webhook
	k.that((w.URL == "") == (w.SecretsFile == ""), "webhook: url and secrets_file belong together")
	if w.URL != "" {
		u, err := url.Parse(w.URL)
		k.that(err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http" && loopbackHost(u.Hostname())),
			"webhook.url: must be https (http is allowed on a loopback host only)")
	}
}

// shown is an address as an error may show it: without a user and a password.
func shown(address string) string {
	if at := strings.LastIndexByte(address, '@'); at >= 0 {
		return "…" + address[at:]
	}
	return address
}
