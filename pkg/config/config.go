package config

import "time"

// Config is everything that an operator can decide.
type Config struct {
	Public       Public       `toml:"public"`
	Admin        Admin        `toml:"admin"`
	Data         Data         `toml:"data"`
	Session      Session      `toml:"session"`
	Tokens       Tokens       `toml:"tokens"`
	Outbound     Outbound     `toml:"outbound"`
	Registration Registration `toml:"registration"`
	Password     Password     `toml:"password"`
	Factors      Factors      `toml:"factors"`
	Agreement    Agreement    `toml:"agreement"`
	Mail         Mail         `toml:"mail"`
	Webhook      Webhook      `toml:"webhook"`
	Enroll       Enroll       `toml:"enroll"`
	Access       Access       `toml:"access"`
	Brand        Brand        `toml:"brand"`
	Log          Log          `toml:"log"`
}

// Public is the listener that browsers and relying applications reach.
type Public struct {
	// Issuer is the issuer identifier: https, or http on a loopback host.
	Issuer string `toml:"issuer"`
	// Listen is the address, host:port. Plaintext is served on loopback only.
	Listen string `toml:"listen"`
	// CertificateFile and KeyFile are PEM files, read again when they change.
	// They may be empty when the listener is loopback (a proxy on the same
	// machine ends TLS) .
	CertificateFile string `toml:"certificate_file"`
	KeyFile         string `toml:"key_file"`
	// TrustedProxies are the networks whose X-Forwarded-For is believed.
	TrustedProxies []string `toml:"trusted_proxies"`
	// ClientCertificates says where the certificates of clients come from (RFC
	// 8705): none, connection (our own TLS listener asks for one), or proxy (the
	// headers of RFC 9440, which the trusted proxies set on every request).
	ClientCertificates string `toml:"client_certificates"`
	// MTLSURL is the origin at which clients with certificates find the endpoints
	// (RFC 8705 section 5); empty means the issuer's, where browsers may then ask
	// people for a certificate. MTLSListen is the address, host:port, of the
	// listener that asks for one there; empty where a proxy does.
	MTLSURL    string `toml:"mtls_url"`
	MTLSListen string `toml:"mtls_listen"`
	// ClientCAFile is a PEM file with the authorities of tls_client_auth; empty
	// means that no client can use it.
	ClientCAFile string `toml:"client_ca_file"`
}

// Admin is the listener for operators: the admin API, health and metrics.
type Admin struct {
	// Listen is a loopback address, host:port.
	Listen string `toml:"listen"`
	// URL is the origin at which operators reach the admin API; tokens are
	// addressed to it. Empty means http and the address of Listen.
	URL string `toml:"url"`
	// ACR is the class in which people must have signed in to use the API; empty
	// means any.
	ACR string `toml:"acr"`
	// Fresh is how long ago people may have signed in who do what is sensitive.
	Fresh Duration `toml:"fresh"`
	// CallsPerMinute is how many requests a person or an application may send to the API
	// in a minute.
	CallsPerMinute int `toml:"calls_per_minute"`
	// SecondPerson are the classes of acts for which a second person is asked, of
	// SecondPersonClasses; SecondPersonWithin is how long somebody may take to approve,
	// and who asked to do it then.
	SecondPerson       []string `toml:"second_person"`
	SecondPersonWithin Duration `toml:"second_person_within"`
}

// SecondPersonClasses are the classes of acts that there are; docs/admin-api.md says
// what is in each.
func SecondPersonClasses() []string {
	return []string{"roles", "sessions", "keys", "clients", "credentials", "accounts", "events"}
}

// AdminURL is the origin of the admin API.
func (c Config) AdminURL() string {
	if c.Admin.URL != "" {
		return c.Admin.URL
	}
	return "http://" + c.Admin.Listen
}

