// Keyboard-first, switchable off and remappable (WCAG 2.1.4). Single keys are ignored while somebody types.
// <body data-keys='{"next": "j", …}'> says which key does what; the table of actions is tasks_inbox/shortcuts.py.
// A key that stands for no action presses the first enabled element with data-key="letter": the outcomes of a task.
import htmx from './htmx.js';
import { closeDetail, rows } from './focus.js';
import { announce } from './announce.js';
import { clear, decide as decideSelected, selectAll, selected, toggle } from './select.js';
import { bringIntoView } from './in-view.js';
import { translated } from './words.js';

const root = document.documentElement;
const keys = JSON.parse(document.body.dataset.keys || '{}');
const actions = new Map(Object.entries(keys).map(([ action, key ]) => [ key, action ]));
const off = () => root.dataset.shortcuts === 'off';
root.dataset.shortcuts ??= 'on';

const list = () => document.getElementById('list');
const inList = () => document.activeElement?.closest?.('.task-row');
const open = () => document.getElementById('detail')?.dataset.taskId;
const current = () => inList() ?? document.getElementById(`task-${open()}`);
const help = () => document.getElementById('shortcuts');
const wide = () => document.getElementById('detail')?.checkVisibility?.() && list()?.checkVisibility?.();

// Moving shows the task beside the list, a moment after the last step; the focus stays in the list.
const MOMENT = 90;
const quiet = Object.assign(document.createElement('span'), { hidden: true });
quiet.dataset.quiet = '';
document.body.append(quiet);
let waiting;

function preview(row) {
  clearTimeout(waiting);
  if (!wide()) return;
  waiting = setTimeout(() => {
    if (inList() !== row || row.dataset.id === open()) return;
    const url = row.querySelector('.task-link').getAttribute('hx-get');
    htmx.ajax('GET', `${url}${url.includes('?') ? '&' : '?'}preview`, { source: quiet, target: '#detail', swap: 'outerHTML' });
  }, MOMENT);
}
function stopPreview() {
  clearTimeout(waiting);
  htmx.trigger(quiet, 'htmx:abort');
  const first = document.querySelector('#detail[data-quiet]'); // the page's own preview of its first task
  if (first) htmx.trigger(first, 'htmx:abort');
}
document.addEventListener('click', event => { if (event.target.closest('.task-link')) stopPreview(); }, true);

function move(step) {
  const all = rows().filter(row => !row.hasAttribute('data-leaving'));
  if (!all.length) return;
  const here = current();
  const index = here ? all.indexOf(here) + step : 0;
  const row = all[Math.max(0, Math.min(all.length - 1, index))];
  const link = row.querySelector('.task-link');
  link.focus({ preventScroll: true });
  link.scrollIntoView({ block: 'nearest' });
  preview(row);
}

/** The selected tasks; or the task that is open; one that only has the focus is shown first. */
function decide(letter, operation) {
  if (selected().length) return decideSelected(operation);
  const row = inList();
  if (row && row.dataset.id !== open()) return row.querySelector('.task-link').click();
  press(letter);
}

function press(letter) {
  for (const element of document.querySelectorAll(`[data-key="${CSS.escape(letter)}"]`)) {
    if (element.disabled || element.closest('[hidden], [inert]') || !element.checkVisibility?.()) continue;
    element.click();
    return true;
  }
  return false;
}
const click = selector => () => document.querySelector(selector)?.click();

let going = 0; // until when the next key is the second one of “g …”
const PLACES = {
  i: 'a.view-tab[href*="tab=mine"]', o: 'a.view-tab[href*="tab=groups"]', a: 'a.view-tab[href*="tab=all"]', t: 'a.view-tab[href*="tab=done"]',
  p: '.sidebar a[href$="/start/"]', r: '.sidebar a[href$="/requests/"]'
};
function goTo(key) {
  going = 0;
  const place = /[1-9]/.test(key) ? [ ...document.querySelectorAll('.view-saved') ][key - 1] : document.querySelector(PLACES[key] ?? ':not(*)');
  if (place) place.click(); else if (PLACES[key]) location.assign(document.querySelector('.brand').href);
}

