// A list that refreshes itself asks "changed since?" (If-None-Match) and is quiet while nobody looks.
// Markup: <section id="list" data-poll hx-get="…" hx-trigger="every 20s, tasks-changed from:body" hx-swap="morph">
const known = new WeakMap(); // element -> { path, etag } of what it shows now
const PAUSED = 'refresh';

const paused = () => document.documentElement.dataset.refresh === 'off';
const isPoll = event => event.detail.elt?.matches?.('[data-poll]');
const isTimer = event => event.detail.requestConfig?.triggeringEvent === undefined;

document.addEventListener('htmx:configRequest', event => {
  if (!isPoll(event)) return;
  const { elt, path, headers } = event.detail;
  const last = known.get(elt) ?? (elt.dataset.etag && { path, etag: elt.dataset.etag });
  if (last?.etag && last.path === path) headers['If-None-Match'] = last.etag;
});
document.addEventListener('htmx:beforeRequest', event => {
  if (isPoll(event) && isTimer(event) && (document.hidden || paused())) event.preventDefault();
});
document.addEventListener('htmx:afterRequest', event => {
  if (!isPoll(event)) return;
  const { elt, xhr, pathInfo } = event.detail;
  if (xhr?.status === 200) known.set(document.getElementById(elt.id) ?? elt, { path: pathInfo.requestPath, etag: xhr.getResponseHeader('ETag') });
});
document.addEventListener('htmx:oobAfterSwap', event => {
  // a row changed by another answer: what the list shows is no longer what its ETag names
  const list = event.detail.target?.closest?.('[data-poll]');
  if (list) known.delete(list);
});
document.addEventListener('visibilitychange', () => {
  if (!document.hidden && !paused()) document.body.dispatchEvent(new CustomEvent('tasks-changed', { bubbles: true }));
});

// WCAG 2.2.2: what updates by itself can be paused.
document.documentElement.dataset.refresh = localStorage.getItem(PAUSED) ?? 'on';
document.addEventListener('change', event => {
  if (!event.target.matches('[data-refresh-toggle]')) return;
  const value = event.target.checked ? 'on' : 'off';
  localStorage.setItem(PAUSED, value);
  document.documentElement.dataset.refresh = value;
});
