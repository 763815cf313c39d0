// htmx as a module. Its configuration stands in <meta name="htmx-config"> of base.html.
import htmx from 'htmx.org/dist/htmx.esm.js';
import { announce } from './announce.js';
import { translated } from './words.js';

window.htmx = htmx;

/** A button outside its form (form="…") counts like one inside: its name, value and formaction belong to the request. */
document.addEventListener('htmx:configRequest', event => {
  const { triggeringEvent, parameters } = event.detail;
  const button = triggeringEvent?.submitter;
  if (!button) return;
  if (button.name && !(button.name in parameters)) parameters[button.name] = button.value;
  if (button.hasAttribute('formaction')) event.detail.path = button.getAttribute('formaction');
});

/** A whole document in answer to a fragment request (the session ended: the login page) becomes a navigation, and leads back here. */
document.addEventListener('htmx:beforeSwap', event => {
  const { xhr, target, isError } = event.detail;
  if (isError || target === document.body || !/^\s*<!doctype/i.test(xhr.responseText.slice(0, 64))) return;
  event.detail.shouldSwap = false;
  const url = new URL(xhr.responseURL || location.href);
  if (url.searchParams.has('next')) url.searchParams.set('next', location.pathname + location.search);
  location.assign(url);
});

const SENTENCES = {
  403: translated('This was refused. Reload the page and try again.'),
  404: translated('This is no longer here, or it is not for you.'),
  429: translated('Too many requests. Wait a moment and try again.')
};
document.addEventListener('htmx:responseError', event => {
  if (event.detail.elt.matches('[data-poll], .draft-status')) return; // they speak for themselves
  announce(SENTENCES[event.detail.xhr.status] || translated('Something went wrong on the server. Nothing was changed; try again.'));
});
document.addEventListener('htmx:sendError', event => {
  if (event.detail.elt.matches('[data-poll], .draft-status')) return;
  announce(translated('The server cannot be reached. Your input is still here; try again.'));
});

export default htmx;
