package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/claviger-id/claviger/oidc"
	"github.com/claviger-id/claviger/oidc/backchannel"
	"github.com/claviger-id/claviger/oidc/clientauth"
	"github.com/claviger-id/claviger/oidc/clientkeys"
	"github.com/claviger-id/claviger/oidc/device"
	"github.com/claviger-id/claviger/oidc/dpop"
	"github.com/claviger-id/claviger/oidc/flow"
	"github.com/claviger-id/claviger/oidc/fositeop"
	"github.com/claviger-id/claviger/pkg/audit"
	"github.com/claviger-id/claviger/pkg/enroll"
	"github.com/claviger-id/claviger/pkg/event"
	"github.com/claviger-id/claviger/pkg/hashworker"
	"github.com/claviger-id/claviger/pkg/keys"
	"github.com/claviger-id/claviger/pkg/outbound"
	"github.com/claviger-id/claviger/pkg/pages"
	"github.com/claviger-id/claviger/pkg/person"
	"github.com/claviger-id/claviger/pkg/session"
	"github.com/claviger-id/claviger/pkg/telemetry"
	"github.com/claviger-id/claviger/pkg/web"
	"github.com/claviger-id/claviger/pkg/worker"
	"github.com/claviger-id/claviger/storage"
	"github.com/claviger-id/claviger/storage/embedded"
	"github.com/claviger-id/claviger/storage/redis"
)

