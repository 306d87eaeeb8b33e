// Takes openid-client through discovery, the code flow with PKCE, UserInfo,
// refresh and sign-out. What to do comes as JSON on standard input; each step
// that succeeded is one line "ok STEP". The person at the keyboard is played
// with fetch, a cookie jar and the forms of the pages.
import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';
import { readFileSync } from 'node:fs';

globalThis.crypto ??= webcrypto; // Node 18 has it only under this name

const client = await import('openid-client');
const task = JSON.parse(readFileSync(0, 'utf8'));
const ok = (step) => console.log(`ok ${step}`);

// ---- the person ------------------------------------------------------------

const cookies = new Map();

const keep = (response) => {
  for (const line of response.headers.getSetCookie()) {
    const [pair, ...attributes] = line.split(';').map((s) => s.trim());
    const at = pair.indexOf('=');
    const gone = attributes.some((a) => /^max-age=(0|-\d+)$/i.test(a));
    if (gone) cookies.delete(pair.slice(0, at));
    else cookies.set(pair.slice(0, at), pair.slice(at + 1));
  }
};

// visit follows redirects until a page, or until the address belongs to the
// application.
const visit = async (address, init = {}) => {
  let url = new URL(address);
  for (let i = 0; i < 10; i += 1) {
    if (!url.href.startsWith(task.issuer)) return { left: url };
    const response = await fetch(url, {
      ...init,
      redirect: 'manual',
      headers: { ...init.headers, cookie: [...cookies].map(([k, v]) => `${k}=${v}`).join('; ') },
    });
    keep(response);
    if (response.status >= 300 && response.status < 400) {
      url = new URL(response.headers.get('location'), url);
      init = {};
      continue;
    }
    const text = await response.text();
    assert.ok(response.status < 500, `${url} answered ${response.status}: ${text}`);
    return { url, text };
  }
  throw new Error('too many redirects');
};

const attribute = (tag, name) => {
  const found = tag.match(new RegExp(`\\s${name}="([^"]*)"`, 'i'));
  return found ? found[1].replaceAll('&amp;', '&').replaceAll('&#43;', '+').replaceAll('&#34;', '"') : undefined;
};

const submit = (page, values) => {
  const form = page.text.match(/<form[^>]*method="post"[^>]*>[\s\S]*?<\/form>/i)?.[0];
  assert.ok(form, `no form at ${page.url}:\n${page.text}`);
  const body = new URLSearchParams();
  for (const [tag] of form.matchAll(/<input[^>]*>/gi)) {
    const name = attribute(tag, 'name');
    const type = attribute(tag, 'type');
    if (!name || type === 'checkbox' || type === 'submit') continue;
    body.set(name, values[attribute(tag, 'id')] ?? attribute(tag, 'value') ?? '');
  }
  const action = new URL(attribute(form.match(/<form[^>]*>/i)[0], 'action') ?? '', page.url);
  return visit(action, { method: 'POST', body, headers: { origin: page.url.origin, 'sec-fetch-site': 'same-origin' } });
};

const signIn = async (address) => {
  let page = await visit(address);
  for (let i = 0; i < 4 && !page.left; i += 1) {
    if (page.text.includes('id="new-password"')) {
      page = await submit(page, { 'new-password': task.personal, confirm: task.personal });
    } else if (page.text.includes('id="password"')) {
      page = await submit(page, { userid: task.user_id, password: task.temporary });
    } else {
      assert.fail(`nothing to do at ${page.url}:\n${page.text}`);
    }
  }
  assert.ok(page.left, 'not signed in');
  return page.left;
};

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