// Data says where everything is kept.
type Data struct {
	// Directory holds the embedded files and, unless told otherwise, the root
	// key.
	Directory string `toml:"directory"`
	// RootKeyFile is the file of the root key; empty means root.key in the
	// directory, which is made when it is absent.
	RootKeyFile string `toml:"root_key_file"`
	// PostgresFile is a file that holds a PostgreSQL URL; empty means the
	// embedded database.
	PostgresFile string `toml:"postgres_url_file"`
	// RedisFile is a file that holds a Redis URL, of a single server, sentinels
	// or a cluster; empty means the embedded ephemeral store.
	RedisFile string `toml:"redis_url_file"`
	// RedisCAFile is a PEM file with the authorities that are trusted there;
	// empty means the system's.
	RedisCAFile string `toml:"redis_ca_file"`
	// InsecurePlaintext allows PostgreSQL and Redis without TLS on addresses
	// that are not loopback.
	InsecurePlaintext bool `toml:"insecure_plaintext"`
}

// Session is how long a browser stays signed in.
type Session struct {
	// Idle is the time without activity after which a session ends: 1 s to
	// 60 min (NIST SP 800-63B-4 section 2.2.3).
	Idle Duration `toml:"idle"`
	// SharedIdle is the same on a shared computer; at most Idle.
	SharedIdle Duration `toml:"shared_idle"`
	// Absolute is the longest life of a session: at most 24 h.
	Absolute Duration `toml:"absolute"`
	// Concurrent is how many sessions a person may have at once, at most 100; 0
	// means any number. ConcurrentWins says which of them stay: newest or oldest.
	Concurrent     int    `toml:"concurrent"`
	ConcurrentWins string `toml:"concurrent_wins"`
	// Roles says what holds for people with a role besides: of each limit the
	// strictest counts.
	Roles map[string]RoleSession `toml:"roles"`
}

// RoleSession is what holds for a role besides what holds for everybody. What it
// does not say it does not limit.
type RoleSession struct {
	Idle           Duration `toml:"idle"`
	SharedIdle     Duration `toml:"shared_idle"`
	Absolute       Duration `toml:"absolute"`
	Concurrent     int      `toml:"concurrent"`
	ConcurrentWins string   `toml:"concurrent_wins"`
}

// Which of a person's sessions stay where there is no room for all.
const (
	WinsNewest = "newest"
	WinsOldest = "oldest"
)

// Tokens is how long what is issued lives.
type Tokens struct {
	// Access is the life of access and ID tokens: at most 60 min.
	Access Duration `toml:"access"`
	// Code is the life of an authorization code: at most 300 s.
	Code Duration `toml:"code"`
	// Grant is the absolute life of a grant and its refresh tokens.
	Grant Duration `toml:"grant"`
	// RequireDPoPNonce refuses DPoP proofs without a nonce of ours (RFC 9449
	// section 8).
	RequireDPoPNonce bool `toml:"require_dpop_nonce"`
}

// Outbound is where requests go that others have named: to tell applications of the end
// of sessions, to fetch their keys.
type Outbound struct {
	// Allow are networks that may be reached although they are not public.
	Allow []string `toml:"allow"`
	// CAFile is a PEM file with the authorities that are trusted there; empty
	// means the system's.
	CAFile string `toml:"ca_file"`
}

// Registration is whether and as what applications may register themselves (RFC
// 7591, RFC 7592).
type Registration struct {
	Enabled bool `toml:"enabled"`
	// InsecureOpen lets anybody register, without an initial access token.
	InsecureOpen bool `toml:"insecure_open"`
	// Scopes, GrantTypes, Profiles and AuthMethods are what may be registered.
	Scopes      []string `toml:"scopes"`
	GrantTypes  []string `toml:"grant_types"`
	Profiles    []string `toml:"profiles"`
	AuthMethods []string `toml:"auth_methods"`
	// RedirectHosts are the hosts that browsers may be sent to: names,
	// "*.example.org", or "*" for any.
	RedirectHosts []string `toml:"redirect_hosts"`
	// Unused is how long a client stays that gets no token.
	Unused Duration `toml:"unused"`
	// SecretLife is how long a secret is accepted; 0s means for ever.
	SecretLife Duration `toml:"secret_life"`
	// PerHour is how many registrations one address may try in an hour.
	PerHour int `toml:"per_hour"`
	// MaxClients is how many clients that registered themselves there may be.
	MaxClients int `toml:"max_clients"`
	// RotateToken replaces the registration access token with each change.
	RotateToken bool `toml:"rotate_token"`
}

