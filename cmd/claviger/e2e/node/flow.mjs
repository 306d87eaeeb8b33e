// Takes openid-client through discovery, the code flow with PKCE, UserInfo,
// refresh and sign-out. What to do comes as JSON on standard input; each step
// that succeeded is one line "ok STEP".
import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';
import { readFileSync } from 'node:fs';

import { person } from './person.mjs';

globalThis.crypto ??= webcrypto; // Node 18 has it only under this name

const client = await import('openid-client');
const task = JSON.parse(readFileSync(0, 'utf8'));
const ok = (step) => console.log(`ok ${step}`);
const { visit, signIn } = person(task);

// ---- the relying party -----------------------------------------------------

const methods = {
  client_secret_basic: () => client.ClientSecretBasic(task.client_secret),
  client_secret_post: () => client.ClientSecretPost(task.client_secret),
  none: () => client.None(),
};

const config = await client.discovery(
  new URL(task.issuer),
  task.client_id,
  { id_token_signed_response_alg: task.alg },
  methods[task.auth_method](),
  { execute: [client.allowInsecureRequests] }, // http, on loopback only
);
assert.equal(config.serverMetadata().issuer, task.issuer);
ok('discovered');

const verifier = client.randomPKCECodeVerifier();
const state = client.randomState();
const nonce = client.randomNonce();
const address = client.buildAuthorizationUrl(config, {
  redirect_uri: task.redirect_uri,
  scope: 'openid profile email',
  code_challenge: await client.calculatePKCECodeChallenge(verifier),
  code_challenge_method: 'S256',
  state,
  nonce,
});
const callback = await signIn(address);
ok('signed in');

const tokens = await client.authorizationCodeGrant(config, callback, {
  pkceCodeVerifier: verifier,
  expectedState: state,
  expectedNonce: nonce,
  idTokenExpected: true,
});
const claims = tokens.claims();
assert.ok(claims.sub && claims.auth_time, 'sub and auth_time');
assert.deepEqual(claims.amr, ['pwd']);
ok('redeemed');

const about = await client.fetchUserInfo(config, tokens.access_token, claims.sub);
assert.equal(about.preferred_username.toLowerCase(), task.user_id.toLowerCase());
ok('userinfo');

const renewed = await client.refreshTokenGrant(config, tokens.refresh_token);
assert.notEqual(renewed.access_token, tokens.access_token);
assert.equal(renewed.claims()?.sub ?? claims.sub, claims.sub);
await client.fetchUserInfo(config, renewed.access_token, claims.sub);
ok('refreshed');

const end = await visit(client.buildEndSessionUrl(config, {
  id_token_hint: tokens.id_token,
  post_logout_redirect_uri: task.post_logout_redirect_uri,
  state: 'bye-0123456789',
}));
assert.ok(end.left?.href.startsWith(task.post_logout_redirect_uri), `after the sign-out at ${end.left ?? end.url}`);
assert.equal(end.left.searchParams.get('state'), 'bye-0123456789');
ok('signed out');

await assert.rejects(
  client.refreshTokenGrant(config, renewed.refresh_token ?? tokens.refresh_token),
  (error) => error.error === 'invalid_grant',
);
await assert.rejects(client.fetchUserInfo(config, renewed.access_token, claims.sub));
ok('ended');
