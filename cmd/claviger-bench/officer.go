package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/claviger-id/claviger/oidc/proof"
)

const (
	bossClient      = "claviger-admin" // the first operator
	directoryClient = "directory"      // provisions everybody
	practiceClient  = "practice"       // provisions the large organization
)

// officer is an application that uses the admin API: with a token that is bound to its
// key, or as a directory with a bearer token.
type officer struct {
	in     *installation
	key    proof.Key
	token  string
	bearer bool
}

// appoint makes the first operator and the directories, while the server does not run.
func (in *installation) appoint(ctx context.Context) error {
	if err := in.command(ctx, "admin", "bootstrap", "--config", in.config, "--key-out", in.bossKey()); err != nil {
		return err
	}
	for _, id := range []string{directoryClient, practiceClient} {
		document := fmt.Sprintf(`{"client_id":%q,"token_endpoint_auth_method":"client_secret_basic","grant_types":["client_credentials"],"scope":"admin:scim.read admin:scim.write","audiences":[%q]}`,
			id, "http://"+in.admin)
		if err := in.register(ctx, id, document); err != nil {
			return err
		}
		args := []string{"admin", "grant", "--config", in.config, "--client", id, "--role", "provisioner", "--reason", "benchmark"}
		if id == practiceClient {
			args = append(args, "--org", large())
		}
		if err := in.command(ctx, args...); err != nil {
			return err
		}
	}
	return nil
}

// bossKey is the file of the first operator's key.
func (in *installation) bossKey() string { return filepath.Join(in.dir, "boss.jwk") }

// boss signs in as the first operator, with some scopes.
func (in *installation) boss(ctx context.Context, scope string) (*officer, error) {
	o := &officer{in: in}
	text, err := os.ReadFile(in.bossKey())
	if err != nil {
		return nil, err
	}
	if o.key, err = proof.ParseKey(text); err != nil {
		return nil, err
	}
	assertion, err := o.key.Assertion(bossClient, in.issuer, time.Now())
	if err != nil {
		return nil, err
	}
	held, err := o.proof(http.MethodPost, in.issuer+"/token")
	if err != nil {
		return nil, err
	}
	return o, o.ask(ctx, url.Values{
		"grant_type": {"client_credentials"}, "scope": {scope}, "client_id": {bossClient},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}, "client_assertion": {assertion},
	}, "DPoP: "+held)
}

// directory signs in as one of the directories.
func (in *installation) directory(ctx context.Context, id string) (*officer, error) {
	o := &officer{in: in, bearer: true}
	return o, o.ask(ctx, url.Values{"grant_type": {"client_credentials"}, "scope": {"admin:scim.read admin:scim.write"}}, basic(id, in.secrets[id]))
}

func (o *officer) ask(ctx context.Context, form url.Values, header string) error {
	c := &connection{address: o.in.public}
	defer c.close()
	a, err := c.expect(ctx, http.StatusOK, post(strings.TrimPrefix(o.in.issuer, "http://"), "/token", form, header))
	o.token, err = tokensOf(a, err).access(err)
	return err
}

// proof is one of RFC 9449, for one request.
func (o *officer) proof(method, address string) (string, error) {
	return o.key.Proof(proof.Request{Method: method, URL: address, Token: o.token, Now: time.Now()})
}

// header authorizes one request to the admin listener.
func (o *officer) header(method, path string) ([]string, error) {
	if o.bearer {
		return []string{"Authorization: Bearer " + o.token}, nil
	}
	held, err := o.proof(method, "http://"+o.in.admin+path)
	return []string{"Authorization: DPoP " + o.token, "DPoP: " + held}, err
}

// get is a request for something.
func (o *officer) get(target string) ([]byte, error) {
	path, _, _ := strings.Cut(target, "?")
	header, err := o.header(http.MethodGet, path)
	return get(o.in.admin, target, header...), err
}
