// The live region says what happened: announce(text) here, or `HX-Trigger: {"announce": "Approved. 12 left."}` from the server.
const SECONDS = 6;
let timer;

export function announce(text) {
  const live = document.getElementById('live');
  if (!live || !text) return;
  live.textContent = '';
  requestAnimationFrame(() => { live.textContent = text; }); // the same sentence twice is read twice
  clearTimeout(timer);
  timer = setTimeout(() => { live.textContent = ''; }, SECONDS * 1000);
}

document.addEventListener('announce', event => announce(event.detail?.value ?? event.detail));
