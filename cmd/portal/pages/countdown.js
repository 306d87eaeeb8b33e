// Shows the countdown with the provider's own module. The provider decides; this
// only shows it and says what the person does.
const shown = document.getElementById('countdown');

// Who signs out is on the way to the provider: that the session is over by then must
// not lead them elsewhere, nor when the module comes only now.
let leaving = false;
let stop = () => {};
addEventListener('submit', () => {
  leaving = true;
  stop();
});

// Another provider has no such module: then the page leaves by itself at the end.
const { watch, atPages } = shown.dataset.module ? await import(shown.dataset.module) : { watch: () => () => {}, atPages: () => null };

const spell = (s) => (s >= 60 ? `${Math.floor(s / 60)} min ${s % 60} s` : `${s} s`);
let ends = Date.now() + 1000 * Number(shown.dataset.seconds);

const tick = () => {
  shown.hidden = false;
  shown.textContent = `That is in ${spell(Math.max(0, Math.round((ends - Date.now()) / 1000)))}.`;
};
tick();
setInterval(tick, 1000);

if (!leaving) {
  stop = watch({
    session: atPages('/left', '/stay'),
    warn: Number(shown.dataset.warn),
    changed: (seconds) => {
      ends = Date.now() + 1000 * seconds;
      document.getElementById('ends').textContent = new Date(ends).toLocaleTimeString();
      tick();
    },
    ended: () => location.replace('/idle'),
  });
}

// A page that the Back button brings back is asked for anew.
addEventListener('pageshow', (event) => { if (event.persisted) location.reload(); });
