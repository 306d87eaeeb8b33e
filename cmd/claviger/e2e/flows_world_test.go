package e2e

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// hosted is one installation with applications and people, for many tests of the
// hosted pages at once.
type hosted struct {
	*installation
	server *process
	people []account
	next   atomic.Int32
	// plain is an application that asks for nothing; strict belongs to somebody else
	// and asks for two factors.
	plain, strict string
}

// agreementText is what people accept.
const agreementText = "# Use Agreement\n\nUse the service for **treatment**, payment and operations only.\n"

// newHosted makes it, with an agreement where agreed says so.
func newHosted(t *testing.T, backend string, people int, agreed bool, settings map[string]string) *hosted {
	t.Helper()
	all := map[string]string{"session.idle": quote("20m")}
	for name, value := range settings {
		all[name] = value
	}
	in := newInstallation(t, backend, all)
	if agreed {
		text := filepath.Join(in.dir, "agreement.md")
		if err := os.WriteFile(text, []byte(agreementText), 0o600); err != nil {
			t.Fatal(err)
		}
		all := readFile(t, in.config) + "\n[agreement]\ndocuments = [{audience = \"everyone\", version = \"1\", language = \"en\", effective = \"2026-01-01\", file = " + quote(text) + "}]\n"
		if err := os.WriteFile(in.config, []byte(all), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	h := &hosted{installation: in, people: in.enroll(people)}
	plain, strict := freeAddress(t), freeAddress(t)
	in.registerPortalAs("plain", "localhost", plain)
	url := "http://127.0.0.1:" + port(strict)
	h.registerFile("strict", map[string]any{
		"client_name": "Strict Labs", "redirect_uris": []string{url + "/callback"}, "post_logout_redirect_uris": []string{url + "/signed-out"},
		"require_consent": true, "required_acr": "urn:claviger:acr:mfa", "scope": "openid profile email provider",
		"grant_types": []string{"authorization_code", "refresh_token"}, "token_endpoint_auth_method": "client_secret_basic",
	})
	in.registerFile("television", map[string]any{
		"client_name": "Television", "grant_types": []string{"urn:ietf:params:oauth:grant-type:device_code"},
		"token_endpoint_auth_method": "none", "scope": "openid profile",
	})
	h.server = in.serve()
	h.plain = in.portalAs("plain", "localhost", plain, "20m")
	h.strict = in.portalAs("strict", "127.0.0.1", strict, "20m")
	return h
}

func readFile(t testing.TB, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// registerFile registers a client by a document, with a secret where it has one.
func (in *installation) registerFile(id string, document map[string]any) {
	in.t.Helper()
	document["client_id"] = id
	text, err := json.Marshal(document)
	if err != nil {
		in.t.Fatal(err)
	}
	args := []string{"client", "register", "--file", in.secretFile(id+".json", string(text))}
	if document["token_endpoint_auth_method"] != "none" {
		args = append(args, "--secret-out", filepath.Join(in.dir, id+".secret"))
	}
	in.claviger(args...)
}

// person is somebody whom no other test has.
func (h *hosted) person() account { return h.people[h.next.Add(1)-1] }

// browser is a Chromium as somebody else has it: with cookies of its own.
func (h *hosted) browser(t *testing.T) *browser {
	t.Helper()
	return newBrowser(t)
}

// focused has the page believe that its window is in front.
func (b *browser) focused() {
	b.t.Helper()
	ctx, cancel := b.within()
	defer cancel()
	_, err := chromedp.Call(ctx, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	b.check(err, "bringing the window to the front")
}

// reload loads the page again and returns its status.
func (b *browser) reload() {
	b.t.Helper()
	ctx, cancel := b.within()
	defer cancel()
	b.check(chromedp.Do(ctx, chromedp.Reload()), "loading the page again")
}

// has says whether something is on the page.
func (b *browser) has(selector string) bool {
	b.t.Helper()
	return b.script(`document.querySelector(`+quote(selector)+`) ? "yes" : ""`) != ""
}

// deviceCode has a device ask to be let in, and returns what it shows.
func (h *hosted) deviceCode(t *testing.T, clientID string) (code, address string) {
	t.Helper()
	res, err := http.PostForm(h.issuer+"/device_authorization", url.Values{"client_id": {clientID}, "scope": {"openid profile"}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	var out struct {
		UserCode string `json:"user_code"`
		Complete string `json:"verification_uri_complete"`
	}
	if err := json.Unmarshal(body, &out); err != nil || out.UserCode == "" {
		t.Fatalf("the device was told %d %s", res.StatusCode, body)
	}
	return out.UserCode, out.Complete
}