// Password is the cost of hashing and the rule for temporary passwords.
type Password struct {
	// MemoryMiB, Iterations and Parallelism are the argon2id parameters; the
	// floor is 19 MiB, 2, 1 (OWASP).
	MemoryMiB   int `toml:"memory_mib"`
	Iterations  int `toml:"iterations"`
	Parallelism int `toml:"parallelism"`
	// BudgetMiB bounds the memory of all hashes together.
	BudgetMiB int `toml:"budget_mib"`
	// FIPS makes and verifies hashes of PBKDF2 only: nothing else is approved
	// (NIST SP 800-132). People whose password has another hash cannot sign in.
	FIPS bool `toml:"fips"`
	// FIPSLockOut starts with FIPS although there are such people.
	FIPSLockOut bool `toml:"fips_lock_out"`
	// PBKDF2Iterations is the cost of a hash with FIPS: at least 600,000.
	PBKDF2Iterations int `toml:"pbkdf2_iterations"`
	// Breach is what is known of stolen passwords.
	Breach Breach `toml:"breach"`
	// TemporaryValidity is how long a temporary password handed over on paper
	// works: at most 21 days.
	TemporaryValidity Duration `toml:"temporary_validity"`
	// TemporaryValidityMail is the same for one sent by e-mail: at most 24 h.
	TemporaryValidityMail Duration `toml:"temporary_validity_mail"`
	// Reveal says where operators get temporary passwords to see: never, in a
	// letter that they print, or on the screen as well.
	Reveal string `toml:"reveal"`
	// DisableAfter is how many failures in a row disable a password in browsers
	// that its account does not know, until another one is bound: 10 to 50, so
	// that with those in known browsers there are never more than 100 (NIST SP
	// 800-63B-4 section 3.2.2).
	DisableAfter int `toml:"disable_after"`
	// Rotation is when personal passwords have to be changed.
	Rotation Rotation `toml:"rotation"`
}

// Breach says where stolen passwords are looked up: nowhere, unless it is said.
type Breach struct {
	// CorpusFile is a sorted list of SHA-1 hashes, in text or as
	// `claviger password corpus` writes it.
	CorpusFile string `toml:"corpus_file"`
	// RangeURL is a service that answers with the hashes that begin with the five
	// digits which are added to the URL.
	RangeURL string `toml:"range_url"`
	// WhenUnknown says what becomes of a password that is chosen while a place
	// does not answer: accept or refuse.
	WhenUnknown string `toml:"when_unknown"`
}

// Where temporary passwords may be revealed.
const (
	RevealNever  = "never"
	RevealLetter = "letter"
	RevealScreen = "screen"
)

// Rotation is periodic change; docs/passwords.md says what standards think of it.
type Rotation struct {
	// Mode is enforced, advisory or on_compromise.
	Mode string `toml:"mode"`
	// MaxAgeDays is the age at which a password expires at the latest.
	MaxAgeDays int `toml:"max_age_days"`
	// WarningDays is how long before that its owner is asked to change it.
	WarningDays int `toml:"warning_days"`
	// JitterDays is the span before the latest day over which the expiries of
	// one day's passwords are spread.
	JitterDays int `toml:"jitter_days"`
	// MinAgeDays is how old a password has to be to be changed without a reason.
	MinAgeDays int `toml:"min_age_days"`
	// History is how many of the newest passwords may not be chosen again, the
	// current one among them.
	History int `toml:"history"`
	// ExemptWithPasskey lets the password of who has a passkey grow old.
	ExemptWithPasskey bool `toml:"exempt_with_passkey"`
	// Roles says what holds for people with a role instead. Who has several has
	// the strictest.
	Roles map[string]RoleRotation `toml:"roles"`
}

// RoleRotation is what a role has instead; what it does not say is as for
// everybody.
type RoleRotation struct {
	Mode       string `toml:"mode"`
	MaxAgeDays int    `toml:"max_age_days"`
}

// Mail is how people are written to.
type Mail struct {
	// Host and Port are the relay; an empty host means that nothing is mailed.
	// On port 465 TLS comes first, elsewhere STARTTLS is required.
	Host string `toml:"host"`
	Port int    `toml:"port"`
	// User and PasswordFile sign in to the relay.
	User         string `toml:"user"`
	PasswordFile string `toml:"password_file"`
	// From is the address of the sender.
	From string `toml:"from"`
	// CAFile is a PEM file with the authorities that are trusted for the relay;
	// empty means the system's.
	CAFile string `toml:"ca_file"`
	// InsecurePlaintext sends without TLS.
	InsecurePlaintext bool `toml:"insecure_plaintext"`
	// NewBrowser tells people of sign-ins in browsers that they are not known in.
	NewBrowser bool `toml:"new_browser"`
}