func (p *program) serveCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "serve",
		Short: "Run the identity provider",
		Long: `Serves the protocol and the hosted pages on the public listener, the admin API,
health and metrics on the admin listener, until it is told to stop; then it
finishes what is under way, for at most ten seconds. Other commands work beside it:
on the embedded stores through a socket in the data directory, which is for the
user of the server and for root.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return p.serve(c.Context()) },
	}
}

const (
	// interactionTime is how long a person may take from one step of a sign-in
	// to the next.
	interactionTime = time.Hour
	// tombstoneSlack is added to the life of an access token: clocks differ.
	tombstoneSlack = 2 * time.Minute
)

// serve puts everything together, from the stores up, and runs it.
func (p *program) serve(ctx context.Context) (err error) {
	// Where a sandbox forbids it, it serves all the same.
	realtime, _ := hashworker.TakeShortTurns()
	in, err := p.openAs(ctx, true, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.close()) }()
	ephemeral, tidy, err := in.openEphemeral(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, ephemeral.Close()) }()
	s, err := in.assemble(ctx, ephemeral)
	if err != nil {
		return err
	}
	public, admin, err := in.listen(ctx)
	if err != nil {
		return err
	}
	mtls, err := in.listenMTLS(ctx)
	if err != nil {
		return errors.Join(err, public.Close(), admin.Close())
	}
	beside := in.beside(ctx)
	in.log.LogAttrs(ctx, slog.LevelInfo, "listening",
		slog.String("issuer", in.config.Public.Issuer), slog.String("public", public.Addr().String()), slog.String("admin", admin.Addr().String()),
		slog.String("version", buildVersion()), slog.String("root_key", in.root.ID()), slog.Bool("realtime", realtime))

	spare := makeHeadroom()
	defer runtime.KeepAlive(spare)
	settle()

	// Edges stop first. What they leave behind (events without a place) is
	// finished by the workers, which stop when the edges have.
	workers, stopWorkers := context.WithCancel(context.WithoutCancel(ctx))
	defer stopWorkers()
	background, workers := errgroup.WithContext(workers)
	for _, run := range append(s.workers, tidy) {
		background.Go(func() error { return run(workers) })
	}
	edges, serving := errgroup.WithContext(ctx)
	edges.Go(func() error {
		<-serving.Done()
		in.log.LogAttrs(ctx, slog.LevelInfo, "stopping", slog.String("because", context.Cause(serving).Error()))
		return nil
	})
	edges.Go(func() error { return web.Serve(serving, s.public, public) })
	edges.Go(func() error { return web.Serve(serving, s.admin, admin) })
	if mtls != nil {
		edges.Go(func() error { return web.Serve(serving, s.mtls, mtls) })
	}
	edges.Go(func() error { return beside(serving) })
	edges.Go(func() error { // a worker that fails stops the edges
		select {
		case <-serving.Done():
			return nil
		case <-workers.Done():
			return errors.New("a background worker ended")
		}
	})
	err = edges.Wait()
	stopWorkers()
	err = errors.Join(err, background.Wait())
	in.log.LogAttrs(ctx, slog.LevelInfo, "stopped")
	return err
}

// openEphemeral opens the ephemeral store, and returns what keeps it tidy.
func (in *installation) openEphemeral(ctx context.Context) (storage.Ephemeral, func(context.Context) error, error) {
	if in.config.Data.RedisFile == "" {
		path := filepath.Join(in.config.Data.Directory, ephemeralFile)
		var s *embedded.Store
		if err := in.await(ctx, func() (err error) {
			s, err = embedded.Open(ctx, embedded.Options{Path: path, Key: in.root.FileKey(ephemeralFile), Socket: in.shared()})
			return err
		}); err != nil {
			return nil, nil, explainOpen(path, err)
		}
		in.files[ephemeralFile] = s.File()
		return s, func(ctx context.Context) error { return in.purge(ctx, s) }, nil
	}
	options, err := in.redisOptions()
	if err != nil {
		return nil, nil, err
	}
	s, err := redis.Open(ctx, options)
	if err != nil {
		return nil, nil, explainOpen("Redis", err)
	}
	return s, func(ctx context.Context) error { <-ctx.Done(); return nil }, nil // Redis tidies up by itself
}

// redisOptions says where Redis is.
func (in *installation) redisOptions() (redis.Options, error) {
	u, err := readSecretFile(in.config.Data.RedisFile)
	if err != nil {
		return redis.Options{}, fmt.Errorf("data.redis_url_file: %w", err)
	}
	roots, err := certificateAuthorities(in.config.Data.RedisCAFile)
	if err != nil {
		return redis.Options{}, fmt.Errorf("data.redis_ca_file: %w", err)
	}
	return redis.Options{URL: strings.TrimSpace(u), Roots: roots, InsecurePlaintext: in.config.Data.InsecurePlaintext}, nil
}

// purgeInterval is how often the embedded ephemeral store drops what is over.
const purgeInterval = 10 * time.Second

func (in *installation) purge(ctx context.Context, s *embedded.Store) error {
	return worker.Every(ctx, purgeInterval, in.log, "purge of the ephemeral store", func(ctx context.Context) error {
		return s.Purge(ctx, in.now())
	})
}

// server is what serve runs.
type server struct {
	public, admin *http.Server
	// mtls asks for certificates; nil when the public listener does, or nobody.
	mtls    *http.Server
	workers []func(context.Context) error
}

// assemble builds services and edges on the stores. This is the only place
// where they meet.
func (in *installation) assemble(ctx context.Context, ephemeral storage.Ephemeral) (*server, error) {
	c := in.config
	tombstone := c.Tokens.Access.Duration + tombstoneSlack
	metrics := telemetry.NewMetrics()

	auditKey, err := keys.OpenAuditKey(ctx, in.store, in.keyring)
	if err != nil {
		return nil, err
	}
	sequencer := &audit.Sequencer{Store: in.store, Signer: auditKey.Signer, Log: in.log}
	ring := &keys.Ring{Store: in.store, Keys: in.keyring, Now: in.now, Log: in.log}
	if err := ring.Open(ctx); err != nil {
		return nil, err
	}
	hasher, err := newHasher(c.Password)
	if err != nil {
		return nil, err
	}
	hashes := hashWorker(in.log, c.Password.BudgetMiB)
	hasher.Elsewhere = hashes
	people := &person.Directory{Keys: in.keyring}
	sessions := &session.Service{
		Store: in.store, Ephemeral: ephemeral, TombstoneFor: tombstone, Now: in.now, Log: in.log,
		Limits: sessionLimits(c.Session), Roles: in.roles(people),
	}
	credentials := in.credentials(ephemeral.Attempts(), hasher)
	if err := in.checkFIPS(ctx, credentials); err != nil {
		return nil, err
	}
	interactions := &flow.Interactions{Store: ephemeral.Interactions(), Keys: in.keyring, Now: in.now, TTL: interactionTime}
	clients := &oidc.Clients{Store: in.store, Log: in.log}
	if err := clients.Open(ctx); err != nil {
		return nil, err
	}
	grants := &oidc.Grants{
		Store: in.store, Marks: ephemeral.Marks(), TombstoneFor: tombstone, Now: in.now, Log: in.log,
		EndSession: func(ctx context.Context, id string) error { return sessions.End(ctx, id, session.ReasonRefreshReuse) },
	}
	clientRoots, err := in.clientRoots()
	if err != nil {
		return nil, err
	}
	out, err := in.outbound()
	if err != nil {
		return nil, err
	}
	screen, err := in.screen(out)
	if err != nil {
		return nil, err
	}
	if screen != nil {
		credentials.Screen = screen
		metrics.Counter("claviger_breach_unanswered_total", "Times that it was not known whether a password was stolen.", func() float64 { return float64(screen.Unanswered()) })
	}
	clientKeys := &clientkeys.Cache{Fetch: out, Now: in.now}
	subjects := oidc.Subjects{Keys: in.keyring}
	logouts := &backchannel.Logouts{
		Store: in.store, Clients: clients, Keys: ring, Subjects: subjects, Out: out, Issuer: c.Public.Issuer, Now: in.now, Log: in.log, Began: in.now(),
	}
	sessions.Ended, sessions.Wake = logouts.Enroll, logouts.Wake
	logouts.Finish = sessions.Finish
	sessions.Began = noteUse
	organizations := in.access(sessions)
	organizations.Attempts, organizations.Marks, organizations.Now = ephemeral.Attempts(), ephemeral.Marks(), in.now
	agreements, err := in.agreements(ctx, sessions)
	if err != nil {
		return nil, err
	}
	agreements.Signer = auditKey.Signer
	if _, err := in.publish(ctx, agreements, audit.Actor{Type: "system"}); err != nil {
		return nil, err
	}
	devices := &device.Authorizations{Store: ephemeral.Interactions(), Keys: in.keyring, Now: in.now}
	access := oidc.AccessTokens{Issuer: c.Public.Issuer, Keys: ring, Store: in.store, Marks: ephemeral.Marks(), Now: in.now}
	engine := fositeop.New(fositeop.Options{
		Assertions: oidc.AssertionGrants{
			Issuer: c.Public.Issuer, TokenEndpoint: c.Public.Issuer + "/token", Keys: clientKeys, Marks: ephemeral.Marks(), Now: in.now,
		},
		Barred: func(ctx context.Context, tx storage.Tx, c storage.Client, personID string) (bool, error) {
			return oidc.Barred(ctx, tx, people, c, personID)
		},
		Required: in.requiredACR, Strictest: in.strictestACR(),
		Subjects: subjects, Passwords: credentials, Agreements: agreements, Devices: devices, Tokens: access, Profiles: oidc.Profiles{Store: in.store, People: people},
		Issuer: c.Public.Issuer, Keyring: in.keyring, Ring: ring, Clients: clients, Grants: grants, Sessions: sessions, Codes: ephemeral.Codes(), Now: in.now,
		CodeLife: c.Tokens.Code.Duration, TokenLife: c.Tokens.Access.Duration, GrantLife: c.Tokens.Grant.Duration,
	})

	issuer, err := url.Parse(c.Public.Issuer)
	if err != nil {
		return nil, err
	}
	cookies := web.Cookies{Secure: issuer.Scheme == "https"}
	factors, err := in.factors(ephemeral)
	if err != nil {
		return nil, err
	}
	house, ofApplications, err := brands(c.Brand)
	if err != nil {
		return nil, err
	}
	hosted := &pages.Pages{
		Factors: factors, Bound: in.bound, Strictest: in.strictestACR(),
		Agreements: agreements, Agreement: agreed(agreements),
		Interactions: interactions, Credentials: credentials, Sessions: sessions, Owe: in.owe, Cookies: cookies, Log: in.log,
		ApplicationName: func(id string) string {
			if c, ok := clients.Get(id); ok && c.Name != "" {
				return c.Name
			}
			return id
		},
		UserID: in.userID(people), Brand: house, Brands: ofApplications, Host: issuer.Host, Language: c.Brand.Language,
		Application: c.Brand.Application, ApplicationURL: c.Brand.ApplicationURL,
	}
	if hosted.Zone, err = c.Brand.Zone(); err != nil {
		return nil, err
	}
	proxies, err := web.ParseProxies(c.Public.TrustedProxies)
	if err != nil {
		return nil, err
	}
	consents := &oidc.Consents{Store: in.store, Marks: ephemeral.Marks(), TombstoneFor: tombstone, Sessions: sessions, Logouts: logouts, Now: in.now}
	delegations := in.delegations(ephemeral, clients, sessions, logouts)
	delegations.Refuses, grants.Refuses = agreements.Refuses, agreements.Refuses
	organizations.EndActing, hosted.ActingApplications = delegations.End, clients.Acting
	hosted.ForgetActing = delegations.Forget
	hosted.Authorized, hosted.Withdraw = consents.Authorized, consents.Withdraw
	provider := &oidc.Provider{
		Bound: in.bound, Strictest: in.strictestACR(), Agreement: agreed(agreements), Delegations: delegations,
		Auth: &clientauth.Authenticator{
			Issuer: c.Public.Issuer, TokenEndpoint: c.Public.Issuer + "/token", TokenAlias: tokenAlias(c.Public.MTLSURL), Clients: clients, Keys: clientKeys,
			Marks: ephemeral.Marks(), Roots: clientRoots, Now: in.now,
		},
		Logouts: logouts, Devices: devices, Attempts: ephemeral.Attempts(),
		Proofs: &dpop.Verifier{Marks: ephemeral.Marks(), Keys: in.keyring, Now: in.now, RequireNonce: c.Tokens.RequireDPoPNonce},
		Access: access, Subjects: subjects, ClientKeys: clientKeys, Requests: ephemeral.Interactions(),
		Certificates: web.ClientCertificates{
			Proxies: proxies, Header: c.Public.ClientCertificates == "proxy", Connection: c.Public.ClientCertificates == "connection",
		},
		Issuer: c.Public.Issuer, Aliases: c.Public.MTLSURL, Engine: engine, Clients: clients, Grants: grants, Sessions: sessions,
		Consents:     consents,
		Interactions: interactions,
		Keys:         ring, People: people, Store: in.store, Marks: ephemeral.Marks(), ErrorPage: hosted, Languages: pages.Languages(), Cookies: cookies, Now: in.now,
	}
	if c.Registration.Enabled {
		provider.Registrations = &oidc.Registrations{
			Store: in.store, Clients: clients, Marks: ephemeral.Marks(), Attempts: ephemeral.Attempts(), Fetch: out, Issuer: c.Public.Issuer,
			Policy: in.registrationPolicy(), Open: c.Registration.InsecureOpen, Unused: c.Registration.Unused.Duration,
			SecretLife: c.Registration.SecretLife.Duration, PerHour: int64(c.Registration.PerHour), MaxClients: int64(c.Registration.MaxClients),
			RotateToken: c.Registration.RotateToken, TombstoneFor: tombstone, Now: in.now, Log: in.log,
		}
	}
	hosted.Access, hosted.Profile, hosted.Activity = organizations, in.ownProfile, in.ownActivity
	hosted.EnterDeviceCode, hosted.Frames, hosted.Entrance = provider.EnterDeviceCode, provider.Frames, provider.Entrance
	hosted.Recall, hosted.Stands = provider.Recall, provider.Stands
	hosted.Suits, hosted.Tell, hosted.Ledger = provider.Suits, provider.Tell, in.ledgerOf
	provider.SigningOut = hosted.SigningOut
	if c.Enroll.Form {
		applications, err := in.applications()
		if err != nil {
			return nil, err
		}
		hosted.Apply = &enroll.Form{Applications: applications, Attempts: ephemeral.Attempts(), Now: in.now}
	}
	browser := web.NewBrowserMux(web.BrowserOptions{
		Log: in.log, Now: in.now, Fault: hosted.Fault, Proxies: proxies, Secure: cookies.Secure, Observe: metrics.Request,
	})
	api := web.NewAPIMux(web.APIOptions{
		Log: in.log, Now: in.now, Fault: provider.Fault, Proxies: proxies, Secure: cookies.Secure, Observe: metrics.Request,
	})
	provider.Routes(browser, api)

	leaving, err := in.leaving(out)
	if err != nil {
		return nil, err
	}
	leaving.Carriers[session.Carrier] = sessions
	in.recover(hosted, leaving, ephemeral.Attempts(), credentials, sessions)
	hosted.Routes(browser)
	s := &server{workers: []func(context.Context) error{sequencer.Run, ring.Run, sessions.Run, agreements.Run, clients.Run, grants.Run, logouts.Run, leaving.Run, organizations.Run, hashes.Run, in.learnVerifierKeys, in.jobs().Run, in.approvals().Run, (&event.Worker{Service: in.events(), Log: in.log}).Run}}
	if provider.Registrations != nil {
		s.workers = append(s.workers, provider.Registrations.Run)
	}
	options := web.ServerOptions{Handler: web.Join(api, browser), Log: in.log}
	if c.Public.CertificateFile != "" {
		certificates, err := in.certificates()
		if err != nil {
			return nil, err
		}
		options.TLS = certificates.TLS()
		asking := options
		asking.TLS = certificates.TLS()
		asking.TLS.ClientAuth = tls.RequestClientCert // judged by the registration of each client
		switch {
		case c.Public.MTLSListen != "": // browsers do not come there
			asking.Handler = api
			s.mtls = web.NewServer(asking)
		case provider.Certificates.Connection:
			options = asking
		}
		s.workers = append(s.workers, certificates.Run)
	}
	s.public = web.NewServer(options)
	operations := in.operations(metrics, hasher, sequencer, logouts, leaving, ephemeral)
	operators, err := in.adminAPI(ctx, adminParts{
		provider: provider, clients: clients, sessions: sessions, agreements: agreements, metrics: metrics, auditKey: auditKey.Verifier, signLog: sequencer.Finish,
		fetch: out, proxies: proxies, health: in.health(sequencer, logouts, leaving, ephemeral),
	})
	if err != nil {
		return nil, err
	}
	operations.Handle("/", operators)
	s.admin = web.NewServer(web.ServerOptions{Handler: operations, Log: in.log})
	return s, nil
}

// tokenAlias is the token endpoint at an origin, or empty.
func tokenAlias(origin string) string {
	if origin == "" {
		return ""
	}
	return origin + "/token"
}

// outbound is the way to what others have named, as far as the configuration
// lets it lead.
func (in *installation) outbound() (*outbound.Client, error) {
	allowed, err := outbound.ParseNetworks(in.config.Outbound.Allow)
	if err != nil {
		return nil, err
	}
	roots, err := certificateAuthorities(in.config.Outbound.CAFile)
	if err != nil {
		return nil, fmt.Errorf("outbound.ca_file: %w", err)
	}
	return outbound.New(outbound.Options{Allow: allowed, Roots: roots}), nil
}

// certificates are what the public listener shows.
func (in *installation) certificates() (*web.Certificates, error) {
	p := in.config.Public
	c := &web.Certificates{CertificateFile: p.CertificateFile, KeyFile: p.KeyFile, Log: in.log}
	return c, c.Load()
}

// clientRoots are the authorities of tls_client_auth; nil where there are none.
func (in *installation) clientRoots() (*x509.CertPool, error) {
	roots, err := certificateAuthorities(in.config.Public.ClientCAFile)
	if err != nil {
		return nil, fmt.Errorf("public.client_ca_file: %w", err)
	}
	return roots, nil
}

// certificateAuthorities reads a PEM file; nil when none is named.
func certificateAuthorities(path string) (*x509.CertPool, error) {
	if path == "" {
		return nil, nil
	}
	text, err := os.ReadFile(path) //nolint:gosec // the operator named it
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("%s holds no certificate", path)
	}
	return pool, nil
}

// userID looks up the User ID of a person, for the pages.
func (in *installation) userID(people *person.Directory) func(context.Context, string) (string, error) {
	return func(ctx context.Context, id string) (string, error) {
		var record storage.Person
		if err := in.store.View(ctx, func(tx storage.Tx) (err error) {
			record, err = tx.People().Get(ctx, id)
			return err
		}); err != nil {
			return "", err
		}
		profile, err := people.Open(record)
		return profile.UserID, err
	}
}
