// Drafts are saved by htmx, a moment after the last key (hx-post on .draft-status). This adds: nothing typed is lost when the
// person goes on within that moment, a failure is said, and leaving after a failure asks.
import { translated } from './words.js';
let unsaved = false; // typed and not yet answered for
let failed = false;

const isDraft = element => element?.matches?.('.draft-status');

/** Send what was typed now; the page may be gone before the answer. */
function flush() {
  const status = document.querySelector('.draft-status[hx-post]'), form = document.querySelector('form[data-draft]');
  if (!unsaved || failed || !status || !form) return;
  unsaved = false;
  const body = new FormData(form);
  for (const [ name, value ] of [ ...body ]) if (value instanceof File) body.delete(name);
  const headers = { 'HX-Request': 'true', 'X-CSRFToken': body.get('csrfmiddlewaretoken') ?? '' };
  fetch(status.getAttribute('hx-post'), { method: 'POST', body: new URLSearchParams(body), headers, keepalive: true, credentials: 'same-origin' }).catch(() => {});
}

document.addEventListener('input', event => {
  if (event.target.form?.matches('[data-draft]')) unsaved = true;
});
document.addEventListener('submit', event => {
  if (event.target.matches('[data-draft]')) unsaved = false;
}, true);

document.addEventListener('htmx:beforeRequest', event => {
  const { elt, target } = event.detail;
  if (isDraft(elt)) {
    unsaved = false;
    elt.textContent = translated('Saving …');
  } else if (target?.id === 'detail' && !elt.matches('[data-draft]')) {
    flush(); // another task is opened
  }
});
document.addEventListener('htmx:afterRequest', event => {
  const { elt, successful, xhr } = event.detail;
  if (isDraft(elt)) {
    failed = !successful;
    elt.toggleAttribute('data-failed', failed);
    if (failed) {
      unsaved = true;
      elt.textContent = translated('Draft not saved. It is tried again as you type.');
    }
  } else if (elt.matches('[data-draft]')) {
    failed = false;
    unsaved = xhr?.status === 422; // the form came back with its errors, the draft is older than it
  }
});

document.addEventListener('visibilitychange', () => { if (document.hidden) flush(); });
window.addEventListener('pagehide', flush);
window.addEventListener('beforeunload', event => { if (unsaved && failed) event.preventDefault(); });
