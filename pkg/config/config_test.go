package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/claviger-id/claviger/pkg/config"
)

func TestDefaultIsValid(t *testing.T) {
	if err := config.Default().Validate(); err != nil {
		t.Fatal(err)
	}
}

func TestShippedFilesLoad(t *testing.T) {
	files, err := filepath.Glob("../../deploy/config/*.toml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no shipped configuration found: %v", err)
	}
	for _, f := range files {
		if _, err := config.Load(f); err != nil {
			t.Errorf("%s: %v", f, err)
		}
	}
}

func TestParse(t *testing.T) {
	c, err := config.Parse("c.toml", []byte("[session]\nidle = \"10m\"\n"))
	if err != nil {
		t.Fatal(err)
	}
	if c.Session.Idle.Duration != 10*time.Minute || c.Session.Absolute.Duration != 12*time.Hour {
		t.Errorf("session = %+v", c.Session)
	}
}

func TestEveryProblemIsToldAtOnce(t *testing.T) {
	text := `
colour = "blue"
[public]
issuer = "http://id.example.org/"
listen = "0.0.0.0:443"
trusted_proxies = ["10.0.0.0/8", "everyone"]
mtls_url = "https://mtls.example.org/"
lisen = "x"
[session]
idle = "a while"
absolute = "48h"
concurrent = -1
concurrent_wins = "everybody"
[session.roles.admin]
idle = "2h"
concurrent_wins = "oldest"
[password]
memory_mib = 1
disable_after = 100
reveal = "everybody"
[password.rotation]
mode = "sometimes"
max_age_days = 20
[password.rotation.roles.admin]
max_age_days = 10
[session.roles.Front-Desk]
idle = "5m"
[factors.roles]
"a nurse" = "mfa"
[[agreement.documents]]
audience = "Nurses"
[log]
level = "loud"
`
	_, err := config.Parse("c.toml", []byte(text))
	var problems config.Problems
	if !errors.As(err, &problems) {
		t.Fatalf("error = %v, want Problems", err)
	}
	for _, want := range []string{
		"c.toml:2:1: unknown key colour",
		"c.toml:8:1: unknown key public.lisen",
		"public.issuer: must be https",
		"public.issuer: must be an origin without a path",
		"public.listen: \"0.0.0.0:443\" is not loopback",
		"public.trusted_proxies: \"everyone\"",
		"public.mtls_url: \"https://mtls.example.org/\" is not an https origin",
		"public.mtls_url: needs client_certificates",
		"session.idle: \"a while\" is not a duration",
		"session.absolute: 48h is not between",
		"session.concurrent: -1 is not between 0 and 100",
		"session.concurrent_wins: \"everybody\" is none of",
		"session.roles.admin.idle: 2h is not between",
		"session.roles.admin.concurrent_wins: means nothing",
		"password.memory_mib: 1 is not between 19 and 256",
		"password.disable_after: 100 is not between 10 and 50",
		"password.reveal: \"everybody\" is none of",
		"password.rotation.mode: \"sometimes\" is none of",
		"password.rotation.max_age_days: 20 days leave no time",
		"password.rotation.roles.admin.max_age_days: 10 days leave no time",
		"session.roles: \"Front-Desk\" is not a word",
		"factors.roles: \"a nurse\" is not a word",
		"agreement.documents[0].audience: \"Nurses\" is not a word",
		"log.level: \"loud\"",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("missing problem %q in:\n%v", want, err)
		}
	}
}

// TestProblemsShowNoPassword: an address may hold one, and what is said of it goes into logs.
func TestProblemsShowNoPassword(t *testing.T) {
	for _, text := range []string{
		"[public]\nissuer = \"nobody:hunter2@id.example.org\"", "[public]\nmtls_url = \"https://nobody:hunter2@id.example.org/\"",
		"[admin]\nurl = \"https://nobody:hunter2@id.example.org/\"", "[password.breach]\nrange_url = \"https://nobody:hunter2@id.example.org\"",
	} {
		_, err := config.Parse("c.toml", []byte(text))
		if err == nil || strings.Contains(err.Error(), "hunter2") || !strings.Contains(err.Error(), "id.example.org") {
			t.Errorf("%s\nerror %v", text, err)
		}
	}
}

