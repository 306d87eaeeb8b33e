// What an operator does from an empty installation to the export of the audit log, with a
// client that is generated from the served document: openapi-typescript makes the types,
// by which the compiler checks every call here, and openapi-fetch sends them.

/** @import {Client} from 'openapi-fetch' */
/** @import {paths} from '#schema' */

/**
 * @param {boolean} holds
 * @param {unknown} what
 * @returns {asserts holds}
 */
function must(holds, what) {
  if (!holds) throw new Error(typeof what === 'string' ? what : JSON.stringify(what));
}

/**
 * @template T
 * @param {{ data?: T, error?: unknown, response: Response }} answer
 * @returns {T}
 */
function got(answer) {
  must(answer.error === undefined && answer.data !== undefined, { url: answer.response.url, status: answer.response.status, error: answer.error });
  return answer.data;
}

/** @param {Response} response */
const etag = (response) => ({ 'If-Match': response.headers.get('ETag') ?? '' });

/** @param {number} ms */
const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

const roster = 'NPI,Entity Type Code,Provider Last Name (Legal Name),Provider First Name,Email\n1234567893,1,Smith,Jane,jane@example.org\n';

/**
 * @param {Client<paths>} api
 * @param {{
 *   ok: (step: string) => void,
 *   redirect: string,
 *   receive: () => Promise<{ user_id: string, link: string }>,
 *   signIn: (application: string, letter: { user_id: string, link: string }) => Promise<{ refresh: () => Promise<boolean> }>,
 * }} outside
 */
