// Tells a person that they are about to be signed out, and lets them stay.
//
//   import { watch, atIssuer } from 'https://id.example/claviger-session.js';
//   watch({ session: atIssuer('https://id.example', (fresh) => accessToken(fresh)), ended: () => location.replace('/goodbye') });
//
// The provider decides when a session ends; this asks it, shows the countdown,
// and says what the person does. docs/sessions.md has the contract.

const second = 1000;
const pollOpen = 5; // seconds between questions while the dialog is open
const pollIdle = 60; // and while it is not
const reportEvery = 60; // seconds; more often tells the provider nothing new
const patience = 8; // seconds that an answer may take

const english = {
  title: 'Are you still there?',
  text: (left) => `You will be signed out in ${left}, because nothing has happened here for a while.`,
  stay: 'Stay signed in',
  minutes: (n) => (n === 1 ? '1 minute' : `${n} minutes`),
  seconds: (n) => (n === 1 ? '1 second' : `${n} seconds`),
};

const spanish = {
  title: '¿Sigue ahí?',
  text: (left) => `Se cerrará su sesión en ${left}, porque hace un rato que no hay actividad.`,
  stay: 'Seguir conectado',
  minutes: (n) => (n === 1 ? '1 minuto' : `${n} minutos`),
  seconds: (n) => (n === 1 ? '1 segundo' : `${n} segundos`),
};

// textsFor returns the words for a language tag.
export const textsFor = (lang) => ((lang || '').toLowerCase().startsWith('es') ? spanish : english);

// A session is two functions. Both resolve to the seconds that are left, or to
// null when the session has ended, and reject when nobody could be asked.

// atIssuer asks the provider itself, with an access token of the person. token(fresh)
// returns one, or a promise of one; with fresh it is one that was not used before, or null
// when the refresh was refused. proof, where tokens are bound to a key, returns the DPoP
// proof for a method, an address, a token and a nonce, which may be undefined.
export const atIssuer = (issuer, token, proof) => {
  const said = (answer) => answer.headers.get('WWW-Authenticate') || '';
  const send = async (method, address, text) => {
    const once = async (nonce) => {
      const headers = { Authorization: `${proof ? 'DPoP' : 'Bearer'} ${text}` };
      if (proof) headers.DPoP = await proof(method, address, text, nonce);
      return fetch(address, { method, headers, cache: 'no-store', credentials: 'omit', signal: AbortSignal.timeout(patience * second) });
    };
    const answer = await once();
    const nonce = answer.headers.get('DPoP-Nonce');
    // RFC 9449 section 9: nothing is wrong but that the nonce is missing.
    return proof && nonce && answer.status === 401 && said(answer).includes('use_dpop_nonce') ? once(nonce) : answer;
  };
  const ask = async (method, path) => {
    const address = issuer + path;
    const text = await token(false);
    let answer = await send(method, address, text);
    if (answer.status === 401) {
      // Tokens live for minutes, sessions for hours: only a fresh one tells which is over.
      const fresh = await token(true);
      if (fresh === null) return null;
      if (fresh !== text) answer = await send(method, address, fresh);
      if (answer.status === 401 && (fresh !== text || said(answer).includes('has ended'))) return null;
    }
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
    return (await answer.json()).expires_in;
  };
  return { left: () => ask('GET', '/session'), stay: () => ask('POST', '/session/activity') };
};

// atPages asks the application's own server, which holds the tokens: GET at one
// address, POST at the other. The answer is JSON with the member expires_in,
// or status 401.
export const atPages = (leftAddress, stayAddress) => {
  const ask = async (method, address) => {
    const answer = await fetch(address, { method, cache: 'no-store', credentials: 'same-origin', signal: AbortSignal.timeout(patience * second) });
    if (answer.status === 401) return null;
    if (!answer.ok) throw new Error(`${address} answered ${answer.status}`);
    return (await answer.json()).expires_in;
  };
  return { left: () => ask('GET', leftAddress), stay: () => ask('POST', stayAddress) };
};

