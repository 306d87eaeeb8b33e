// Counts down to the automatic log out. The server decides; this only shows it.
// Asking how much time is left does not count as activity.
'use strict';
(() => {
  const shown = document.getElementById('countdown');
  const warning = document.getElementById('warning');
  if (!shown) return;
  const warnAt = 120;
  let ends = Date.now() + 1000 * Number(shown.dataset.seconds);
  let warned = false;

  const spell = (s) => (s >= 60 ? `${Math.floor(s / 60)} min ${s % 60} s` : `${s} s`);

  const ask = async () => {
    try {
      const answer = await (await fetch('/left', { cache: 'no-store' })).json();
      if (!answer.signed_in) {
        location.replace('/idle');
        return;
      }
      ends = Date.now() + 1000 * answer.seconds;
    } catch {
      // The portal cannot be reached: what is on the screen still has to go.
      if (Date.now() >= ends) location.replace('/idle');
    }
  };

  const tick = () => {
    const left = Math.max(0, Math.round((ends - Date.now()) / 1000));
    shown.hidden = false;
    shown.textContent = `That is in ${spell(left)}.`;
    if (left > warnAt) {
      warned = false;
      warning.hidden = true;
    } else if (!warned) {
      // Once, so that a screen reader is not interrupted every second.
      warned = true;
      warning.textContent = `You will be logged out in ${spell(left)}. Choose “Stay signed in” to go on.`;
      warning.hidden = false;
    }
    if (left === 0) ask();
  };

  tick();
  setInterval(tick, 1000);
  // Another tab may have been used, or may have logged out.
  setInterval(ask, 30000);
  document.addEventListener('visibilitychange', () => { if (!document.hidden) ask(); });
  // A page that the Back button brings back is asked for anew.
  window.addEventListener('pageshow', (event) => { if (event.persisted) location.reload(); });
})();