export async function scenario(api, { ok, redirect, receive, signIn }) {
  // An organization, made once although it is asked for twice.
  const organization = { params: { header: { 'Idempotency-Key': 'scenario-organization' } }, body: { name: 'Riverside', kind: /** @type {const} */ ('practice'), ceiling: ['biller'] } };
  const { id: practice } = got(await api.POST('/v1/organizations', organization));
  must(got(await api.POST('/v1/organizations', organization)).id === practice, 'two organizations');
  must(got(await api.GET('/v1/organizations')).items.length === 1, 'not one organization');
  ok('organization');

  // A roster, imported by a job.
  let job = got(await api.POST('/v1/imports', { params: { query: { reason: 'first_roster' } }, body: roster, bodySerializer: (text) => text, headers: { 'Content-Type': 'text/csv' } }));
  for (let i = 0; i < 200 && (job.state === 'queued' || job.state === 'running'); i += 1) {
    await pause(100);
    job = got(await api.GET('/v1/jobs/{id}', { params: { path: { id: job.id } } }));
  }
  must(job.state === 'finished' && job.counts.created === 1, job);
  const [jane] = got(await api.GET('/v1/people', { params: { query: { npi: '1234567893' } } })).items;
  must(jane?.state === 'approved', jane);
  ok('import');

  // An application for an account, approved in the version that was read.
  const { id: enrolment } = got(await api.POST('/v1/enrolments', { body: { family_name: 'Okafor', given_name: 'Ngozi', email: 'ngozi@example.org' } }));
  const one = { path: { id: enrolment } };
  const read = await api.GET('/v1/enrolments/{id}', { params: one });
  const unread = await api.POST('/v1/enrolments/{id}/approve', { params: one });
  must(unread.response.status === 428 && unread.error?.type === 'urn:claviger:problem:precondition_required', unread.error);
  const approved = got(await api.POST('/v1/enrolments/{id}/approve', { params: { ...one, header: etag(read.response) } }));
  const ngozi = approved.person;
  ok('approval');

  // A temporary password, which no operator sees, and a first sign-in with it.
  got(await api.POST('/v1/people/{id}/temporary-password', { params: { path: { id: ngozi } }, body: { deliver: 'mail' } }));
  const application = got(await api.POST('/v1/clients', {
    body: {
      reason: 'first_application', client_id: 'screen', client_name: 'Screen', token_endpoint_auth_method: 'none', redirect_uris: [redirect],
      grant_types: ['authorization_code', 'refresh_token'], scope: 'openid profile',
    },
  }));
  must(application.client_id === 'screen' && application.client_secret === undefined, application);
  const letter = await receive();
  must(letter.user_id.toLowerCase() === approved.user_id.toLowerCase(), letter.user_id);
  const signedIn = await signIn('screen', letter);
  must(await signedIn.refresh(), 'the application gets no other token');
  must(got(await api.GET('/v1/people/{id}', { params: { path: { id: ngozi } } })).state === 'active', 'not active');
  ok('sign-in');

  // Who runs the practice, and who bills for it.
  const at = { path: { id: practice } };
  for (const [person, role] of [[ngozi, 'delegate_administrator'], [jane.id, 'biller']]) {
    got(await api.POST('/v1/organizations/{id}/members', { params: at, body: { person, role, need: 'works there' } }));
  }
  const members = got(await api.GET('/v1/organizations/{id}/members', { params: at })).items;
  must(members.length === 2 && members.some((m) => m.person === ngozi && m.role === 'delegate_administrator'), members);
  ok('delegate');
  ok('roster');

  // The end of every session, after which nothing is renewed.
  const elsewhere = await signIn('screen', letter);
  const sessions = got(await api.GET('/v1/sessions', { params: { query: { person: ngozi } } })).items;
  must(sessions.length === 2 && sessions.every((s) => s.clients.includes('screen')), sessions);
  const { ended } = got(await api.POST('/v1/people/{id}/sessions/end', { params: { path: { id: ngozi } }, body: { reason: 'end_of_scenario' } }));
  must(ended === 2 && !(await signedIn.refresh()) && !(await elsewhere.refresh()), `${ended} ended`);
  ok('end of sessions');

  // How the installation is.
  must(got(await api.GET('/v1/health')).parts.every((p) => p.healthy || p.name === 'audit_log'), 'not healthy');
  const database = got(await api.GET('/v1/findings')).items.filter((f) => f.check === 'database');
  must(database.length > 0 && database.every((f) => f.status !== 'failed'), database);
  ok('findings');

  // All that happened to her, each event proven against the checkpoint.
  let lines = /** @type {any[]} */ ([]);
  for (let i = 0; i < 100; i += 1) {
    const text = got(await api.GET('/v1/audit/export', { params: { query: { person: ngozi } }, parseAs: 'text' }));
    lines = text.trim().split('\n');
    if (text.includes('"session.end_ordered"')) break;
    await pause(100);
  }
  const head = JSON.parse(lines[0]);
  const [, size, root] = head.checkpoint.split('\n');
  const kinds = new Set();
  for (const line of lines.slice(1)) {
    // What was hashed is the event as it stands there, to the byte.
    const event = line.slice(line.indexOf('"event":') + '"event":'.length, -1);
    const { place, proof } = JSON.parse(line);
    must(await rootOf(event, place, Number(size), proof) === root, line);
    kinds.add(JSON.parse(event).kind);
  }
  for (const kind of ['person.approved', 'link.used', 'credential.personal_chosen', 'signin.succeeded', 'session.created', 'membership.granted', 'session.end_ordered', 'session.ended']) {
    must(kinds.has(kind), `${kind} is not among ${[...kinds].join(' ')}`);
  }
  ok('audit export');
}

/**
 * The root that a leaf, its place and its proof lead to: RFC 9162 section 2.1.3.2.
 * @param {string} leaf
 * @param {number} place
 * @param {number} size
 * @param {string[]} proof
 */
async function rootOf(leaf, place, size, proof) {
  /** @param {number} prefix @param {...Uint8Array} parts */
  const hash = async (prefix, ...parts) => new Uint8Array(await crypto.subtle.digest('SHA-256', await new Blob([Uint8Array.of(prefix), ...(/** @type {BlobPart[]} */ (parts))]).arrayBuffer()));
  let [node, last] = [place, size - 1];
  let r = await hash(0, new TextEncoder().encode(leaf));
  for (const hex of proof) {
    const p = Uint8Array.from(hex.match(/../g) ?? [], (byte) => parseInt(byte, 16));
    must(last > 0, 'the proof is too long');
    if (node % 2 === 1 || node === last) {
      r = await hash(1, p, r);
      while (node % 2 === 0 && node !== 0) [node, last] = [node >> 1, last >> 1];
    } else {
      r = await hash(1, r, p);
    }
    [node, last] = [node >> 1, last >> 1];
  }
  must(last === 0, 'the proof is too short');
  return btoa(String.fromCharCode(...r));
}
