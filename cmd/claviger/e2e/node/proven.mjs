// Takes openid-client and oauth4webapi through what confidential clients with
// keys do: pushed request, DPoP with nonces, private_key_jwt, refresh,
// introspection, revocation, client credentials, the device grant, back-channel
// logout. What to do comes as JSON on standard input; each step that succeeded is
// one line "ok STEP".
import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

import { person } from './person.mjs';

globalThis.crypto ??= webcrypto; // Node 18 has it only under this name

const client = await import('openid-client');
const oauth = await import('oauth4webapi');
const jose = await import('jose');
const task = JSON.parse(readFileSync(0, 'utf8'));
const ok = (step) => console.log(`ok ${step}`);
const { visit, submit, signIn, goOn } = person(task);
const issuer = new URL(task.issuer);

const key = await crypto.subtle.importKey('jwk', task.key, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign']);
const insecure = { execute: [client.allowInsecureRequests] }; // http, on loopback only
const proving = () => client.PrivateKeyJwt({ key, kid: task.kid });

// ---- an application that listens for logouts ---------------------------------

const heard = [];
const listener = createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request) body += chunk;
  heard.push(new URLSearchParams(body).get('logout_token'));
  response.writeHead(200).end();
});
await new Promise((resolve) => { listener.listen(Number(task.logout_port), '127.0.0.1', resolve); });

// ---- the code flow, pushed and proven ----------------------------------------

const config = await client.discovery(issuer, 'bank', { id_token_signed_response_alg: 'ES256' }, proving(), insecure);
const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256'));
const verifier = client.randomPKCECodeVerifier();
const state = client.randomState();
const nonce = client.randomNonce();
const address = await client.buildAuthorizationUrlWithPAR(config, {
  redirect_uri: task.redirect_uri,
  scope: 'openid profile',
  code_challenge: await client.calculatePKCECodeChallenge(verifier),
  code_challenge_method: 'S256',
  state,
  nonce,
}, { DPoP });
assert.deepEqual([...address.searchParams.keys()].sort(), ['client_id', 'request_uri']);
ok('pushed');

const callback = await signIn(address);
assert.ok(callback instanceof URL, 'not signed in');
const tokens = await client.authorizationCodeGrant(config, callback, {
  pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true,
}, undefined, { DPoP });
assert.equal(tokens.token_type, 'dpop');
const { sub, sid } = tokens.claims();
ok('redeemed');

const about = await client.fetchUserInfo(config, tokens.access_token, sub, { DPoP });
assert.equal(about.preferred_username.toLowerCase(), task.user_id.toLowerCase());
await assert.rejects(client.fetchUserInfo(config, tokens.access_token, sub), 'taken as a bearer token');
ok('userinfo');

const renewed = await client.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP });
assert.notEqual(renewed.access_token, tokens.access_token);
ok('refreshed');

const seen = await client.tokenIntrospection(config, renewed.access_token);
assert.ok(seen.active && seen.sub === sub && seen.cnf.jkt, JSON.stringify(seen));
await client.tokenRevocation(config, tokens.refresh_token);
assert.equal((await client.tokenIntrospection(config, renewed.access_token)).active, false);
await assert.rejects(
  client.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP }),
  (error) => error.error === 'invalid_grant',
);
ok('introspected and revoked');

// ---- a service on its own, with oauth4webapi ---------------------------------

const plain = { [oauth.allowInsecureRequests]: true };
const server = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, plain));
const service = { client_id: 'service' };
const prove = oauth.PrivateKeyJwt({ key, kid: task.kid });
const alone = await oauth.processClientCredentialsResponse(server, service,
  await oauth.clientCredentialsGrantRequest(server, service, prove, { scope: 'api:read' }, plain));
assert.equal(alone.scope, 'api:read');
const judged = await oauth.processIntrospectionResponse(server, service,
  await oauth.introspectionRequest(server, service, prove, alone.access_token, plain));
assert.ok(judged.active && judged.client_id === 'service');
await oauth.processRevocationResponse(await oauth.revocationRequest(server, service, prove, alone.access_token, plain));
const gone = await oauth.processIntrospectionResponse(server, service,
  await oauth.introspectionRequest(server, service, prove, alone.access_token, plain));
assert.equal(gone.active, false);
ok('client credentials');

// ---- a device ----------------------------------------------------------------

const screen = await client.discovery(issuer, 'screen', { id_token_signed_response_alg: 'ES256' }, client.None(), insecure);
const codes = await client.initiateDeviceAuthorization(screen, { scope: 'openid profile' });
const waiting = client.pollDeviceAuthorizationGrant(screen, codes);
const entry = await visit(codes.verification_uri);
const done = await goOn(await submit(entry, { user_code: codes.user_code }));
assert.match(done.url.pathname, /connected$/, done.text);
const device = await waiting;
assert.equal(device.claims().sub, sub);
await client.fetchUserInfo(screen, device.access_token, sub);
ok('device');

// ---- logout --------------------------------------------------------------------

const end = await visit(client.buildEndSessionUrl(config, { id_token_hint: tokens.id_token, post_logout_redirect_uri: task.redirect_uri }));
assert.ok(end.left?.href.startsWith(task.redirect_uri), `after the sign-out at ${end.left ?? end.url}`);
for (let i = 0; i < 100 && heard.length === 0; i += 1) await new Promise((resolve) => { setTimeout(resolve, 100); });
assert.equal(heard.length, 1);
const { payload, protectedHeader } = await jose.jwtVerify(heard[0], jose.createRemoteJWKSet(new URL(server.jwks_uri)), {
  issuer: task.issuer, audience: 'bank', typ: 'logout+jwt', requiredClaims: ['iat', 'exp', 'jti', 'events', 'sid'],
});
assert.equal(protectedHeader.alg, 'ES256');
assert.equal(payload.sid, sid);
assert.equal(payload.sub, sub);
assert.deepEqual(payload.events, { 'http://schemas.openid.net/event/backchannel-logout': {} });
assert.ok(!('nonce' in payload));
await assert.rejects(client.refreshTokenGrant(screen, device.refresh_token), (error) => error.error === 'invalid_grant');
listener.close();
ok('logged out');