// Webhook is who is told of new User IDs and temporary passwords, to bring them to
// people in another way.
type Webhook struct {
	// URL is https; empty means nobody.
	URL string `toml:"url"`
	// SecretsFile holds the secrets that sign, one a line: the current one, and
	// while it is replaced another one.
	SecretsFile string `toml:"secrets_file"`
}

// Enroll is how accounts are made.
type Enroll struct {
	// UserIDPattern is described in docs/roster.md.
	UserIDPattern string `toml:"user_id_pattern"`
	// SecondPerson says that nobody approves an application, or imports a roster,
	// that they handed in themselves.
	SecondPerson bool `toml:"second_person"`
	// Form serves the page on which people apply for an account themselves.
	Form bool `toml:"form"`
}

// Access is what people can be in organizations.
type Access struct {
	// Roles are the roles that there are: words of small letters, digits and
	// underscores.
	Roles []string `toml:"roles"`
	// LongestDays is the most for which an organization's own administrators grant
	// one.
	LongestDays int `toml:"longest_days"`
}

// Log is the diagnostic log on standard error. The audit log is not it.
type Log struct {
	// Level is debug, info, warn or error.
	Level string `toml:"level"`
	// Format is text or json.
	Format string `toml:"format"`
}

// Default is the configuration of `claviger serve` without a file.
func Default() Config {
	return Config{
		Public: Public{Issuer: "http://localhost:8080", Listen: "127.0.0.1:8080", ClientCertificates: "none"},
		Admin:  Admin{Listen: "127.0.0.1:8081", ACR: "urn:claviger:acr:phishing-resistant", Fresh: Of(15 * time.Minute), CallsPerMinute: 1200, SecondPerson: []string{}, SecondPersonWithin: Of(24 * time.Hour)},
		Data:   Data{Directory: "claviger-data"},
		Session: Session{
			Idle: Of(15 * time.Minute), SharedIdle: Of(5 * time.Minute), Absolute: Of(12 * time.Hour),
			ConcurrentWins: WinsNewest, Roles: map[string]RoleSession{
				"admin": {Idle: Of(10 * time.Minute)}, "delegate_administrator": {Idle: Of(10 * time.Minute)},
			},
		},
		Tokens: Tokens{
			Access: Of(5 * time.Minute), Code: Of(60 * time.Second), Grant: Of(24 * time.Hour),
		},
		Registration: Registration{
			Scopes: []string{"openid", "profile", "email"}, GrantTypes: []string{"authorization_code", "refresh_token"},
			Profiles: []string{"baseline"}, AuthMethods: []string{"client_secret_basic", "client_secret_post", "private_key_jwt", "none"},
			RedirectHosts: []string{"*"}, Unused: Of(30 * 24 * time.Hour), PerHour: 20, MaxClients: 1000,
		},
		Password: Password{
			MemoryMiB: 64, Iterations: 3, Parallelism: 4, BudgetMiB: 512,
			PBKDF2Iterations: 600_000, Breach: Breach{WhenUnknown: "accept"},
			TemporaryValidity: Of(72 * time.Hour), TemporaryValidityMail: Of(24 * time.Hour), Reveal: RevealLetter, DisableAfter: 50,
			Rotation: Rotation{Mode: "enforced", MaxAgeDays: 90, WarningDays: 14, JitterDays: 7, MinAgeDays: 1, History: 10},
		},
		Factors: Factors{Required: "password"},
		Mail:    Mail{Port: 587, NewBrowser: true},
		Enroll:  Enroll{UserIDPattern: "{first:1}{last}{n}"},
		Access:  Access{Roles: []string{"clinician", "nurse", "biller", "front_desk"}, LongestDays: 365},
		Brand:   Brand{Name: "Claviger", Help: "Call your organization's help desk.", Language: "en", TimeZone: "UTC"},
		Log:     Log{Level: "info", Format: "text"},
	}
}
