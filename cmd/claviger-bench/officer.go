package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
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
	key    jose.JSONWebKey
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
	if err := json.Unmarshal(text, &o.key); err != nil {
		return nil, err
	}
	assertion, err := o.sign("JWT", false, map[string]any{
		"iss": bossClient, "sub": bossClient, "aud": in.issuer, "jti": rand.Text(), "iat": time.Now().Unix(), "exp": time.Now().Add(time.Minute).Unix(),
	})
	if err != nil {
		return nil, err
	}
	proof, err := o.proof(http.MethodPost, in.issuer+"/token")
	if err != nil {
		return nil, err
	}
	return o, o.ask(ctx, url.Values{
		"grant_type": {"client_credentials"}, "scope": {scope}, "client_id": {bossClient},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}, "client_assertion": {assertion},
	}, "DPoP: "+proof)
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

func (o *officer) sign(typ string, embed bool, claims map[string]any) (string, error) {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: o.key}, (&jose.SignerOptions{EmbedJWK: embed}).WithType(jose.ContentType(typ)))
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	signed, err := signer.Sign(text)
	if err != nil {
		return "", err
	}
	return signed.CompactSerialize()
}

// proof is one of RFC 9449, for one request.
func (o *officer) proof(method, address string) (string, error) {
	claims := map[string]any{"htm": method, "htu": address, "jti": rand.Text(), "iat": time.Now().Unix()}
	if o.token != "" {
		sum := sha256.Sum256([]byte(o.token))
		claims["ath"] = base64.RawURLEncoding.EncodeToString(sum[:])
	}
	return o.sign("dpop+jwt", true, claims)
}

// header authorizes one request to the admin listener.
func (o *officer) header(method, path string) ([]string, error) {
	if o.bearer {
		return []string{"Authorization: Bearer " + o.token}, nil
	}
	proof, err := o.proof(method, "http://"+o.in.admin+path)
	return []string{"Authorization: DPoP " + o.token, "DPoP: " + proof}, err
}

// get is a request for something.
func (o *officer) get(target string) ([]byte, error) {
	path, _, _ := strings.Cut(target, "?")
	header, err := o.header(http.MethodGet, path)
	return get(o.in.admin, target, header...), err
}
