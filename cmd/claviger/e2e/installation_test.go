package e2e

import (
	"bytes"
	"fmt"
	"maps"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/claviger-id/claviger/storage/teststores"
)

// backends are the two combinations of stores.
var backends = []string{"embedded", "postgres+redis"}

// installation is one set of data with its configuration.
type installation struct {
	t      testing.TB
	dir    string
	config string // file
	issuer string
	public string // address of the first server
	admin  string
}

// newInstallation makes an empty installation on one of the backends. settings
// are configuration keys such as session.idle, with their TOML values.
func newInstallation(t testing.TB, backend string, settings map[string]string) *installation {
	t.Helper()
	in := &installation{t: t, dir: t.TempDir(), public: freeAddress(t), admin: freeAddress(t)}
	in.issuer = "http://localhost:" + port(in.public)
	all := map[string]string{
		"public.issuer":  quote(in.issuer),
		"public.listen":  quote(in.public),
		"admin.listen":   quote(in.admin),
		"data.directory": quote(filepath.Join(in.dir, "data")),
		"log.level":      quote("debug"),
		// The tests hash many passwords on two cores.
		"password.memory_mib":  "19",
		"password.iterations":  "2",
		"password.parallelism": "1",
		"password.budget_mib":  "76",
	}
	if backend != "embedded" {
		root := filepath.Join(in.dir, "root.key")
		in.start("key", "new-root", root)
		all["data.root_key_file"] = quote(root)
		all["data.postgres_url_file"] = quote(in.secretFile("postgres.url", teststores.Database(t)))
		if settings["data.redis_url_file"] == "" {
			all["data.redis_url_file"] = quote(in.secretFile("redis.url", newRedis(t)))
		}
	}
	maps.Copy(all, settings)
	in.config = in.writeConfig("claviger.toml", all)
	return in
}

func quote(s string) string { return fmt.Sprintf("%q", s) }

// writeConfig writes settings as TOML and returns the file's path.
func (in *installation) writeConfig(name string, settings map[string]string) string {
	in.t.Helper()
	tables := map[string]string{}
	for _, key := range slices.Sorted(maps.Keys(settings)) {
		table, field, _ := strings.Cut(key, ".")
		tables[table] += field + " = " + settings[key] + "\n"
	}
	var b strings.Builder
	for _, table := range slices.Sorted(maps.Keys(tables)) {
		fmt.Fprintf(&b, "[%s]\n%s\n", table, tables[table])
	}
	path := filepath.Join(in.dir, name)
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		in.t.Fatal(err)
	}
	return path
}

// secretFile writes a secret where only we can read it.
func (in *installation) secretFile(name, value string) string {
	in.t.Helper()
	path := filepath.Join(in.dir, name)
	if err := os.WriteFile(path, []byte(value+"\n"), 0o600); err != nil {
		in.t.Fatal(err)
	}
	return path
}

// redisDatabase counts the databases of the test server that were given away.
var redisDatabase atomic.Int32

// newRedis empties a database that no other test of this package uses and
// returns its URL.
func newRedis(t testing.TB) string {
	t.Helper()
	options, err := redis.ParseURL(teststores.Given(t, teststores.Redis))
	if err != nil {
		t.Fatal(err)
	}
	options.DB = int(redisDatabase.Add(1))
	client := redis.NewClient(options)
	defer func() { _ = client.Close() }()
	if err := client.FlushDB(t.Context()).Err(); err != nil {
		t.Fatalf("emptying Redis database %d: %v", options.DB, err)
	}
	u := url.URL{
		Scheme: "redis", User: url.UserPassword("default", options.Password),
		Host: options.Addr, Path: fmt.Sprint("/", options.DB),
	}
	return u.String()
}

// start runs a command to its end and returns what it printed. args are given
// as they are, without the installation's configuration.
func (in *installation) start(args ...string) string {
	in.t.Helper()
	cmd := exec.CommandContext(in.t.Context(), filepath.Join(programs, "claviger"), args...)
	cmd.Env = environment()
	cmd.Dir = in.dir
	var out, diagnostics bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &diagnostics
	if err := cmd.Run(); err != nil {
		in.t.Fatalf("claviger %s: %v\n%s%s", strings.Join(args, " "), err, &out, &diagnostics)
	}
	return out.String()
}

// claviger runs a command on this installation.
func (in *installation) claviger(args ...string) string {
	in.t.Helper()
	return in.start(append(args, "--config", in.config)...)
}

// serve starts the server and waits until it is ready.
func (in *installation) serve() *process {
	in.t.Helper()
	p := startProgram(in.t, "claviger", "serve", "--config", in.config)
	p.waitFor("http://" + in.admin + "/readyz")
	return p
}

// enroll makes a roster of that many people, imports it and returns their
// accounts.
func (in *installation) enroll(rows int) []account {
	in.t.Helper()
	roster, letters := filepath.Join(in.dir, "roster.csv"), filepath.Join(in.dir, "letters")
	in.start("roster", "sample", "--rows", fmt.Sprint(rows), "--seed", "7", "--out", roster)
	in.claviger("enroll", "import", roster, "--letters", letters)
	accounts := readLetters(in.t, letters)
	if len(accounts) != rows {
		in.t.Fatalf("%d letters for %d people", len(accounts), rows)
	}
	return accounts
}

// register registers a client and returns its secret; redirect addresses other
// than the first are for after the sign-out.
func (in *installation) register(id, redirect, postLogout string, extra ...string) (secret string) {
	in.t.Helper()
	file := filepath.Join(in.dir, id+".secret")
	args := []string{
		"client", "register", "--id", id, "--name", "Application " + id,
		"--redirect-uri", redirect, "--post-logout-redirect-uri", postLogout,
	}
	if !slices.Contains(extra, "--public") {
		args = append(args, "--secret-out", file)
	}
	in.claviger(append(args, extra...)...)
	if slices.Contains(extra, "--public") {
		return ""
	}
	value, err := os.ReadFile(file)
	if err != nil {
		in.t.Fatal(err)
	}
	return strings.TrimSpace(string(value))
}

// registerPortal makes the portal known and returns where it will listen.
func (in *installation) registerPortal() (address string) {
	in.t.Helper()
	address = freeAddress(in.t)
	in.registerPortalAs("portal", "localhost", address)
	return address
}

// registerPortalAs makes a portal known under an id and a host name. Cookies know
// hosts and no ports, so that two portals need two names.
func (in *installation) registerPortalAs(id, host, address string, extra ...string) {
	in.t.Helper()
	url := "http://" + host + ":" + port(address)
	in.register(id, url+"/callback", url+"/signed-out", extra...)
}

// portal starts the sample portal and returns its URL.
func (in *installation) portal(address, idle string) string {
	in.t.Helper()
	return in.portalAs("portal", "localhost", address, idle)
}

func (in *installation) portalAs(id, host, address, idle string) string {
	in.t.Helper()
	url := "http://" + host + ":" + port(address)
	p := startProgram(in.t, "portal", "--listen", address, "--url", url, "--issuer", in.issuer,
		"--client-id", id, "--client-secret-file", filepath.Join(in.dir, id+".secret"), "--idle", idle)
	p.waitFor("http://" + address + "/")
	return url
}