// watch begins. It returns a function that stops it.
//
//   session   atIssuer(…), atPages(…) or two functions of your own
//   ended     called once, when the session is over: leave the page
//   warn      seconds before the end at which the dialog opens: 120; people must
//             have 20 at least (WCAG 2.2, success criterion 2.2.1)
//   report    whether keys and clicks on the page are told (true)
//   texts     the words of the dialog (those of the page's language)
//   changed   called with the seconds that are left, after each question
export const watch = ({ session, ended, warn = 120, report = true, texts = textsFor(document.documentElement.lang), changed = () => {} }) => {
  // The monotonic clock stands still while some machines sleep, so the time of
  // day is used; who changes it is asked again by the next poll.
  let ends = Infinity;
  let over = false;
  let asking = 0;
  let lastReport = 0;
  let lastAsked = 0;
  let dialog = null;
  let said = '';

  const channel = 'BroadcastChannel' in window ? new BroadcastChannel('claviger-session') : null;
  const left = () => Math.max(0, Math.ceil((ends - Date.now()) / second));

  const finish = (tell) => {
    if (over) return;
    over = true;
    close();
    stop();
    if (tell && channel) channel.postMessage({ ended: true });
    ended();
  };

  const learn = (seconds) => {
    if (seconds === null) {
      finish(true);
      return;
    }
    ends = Date.now() + seconds * second;
    changed(seconds);
    show();
  };

  const ask = async (what) => {
    // Looking waits its turn; what the person did is told at once.
    if (over || (asking > 0 && what === session.left)) return;
    asking++;
    lastAsked = Date.now();
    try {
      const seconds = await what();
      learn(seconds);
      if (channel && !over) channel.postMessage({ left: seconds });
    } catch {
      // Nobody answers: what was known holds until its end, and not longer.
      if (left() === 0) finish(false);
    } finally {
      asking--;
    }
  };

  const spell = (seconds) => (seconds > 90 ? texts.minutes(Math.round(seconds / 60)) : texts.seconds(seconds));

  const open = () => {
    const d = document.createElement('dialog');
    d.className = 'claviger-session';
    d.setAttribute('role', 'alertdialog');
    d.setAttribute('aria-labelledby', 'claviger-session-title');
    d.setAttribute('aria-describedby', 'claviger-session-text');
    const title = document.createElement('h2');
    title.id = 'claviger-session-title';
    title.textContent = texts.title;
    const text = document.createElement('p');
    text.id = 'claviger-session-text';
    const live = document.createElement('p');
    live.id = 'claviger-session-live';
    live.setAttribute('role', 'status');
    live.setAttribute('aria-live', 'polite');
    // Heard and not seen; a style sheet is the page's own affair.
    Object.assign(live.style, { position: 'absolute', width: '1px', height: '1px', overflow: 'hidden', clipPath: 'inset(50%)' });
    const stay = document.createElement('button');
    stay.id = 'claviger-session-stay';
    stay.type = 'button';
    stay.textContent = texts.stay;
    stay.addEventListener('click', () => ask(session.stay));
    // Escape is somebody's doing too.
    d.addEventListener('cancel', (event) => {
      event.preventDefault();
      ask(session.stay);
    });
    d.append(title, text, live, stay);
    document.body.append(d);
    dialog = d;
    said = '';
    d.showModal(); // focus goes to the button, and back to where it was at the end
    stay.focus();
  };

  const close = () => {
    if (!dialog) return;
    dialog.close();
    dialog.remove();
    dialog = null;
  };

  // show brings the dialog in line with the time that is left. The text is there
  // to be read at any moment; it is said aloud now and then, not every second.
  const show = () => {
    if (over) return;
    const seconds = left();
    if (seconds > warn) {
      close();
      return;
    }
    const opens = !dialog;
    if (opens) open();
    const words = texts.text(spell(seconds));
    dialog.querySelector('#claviger-session-text').textContent = words;
    const moment = [120, 60, 30, 20, 10].find((m) => m >= seconds && m - seconds < 5);
    if (moment !== undefined && said !== String(moment)) {
      // When it opens, the dialog itself is read out.
      if (!opens) dialog.querySelector('#claviger-session-live').textContent = words;
      said = String(moment);
    }
  };

  const tick = () => {
    if (over) return;
    const since = (Date.now() - lastAsked) / second;
    const seconds = left();
    if (seconds === 0 || since >= (dialog ? pollOpen : pollIdle) || (seconds <= warn && !dialog)) ask(session.left);
    if (ends !== Infinity) show();
  };

  const acted = (event) => {
    if (!event.isTrusted || dialog || over) return;
    if (Date.now() - lastReport < reportEvery * second) return;
    lastReport = Date.now();
    ask(session.stay);
  };

  const seen = () => {
    if (document.visibilityState === 'visible') ask(session.left);
  };

  const timer = setInterval(tick, second);
  const acts = ['keydown', 'pointerdown'];
  const stop = () => {
    clearInterval(timer);
    for (const name of acts) removeEventListener(name, acted, true);
    document.removeEventListener('visibilitychange', seen);
    removeEventListener('pageshow', seen);
    removeEventListener('online', seen);
  };
  if (report) for (const name of acts) addEventListener(name, acted, true);
  document.addEventListener('visibilitychange', seen);
  addEventListener('pageshow', seen);
  addEventListener('online', seen);
  if (channel) {
    channel.onmessage = ({ data }) => {
      if (data.ended) finish(false);
      else if (!over) learn(data.left);
    };
  }
  ask(session.left);
  return () => {
    over = true;
    close();
    stop();
    if (channel) channel.close();
  };
};