const ACTIONS = {
  next: () => move(1),
  previous: () => move(-1),
  approve: () => decide('a', 'approve'),
  reject: () => decide('r', 'reject'),
  claim: () => decide('c', 'claim'),
  draft: () => press('s'),
  diagram: () => press('d'),
  delegate: click('#detail a[href*="/delegate/"]'),
  put_back: click('#detail form[action*="/release/"] button'),
  put_aside: click('#detail form[action*="/suspend/"] button'),
  comment: () => document.querySelector('#comment-text, #task-comment')?.focus(),
  undo: click('[data-undo]'),
  select: event => toggle(current(), event.shiftKey),
  select_all: selectAll,
  new: click('[data-new-tasks]:not([hidden])'),
  filter: click('[data-action="filter"]'),
  search: () => document.querySelector('[data-search]')?.focus(),
  go: () => { going = performance.now() + 1500; },
  help: () => help()?.showModal()
};

const TYPING = 'input:not([type=checkbox]):not([type=radio]):not([type=button]):not([type=submit]), textarea, select, [contenteditable]';

document.addEventListener('keydown', event => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
  if (event.key === 'Escape') {
    if (document.querySelector('dialog[open], [popover]:popover-open')) return; // the browser closes it
    if (event.target.matches('[data-search]')) event.target.blur(); else if (!clear()) closeDetail();
    return;
  }
  if (event.target.closest(TYPING) || document.querySelector('dialog[open]')) return;
  if ((event.key === 'ArrowDown' || event.key === 'ArrowUp') && inList()) {
    event.preventDefault();
    return move(event.key === 'ArrowDown' ? 1 : -1);
  }
  if (off() || event.key.length !== 1) return;
  if (going > performance.now()) {
    event.preventDefault();
    return goTo(event.key);
  }
  const action = actions.get(event.key) ?? (event.shiftKey ? actions.get(event.key.toLowerCase()) : undefined);
  if (event.repeat && action !== 'next' && action !== 'previous') return;
  if (action) {
    event.preventDefault();
    ACTIONS[action]?.(event);
  } else if (!Object.hasOwn(MOVED, event.key) && press(event.key)) {
    event.preventDefault();
  }
});

// What the server wrote for the usual keys is shown with the person's own.
const USUAL = { approve: 'a', reject: 'r', claim: 'c', draft: 's', diagram: 'd' };
const MOVED = Object.fromEntries(Object.entries(USUAL).filter(([ action, key ]) => keys[action] && keys[action] !== key).map(([ action, key ]) => [ key, keys[action] ]));

function hints() {
  bringIntoView(document.querySelector('.view-tab[aria-current]'), document.querySelector('.view-tabs'));
  for (const hint of document.querySelectorAll('[data-hint]')) hint.textContent = keys[hint.dataset.hint] ?? hint.textContent;
  for (const [ usual, key ] of Object.entries(MOVED)) {
    for (const hint of document.querySelectorAll(`[data-key="${usual}"] .kbd`)) hint.textContent = key.toUpperCase();
  }
}
document.addEventListener('htmx:afterSettle', hints);
hints();

document.addEventListener('click', event => {
  if (event.target.closest('[data-open-shortcuts]')) help()?.showModal();
});

document.addEventListener('change', event => {
  if (!event.target.matches('[data-shortcuts-toggle]')) return;
  root.dataset.shortcuts = event.target.checked ? 'on' : 'off';
  const body = new URLSearchParams(event.target.checked ? { shortcuts: '1' } : {});
  body.set('only', 'shortcuts');
  const headers = { 'HX-Request': 'true', ...JSON.parse(document.body.getAttribute('hx-headers') || '{}') };
  fetch(document.body.dataset.preferences, { method: 'POST', body, headers, redirect: 'manual' }).catch(() => {});
  announce(off() ? translated('Keyboard shortcuts are off.') : translated('Keyboard shortcuts are on.'));
});
const reflect = () => document.querySelectorAll('[data-shortcuts-toggle]').forEach(box => { box.checked = !off(); });
reflect();
document.querySelectorAll('[data-refresh-toggle]').forEach(box => { box.checked = root.dataset.refresh !== 'off'; });
