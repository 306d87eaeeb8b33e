package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"
)

// The two combinations of stores.
const (
	backendEmbedded = "embedded"
	backendServers  = "postgresql+redis"
)

// hashParams is the cost of a password hash.
type hashParams struct {
	memoryMiB, iterations uint32
	lanes                 uint8
}

// The default of the product, and the least that it accepts: where the hash
// would hide what else a sign-in costs.
var (
	productHash = hashParams{memoryMiB: 64, iterations: 3, lanes: 4}
	leastHash   = hashParams{memoryMiB: 19, iterations: 2, lanes: 1}
)

// The clients of every installation.
const (
	serviceClient = "service" // client_credentials, and introspection of its own tokens
	portalClient  = "portal"  // code flow and refresh
	wardClient    = "ward"    // hears of the end of sessions; only where these are measured
	redirectTo    = "https://portal.example/callback"
)

// installation is one set of data with its configuration, and its server while
// that runs.
type installation struct {
	bench   *bench
	program string
	dir     string
	backend string
	config  string
	public  string // address
	admin   string
	issuer  string
	secrets map[string]string // of the clients
	root    string            // file of the root key
	pgURL   string
	redis   string
	hash    hashParams
	// reachable says that people have an NPI and an address for mail.
	reachable bool
	server    *process
}

// install makes an empty installation with its clients.
func (b *bench) install(ctx context.Context, name, backend string, hash hashParams) (*installation, error) {
	in := &installation{
		bench: b, program: b.program, dir: filepath.Join(b.work, backend+"-"+name), backend: backend, hash: hash, secrets: map[string]string{},
	}
	if err := os.MkdirAll(in.dir, 0o700); err != nil {
		return nil, err
	}
	var err1, err2 error
	in.public, err1 = freeAddress(ctx)
	in.admin, err2 = freeAddress(ctx)
	if err := errors.Join(err1, err2); err != nil {
		return nil, err
	}
	_, port, _ := net.SplitHostPort(in.public)
	in.issuer = "http://localhost:" + port
	in.root = filepath.Join(in.dir, "root.key")
	if err := in.command(ctx, "key", "new-root", in.root); err != nil {
		return nil, err
	}
	if err := in.configure(ctx); err != nil {
		return nil, err
	}
	for id, document := range map[string]string{
		serviceClient: `{"client_id":"service","token_endpoint_auth_method":"client_secret_basic","grant_types":["client_credentials"],"scope":"records.read"}`,
		portalClient:  `{"client_id":"portal","token_endpoint_auth_method":"client_secret_basic","grant_types":["authorization_code","refresh_token"],"redirect_uris":["` + redirectTo + `"],"scope":"openid profile"}`,
	} {
		if err := in.register(ctx, id, document); err != nil {
			return nil, err
		}
	}
	return in, nil
}

// register registers a client, and keeps its secret.
func (in *installation) register(ctx context.Context, id, document string) error {
	file, secret := filepath.Join(in.dir, id+".json"), filepath.Join(in.dir, id+".secret")
	if err := os.WriteFile(file, []byte(document), 0o600); err != nil {
		return err
	}
	if err := in.command(ctx, "client", "register", "--config", in.config, "--file", file, "--secret-out", secret); err != nil {
		return err
	}
	text, err := os.ReadFile(secret) //nolint:gosec // in the directory of this run
	if err != nil {
		return err
	}
	in.secrets[id] = strings.TrimSpace(string(text))
	return nil
}