func TestAListenerForCertificates(t *testing.T) {
	const tls = "certificate_file = \"c\"\nkey_file = \"k\"\nclient_certificates = \"connection\"\n"
	const proxy = "trusted_proxies = [\"10.0.0.0/8\"]\nclient_certificates = \"proxy\"\n"
	for text, want := range map[string]string{
		tls: "",
		tls + "mtls_url = \"https://mtls.example.org\"\nmtls_listen = \"0.0.0.0:8443\"":   "",
		tls + "mtls_url = \"https://mtls.example.org\"":                                   "public.mtls_listen: \"\" is not host:port",
		tls + "mtls_listen = \"0.0.0.0:8443\"":                                            "public.mtls_listen: needs mtls_url",
		tls + "mtls_url = \"https://mtls.example.org\"\nmtls_listen = \"127.0.0.1:8080\"": "public.mtls_listen: must differ",
		proxy + "mtls_url = \"https://mtls.example.org\"":                                 "",
		proxy + "mtls_url = \"https://mtls.example.org\"\nmtls_listen = \"0.0.0.0:8443\"": "public.mtls_listen: is for",
		proxy + "mtls_url = \"http://localhost:8080\"":                                    "public.mtls_url: must differ from public.issuer",
	} {
		_, err := config.Parse("c.toml", []byte("[public]\n"+text))
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s\nerror %v, want %q", text, err, want)
		}
	}
}

func TestSyntaxErrorsNameTheLine(t *testing.T) {
	_, err := config.Parse("c.toml", []byte("[public]\nissuer = \n"))
	if err == nil || !strings.Contains(err.Error(), "c.toml:2:") {
		t.Errorf("error = %v, want the line", err)
	}
	_, err = config.Parse("c.toml", []byte("[password]\nmemory_mib = \"many\"\n"))
	if err == nil || !strings.Contains(err.Error(), "c.toml:2:") {
		t.Errorf("error = %v, want the line", err)
	}
}

func TestLoadRefusesHugeAndMissingFiles(t *testing.T) {
	if _, err := config.Load(filepath.Join(t.TempDir(), "none.toml")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
	huge := filepath.Join(t.TempDir(), "huge.toml")
	if err := os.WriteFile(huge, make([]byte, 1<<20+1), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := config.Load(huge); err == nil || !strings.Contains(err.Error(), "larger than") {
		t.Errorf("huge file: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("[session]\nidle = \"10m\"\n"))
	f.Add([]byte("[[public]]"))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := config.Parse("f", text)
		if err == nil && c.Validate() != nil {
			t.Fatal("an invalid configuration was accepted")
		}
	})
}

// Whoever shortens the idle limit need not know that there is another.
func TestSharedIdleFollowsIdle(t *testing.T) {
	for text, want := range map[string]time.Duration{
		`idle = "2m"`: 2 * time.Minute, `idle = "20m"`: 5 * time.Minute, `absolute = "6h"`: 5 * time.Minute,
		"idle = \"20m\"\nshared_idle = \"12m\"": 12 * time.Minute,
	} {
		c, err := config.Parse("c.toml", []byte("[session]\n"+text))
		if err != nil || c.Session.SharedIdle.Duration != want {
			t.Errorf("%s: %v, want %v, %v", text, c.Session.SharedIdle, want, err)
		}
	}
	for text, want := range map[string]string{
		"idle = \"2m\"\nshared_idle = \"3m\"": "session.shared_idle: 3m is longer than session.idle, 2m",
		`idle = "15"`:                         `session.idle: "15" is not a duration`,
		`shared_idle = "0s"`:                  "session.shared_idle: 0s is not between",
		`shared_idle = "-1s"`:                 "session.shared_idle: -1s is not between",
	} {
		_, err := config.Parse("c.toml", []byte("[session]\n"+text))
		var all config.Problems
		if !errors.As(err, &all) || len(all) != 1 || !strings.Contains(all[0], want) {
			t.Errorf("%s: %v, want one problem: %s", text, err, want)
		}
	}
}
