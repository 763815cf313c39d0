// Rows that are selected, and what is done with all of them. The boxes belong to <form id="bulk">, so it works without script.
import { rows } from './focus.js';
import { announce } from './announce.js';
import { translated } from './words.js';

const chosen = new Set(); // ids
let last; // the row from which a range goes

const bar = () => document.getElementById('bulk');
const box = row => row.querySelector('.task-check input');
const words = (element, number) => (number === 1 ? element.dataset.one : element.dataset.many.replace('{}', number));

/** The boxes, the bar and the count say what is chosen; what left the list is not. */
function show() {
  const here = new Set(rows().filter(row => !row.hasAttribute('data-leaving')).map(row => row.dataset.id));
  for (const id of chosen) if (!here.has(id)) chosen.delete(id);
  for (const row of rows()) {
    const on = chosen.has(row.dataset.id);
    row.toggleAttribute('data-checked', on);
    if (box(row)) box(row).checked = on;
  }
  document.documentElement.toggleAttribute('data-selecting', chosen.size > 0);
  const count = bar()?.querySelector('.bulk-count');
  if (count) count.textContent = chosen.size ? words(bar(), chosen.size) : '';
}

export const selected = () => [ ...chosen ];

export function toggle(row, range = false) {
  if (!row) return;
  const all = rows(), from = range && last ? all.findIndex(one => one.dataset.id === last) : -1;
  if (from >= 0) {
    const to = all.indexOf(row);
    for (const one of all.slice(Math.min(from, to), Math.max(from, to) + 1)) chosen.add(one.dataset.id);
  } else if (!chosen.delete(row.dataset.id)) {
    chosen.add(row.dataset.id);
  }
  last = row.dataset.id;
  show();
}

export function selectAll() {
  const all = rows();
  const every = all.every(row => chosen.has(row.dataset.id));
  chosen.clear();
  if (!every) for (const row of all) chosen.add(row.dataset.id);
  show();
}

/** False when nothing was selected. */
export function clear() {
  const had = chosen.size > 0;
  chosen.clear();
  show();
  return had;
}

export function decide(operation) {
  bar()?.requestSubmit(bar().querySelector(`[value="${operation}"]`));
}

let shift = false;
document.addEventListener('click', event => {
  shift = event.shiftKey;
  if (event.target.closest('[data-select-none]')) { clear(); document.querySelector('.task-row[data-selected] .task-link')?.focus(); }
  if (event.target.closest('[data-close-results]')) document.getElementById('bulk-results').replaceChildren();
}, true);
document.addEventListener('change', event => {
  const row = event.target.closest('.task-check')?.closest('.task-row');
  if (row) toggle(row, shift);
});

// They leave at once; those that were refused come back, still selected, with the reason below the list.
const LEAVE = new Set([ 'approve', 'reject', 'release', 'suspend', 'delegate' ]);
document.addEventListener('htmx:beforeRequest', event => {
  if (event.detail.elt.id !== 'bulk') return;
  document.querySelector('.bulk-more[open]')?.removeAttribute('open');
  const operation = event.detail.requestConfig.triggeringEvent?.submitter?.value;
  if (!chosen.size) { event.preventDefault(); return announce(translated('Select a task first.')); }
  if (LEAVE.has(operation)) for (const row of rows()) row.toggleAttribute('data-leaving', chosen.has(row.dataset.id));
});
document.addEventListener('bulk-done', event => {
  const failed = new Set((event.detail?.value ?? []).map(String));
  for (const row of rows()) if (failed.has(row.dataset.id)) row.removeAttribute('data-leaving');
  chosen.clear();
  for (const id of failed) chosen.add(id);
  show();
});
document.addEventListener('htmx:afterRequest', event => {
  if (event.detail.elt.id !== 'bulk' || event.detail.successful) return;
  for (const row of rows()) row.removeAttribute('data-leaving');
});
document.addEventListener('htmx:afterSettle', show);