// configure writes the configuration. What it does not say is as it comes.
func (in *installation) configure(ctx context.Context) error {
	all := map[string]string{
		"public.issuer": quote(in.issuer), "public.listen": quote(in.public), "admin.listen": quote(in.admin),
		// A flood comes from many addresses: the guard against one is not what
		// is measured.
		"public.trusted_proxies": `["127.0.0.0/8"]`,
		"admin.calls_per_minute": "1000000",         // one officer reads all lists, many times
		"outbound.allow":         `["127.0.0.0/8"]`, // an application that hears of the end of sessions
		"data.directory":         quote(filepath.Join(in.dir, "data")),
		"data.root_key_file":     quote(in.root),
		"session.idle":           quote("60m"), // the run is longer than a pause for coffee
		"tokens.access":          quote("60m"),
		"password.memory_mib":    fmt.Sprint(in.hash.memoryMiB),
		"password.iterations":    fmt.Sprint(in.hash.iterations),
		"password.parallelism":   fmt.Sprint(in.hash.lanes),
	}
	if in.backend == backendServers {
		var err1, err2 error
		in.pgURL, err1 = in.bench.newDatabase(ctx)
		in.redis, err2 = in.bench.newRedis(ctx)
		if err := errors.Join(err1, err2); err != nil {
			return err
		}
		for name, value := range map[string]string{"postgres": in.pgURL, "redis": in.redis} {
			file := filepath.Join(in.dir, name+".url")
			if err := os.WriteFile(file, []byte(value+"\n"), 0o600); err != nil {
				return err
			}
			all["data."+name+"_url_file"] = quote(file)
		}
	}
	tables := map[string]string{}
	for _, key := range slices.Sorted(maps.Keys(all)) {
		table, field, _ := strings.Cut(key, ".")
		tables[table] += field + " = " + all[key] + "\n"
	}
	var text strings.Builder
	for _, table := range slices.Sorted(maps.Keys(tables)) {
		_, _ = fmt.Fprintf(&text, "[%s]\n%s\n", table, tables[table])
	}
	in.config = filepath.Join(in.dir, "claviger.toml")
	return os.WriteFile(in.config, []byte(text.String()), 0o600)
}

func quote(s string) string { return fmt.Sprintf("%q", s) }

// command runs one command of the program to its end.
func (in *installation) command(ctx context.Context, args ...string) error {
	cmd := exec.CommandContext(ctx, in.program, args...) //nolint:gosec // the program that we built
	cmd.Env = environment()
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("claviger %s: %w\n%s", strings.Join(args, " "), err, text)
	}
	return nil
}

// serve starts the server, waits until it is ready, and says how long that
// took.
func (in *installation) serve(ctx context.Context, env ...string) (time.Duration, error) {
	began := time.Now()
	p, err := start(ctx, filepath.Join(in.dir, "claviger.log"), env, in.program, "serve", "--config", in.config)
	if err != nil {
		return 0, err
	}
	p.metrics = "http://" + in.admin + "/metrics"
	if err := p.waitFor(ctx, "http://"+in.admin+"/readyz"); err != nil {
		p.stop()
		return 0, err
	}
	in.server = p
	return time.Since(began), nil
}

// remove stops the server and drops the database.
func (in *installation) remove(ctx context.Context) {
	if in.server != nil {
		in.server.stop()
	}
	if u, err := url.Parse(in.pgURL); err == nil && in.pgURL != "" {
		_ = execute(ctx, in.bench.postgresURL, "DROP DATABASE IF EXISTS "+strings.TrimPrefix(u.Path, "/")+" WITH (FORCE)")
	}
	_ = os.RemoveAll(in.dir)
}

// execute runs one statement on a PostgreSQL.
func execute(ctx context.Context, server, sql string) error {
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	_, err = conn.Exec(ctx, sql)
	return err
}

func (b *bench) newDatabase(ctx context.Context) (string, error) {
	name := "bench_" + strings.ToLower(rand.Text())
	if err := execute(ctx, b.postgresURL, "CREATE DATABASE "+name); err != nil {
		return "", err
	}
	u, err := url.Parse(b.postgresURL)
	if err != nil {
		return "", err
	}
	u.Path = "/" + name
	return u.String(), nil
}

// newRedis empties a database that this run has not used.
func (b *bench) newRedis(ctx context.Context) (string, error) {
	options, err := redis.ParseURL(b.redisURL)
	if err != nil {
		return "", err
	}
	b.redisUsed++
	options.DB = b.redisUsed
	client := redis.NewClient(options)
	defer func() { _ = client.Close() }()
	if err := client.FlushDB(ctx).Err(); err != nil {
		return "", err
	}
	u := url.URL{Scheme: "redis", User: url.UserPassword("default", options.Password), Host: options.Addr, Path: fmt.Sprint("/", options.DB)}
	return u.String(), nil
}
