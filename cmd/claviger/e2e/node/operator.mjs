// Plays scenario.mjs with the tokens of the first operator and a person at a browser. What
// to do comes as a line of JSON on standard input, and the letter of a person as another
// one, when it is asked for with "letter"; each step that succeeded is one line "ok STEP".
import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';
import { createInterface } from 'node:readline';

import createClient from 'openapi-fetch';

import { person } from './person.mjs';
import { scenario } from './scenario.mjs';

globalThis.crypto ??= webcrypto; // Node 18 has it only under this name

const oauth = await import('oauth4webapi');
const client = await import('openid-client');
const jose = await import('jose');

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const next = async () => JSON.parse((await lines.next()).value);
const task = await next();

// ---- tokens of the first operator, bound to its key ---------------------------------

const plain = { [oauth.allowInsecureRequests]: true };
const issuer = new URL(task.issuer);
const server = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, plain));
const operator = { client_id: 'claviger-admin' };
const key = await jose.importJWK(task.key, 'ES256');
const DPoP = oauth.DPoP(operator, await oauth.generateKeyPair('ES256'));
const scope = task.scopes;
const granted = await oauth.processClientCredentialsResponse(server, operator, await oauth.clientCredentialsGrantRequest(
  server, operator, oauth.PrivateKeyJwt({ key, kid: task.key.kid }), { scope }, { ...plain, DPoP },
));
assert.equal(granted.token_type, 'dpop');
console.log('ok bootstrap');

const api = createClient({
  baseUrl: task.admin,
  fetch: async (request) => oauth.protectedResourceRequest(
    granted.access_token, request.method, new URL(request.url), request.headers, request.body ? await request.text() : null, { ...plain, DPoP },
  ),
});

// ---- the person ------------------------------------------------------------------------

const who = { issuer: task.issuer, personal: task.personal };

async function signIn(application, letter) {
  const { visit, submit, signIn: go } = person(who);
  if (!who.user_id) { // for the first time
    const page = await visit(letter.link);
    const shown = await submit(page, {}, { link: page.text.match(/name="link" value="([^"]+)"/)?.[1] });
    who.temporary = shown.text.match(/id="temporary"[^>]*>([^<]+)</)?.[1].trim();
    assert.ok(who.temporary, shown.text);
    who.user_id = letter.user_id;
  }
  const config = await client.discovery(issuer, application, { id_token_signed_response_alg: 'ES256' }, client.None(), { execute: [client.allowInsecureRequests] });
  const verifier = client.randomPKCECodeVerifier();
  const callback = await go(client.buildAuthorizationUrl(config, {
    redirect_uri: task.redirect_uri, scope: 'openid profile', code_challenge_method: 'S256', code_challenge: await client.calculatePKCECodeChallenge(verifier),
  }));
  who.temporary = who.personal;
  const tokens = await client.authorizationCodeGrant(config, callback, { pkceCodeVerifier: verifier });
  return {
    refresh: async () => {
      try {
        tokens.refresh_token = (await client.refreshTokenGrant(config, tokens.refresh_token)).refresh_token ?? tokens.refresh_token;
        return true;
      } catch (error) {
        assert.equal(error.error, 'invalid_grant');
        return false;
      }
    },
  };
}

await scenario(api, {
  redirect: task.redirect_uri,
  ok: (step) => console.log(`ok ${step}`),
  receive: async () => {
    console.log('letter');
    return next();
  },
  signIn,
});
process.exit(0);
