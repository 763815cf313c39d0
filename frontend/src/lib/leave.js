// A decided task leaves the list before the server has answered; refused, it comes back with a sentence.
import { rows } from './focus.js';
import { announce } from './announce.js';
import { translated } from './words.js';

const isDecision = ({ elt, requestConfig }) => elt?.id === 'task-form' && /\/complete\/?(\?|$)/.test(requestConfig?.path ?? '');
const rowOf = id => document.getElementById(`task-${id}`);
let leaving;

/** The server is told which row comes next here: the person's order may be one that only this list knows. */
document.addEventListener('htmx:configRequest', event => {
  const { elt, path, parameters } = event.detail;
  if (elt?.id !== 'task-form' || !/\/complete\/?(\?|$)/.test(path)) return;
  const all = rows().filter(row => !row.hasAttribute('data-leaving'));
  const index = all.findIndex(row => row.hasAttribute('data-selected'));
  const next = index >= 0 ? all[index + 1] ?? all[index - 1] : undefined;
  if (next) parameters.next = next.dataset.id;
});
document.addEventListener('htmx:beforeRequest', event => {
  if (!isDecision(event.detail)) return;
  leaving = document.getElementById('detail')?.dataset.taskId;
  rowOf(leaving)?.setAttribute('data-leaving', '');
});
document.addEventListener('htmx:afterRequest', event => {
  if (!isDecision(event.detail)) return;
  const { successful, xhr } = event.detail;
  if (successful && xhr.status < 300) return;
  rowOf(leaving)?.removeAttribute('data-leaving');
  if (xhr?.status === 422) announce(translated('Not sent: the form needs a correction. The task is still in your list.'));
  else if (xhr?.status === 409) announce(translated('Somebody was first, or the process has gone on.'));
});
