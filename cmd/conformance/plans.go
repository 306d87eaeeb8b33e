package main

import (
	"encoding/json"
	"os"
	"path/filepath"
)

// clients are all that the plans need.
type clients struct {
	basic, second, post *client
	leaving, told       *client
	proof, proof2       *client
	bound, bound2       *client
	mutual, mutual2     *client
	signed, signed2     *client

	// certificates are what the clients of mutual TLS hold.
	certificate, certificate2 pair
}

func (c clients) all() []*client {
	return []*client{c.basic, c.second, c.post, c.leaving, c.told, c.proof, c.proof2, c.bound, c.bound2, c.mutual, c.mutual2, c.signed, c.signed2}
}

func (in *instance) makeClients(ca *authority) (clients, error) {
	all := clients{
		basic:   in.connect("basic", "client_secret_basic", false),
		second:  in.connect("basic-2", "client_secret_basic", true),
		post:    in.connect("post", "client_secret_post", false),
		leaving: in.leaving("leaving", false),
		told:    in.leaving("told", true),
	}
	var err error
	if all.certificate, err = ca.issue("conformance client", 11); err != nil {
		return all, err
	}
	if all.certificate2, err = ca.issue("conformance client 2", 12); err != nil {
		return all, err
	}
	byKey := map[string]any{"dpop_bound_access_tokens": true}
	signing := map[string]any{
		"dpop_bound_access_tokens": true, "require_signed_request_object": true, "authorization_signed_response_alg": "PS256",
	}
	byCertificate := map[string]any{"tls_client_certificate_bound_access_tokens": true}
	for _, one := range []struct {
		into       **client
		id, method string
		alg        string
		second     bool
		change     map[string]any
	}{
		{&all.proof, "proof", "private_key_jwt", "PS256", false, byKey},
		{&all.proof2, "proof-2", "private_key_jwt", "ES256", true, byKey},
		{&all.signed, "signed", "private_key_jwt", "PS256", false, signing},
		{&all.signed2, "signed-2", "private_key_jwt", "ES256", true, signing},
		{&all.bound, "bound", "private_key_jwt", "PS256", false, byCertificate},
		{&all.bound2, "bound-2", "private_key_jwt", "ES256", true, byCertificate},
		{&all.mutual, "mutual", "tls_client_auth", "PS256", false, map[string]any{
			"tls_client_certificate_bound_access_tokens": true, "tls_client_auth_subject_dn": "CN=conformance client",
		}},
		{&all.mutual2, "mutual-2", "tls_client_auth", "ES256", true, map[string]any{
			"tls_client_certificate_bound_access_tokens": true, "tls_client_auth_subject_dn": "CN=conformance client 2",
		}},
	} {
		if *one.into, err = in.financial(one.id, one.method, one.alg, one.second, one.change); err != nil {
			return all, err
		}
	}
	return all, nil
}

// writeConfigurations writes a file for each group of plans.
func (in *instance) writeConfigurations() error {
	if err := os.MkdirAll(in.out, 0o750); err != nil {
		return err
	}
	c := in.clients
	connect := in.configuration("OpenID Connect", c.basic, c.second)
	connect["client_secret_post"] = c.post.as()
	financial := func(description string, first, second *client) map[string]any {
		d := in.configuration(description, first, second)
		d["resource"] = map[string]any{"resourceUrl": in.issuer + "/userinfo"}
		return d
	}
	mutual := func(d map[string]any) map[string]any {
		d["mtls"], d["mtls2"] = held(c.certificate), held(c.certificate2)
		return d
	}
	for name, d := range map[string]map[string]any{
		"connect":      connect,
		"logout":       in.configuration("Logout", c.leaving, c.second),
		"backchannel":  in.configuration("Back-channel logout", c.told, c.second),
		"fapi2-dpop":   financial("FAPI 2.0, keys and DPoP", c.proof, c.proof2),
		"fapi2-signed": financial("FAPI 2.0, signed requests and answers", c.signed, c.signed2),
		"fapi2-bound":  mutual(financial("FAPI 2.0, keys and certificates", c.bound, c.bound2)),
		"fapi2-mtls":   mutual(financial("FAPI 2.0, certificates", c.mutual, c.mutual2)),
	} {
		text, err := json.MarshalIndent(d, "", "  ")
		if err != nil {
			return err
		}
		if err := write(filepath.Join(in.out, name+".json"), append(text, '\n')); err != nil {
			return err
		}
	}
	return nil
}

// configuration is what all plans have in common.
func (in *instance) configuration(description string, first, second *client) map[string]any {
	return map[string]any{
		"alias": alias, "description": "Claviger: " + description,
		"server": map[string]any{
			"discoveryUrl": in.issuer + "/.well-known/openid-configuration",
			"login_hint":   in.person.UserID, "acr_values": "urn:claviger:acr:password",
		},
		"client": first.as(), "client2": second.as(),
		"browser": in.browser(false), "override": in.overrides(),
	}
}

// held is a certificate as the suite reads it.
func held(p pair) map[string]any {
	return map[string]any{"cert": string(p.certificate), "key": string(p.key)}
}
