// A list asks again and again "changed since?" (If-None-Match), less often while nobody acts, and not at all while nobody looks.
// Markup: <section id="list" data-poll hx-get="…" hx-trigger="refresh, tasks-changed from:body" hx-swap="morph">
const known = new WeakMap(); // element -> { path, etag } of what it shows now
const PAUSED = 'refresh';
const PACE = [ [ 60, 1500 ], [ 300, 5000 ], [ Infinity, 20000 ] ]; // seconds since somebody acted -> milliseconds to the next question
const SLOWEST = 60000; // while the server does not answer

const paused = () => document.documentElement.dataset.refresh === 'off';
const isPoll = event => event.detail.elt?.matches?.('[data-poll]');

let acted = Date.now(), failures = 0;
for (const type of [ 'pointerdown', 'pointermove', 'keydown', 'wheel' ]) addEventListener(type, () => { acted = Date.now(); }, { passive: true, capture: true });

function pace() {
  const idle = (Date.now() - acted) / 1000;
  const [ , wait ] = PACE.find(([ seconds ]) => idle < seconds);
  return Math.min(wait * 2 ** failures, SLOWEST);
}
function tick() {
  const list = document.querySelector('[data-poll]');
  if (list && !document.hidden && !paused() && !list.classList.contains('htmx-request')) list.dispatchEvent(new CustomEvent('refresh'));
  setTimeout(tick, pace());
}
setTimeout(tick, pace());

document.addEventListener('htmx:configRequest', event => {
  if (!isPoll(event)) return;
  const { elt, path, headers } = event.detail;
  const last = known.get(elt) ?? (elt.dataset.etag && { path, etag: elt.dataset.etag });
  if (last?.etag && last.path === path) headers['If-None-Match'] = last.etag;
});
document.addEventListener('htmx:afterRequest', event => {
  if (!isPoll(event)) return;
  const { elt, xhr, pathInfo } = event.detail;
  failures = xhr?.status && xhr.status < 500 ? 0 : Math.min(failures + 1, 5);
  if (xhr?.status === 200) known.set(document.getElementById(elt.id) ?? elt, { path: pathInfo.requestPath, etag: xhr.getResponseHeader('ETag') });
});
document.addEventListener('htmx:beforeSwap', event => {
  // asked before somebody went to another tab or view, answered after: it would lead them back
  const { requestConfig, target } = event.detail;
  if (requestConfig?.elt?.matches?.('[data-poll]') && target?.isConnected && target.getAttribute('hx-get') !== requestConfig.path) event.detail.shouldSwap = false;
});
document.addEventListener('htmx:oobAfterSwap', event => {
  // a row changed by another answer: what the list shows is no longer what its ETag names
  const list = event.detail.target?.closest?.('[data-poll]');
  if (list && event.detail.target.matches('.task-row')) known.delete(list);
});
document.addEventListener('visibilitychange', () => {
  if (!document.hidden && !paused()) {
    acted = Date.now();
    document.body.dispatchEvent(new CustomEvent('tasks-changed', { bubbles: true }));
  }
});

// WCAG 2.2.2: what updates by itself can be paused.
document.documentElement.dataset.refresh = localStorage.getItem(PAUSED) ?? 'on';
document.addEventListener('change', event => {
  if (!event.target.matches('[data-refresh-toggle]')) return;
  const value = event.target.checked ? 'on' : 'off';
  localStorage.setItem(PAUSED, value);
  document.documentElement.dataset.refresh = value;
});
