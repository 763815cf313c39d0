// Keyboard-first, and switchable off (WCAG 2.1.4). Single keys are ignored while somebody types.
//   j k / arrows  move      Enter  open (a row is a link)      /  search      ?  help      Esc  back
//   any other letter presses the first enabled element with data-key="letter"
import { closeDetail, rows } from './focus.js';
import { announce } from './announce.js';

const SETTING = 'shortcuts';
const root = document.documentElement;
root.dataset.shortcuts = localStorage.getItem(SETTING) ?? root.dataset.shortcuts ?? 'on';
const off = () => root.dataset.shortcuts === 'off';

function move(step) {
  const all = rows();
  if (!all.length) return;
  const here = document.activeElement?.closest?.('.task-row') ?? document.querySelector('.task-row[data-selected]');
  const index = here ? all.indexOf(here) + step : 0;
  const link = all[Math.max(0, Math.min(all.length - 1, index))].querySelector('.task-link');
  link.focus();
  link.scrollIntoView({ block: 'nearest' });
}

const inList = () => document.activeElement?.closest?.('.task-row');
const help = () => document.getElementById('shortcuts');
const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  '/': () => document.querySelector('[data-search]')?.focus(),
  '?': () => help()?.showModal()
};

function press(key) {
  for (const element of document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)) {
    if (element.disabled || element.closest('[hidden], [inert]') || !element.checkVisibility?.()) continue;
    element.click();
    return true;
  }
  return false;
}

const TYPING = 'input:not([type=checkbox]):not([type=radio]):not([type=button]):not([type=submit]), textarea, select, [contenteditable]';

document.addEventListener('keydown', event => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
  if (event.key === 'Escape') {
    if (document.querySelector('dialog[open], [popover]:popover-open')) return; // the browser closes it
    if (event.target.matches('[data-search]')) event.target.blur(); else closeDetail();
    return;
  }
  if (event.target.closest(TYPING) || document.querySelector('dialog[open]')) return;
  if ((event.key === 'ArrowDown' || event.key === 'ArrowUp') && inList()) {
    event.preventDefault();
    return move(event.key === 'ArrowDown' ? 1 : -1);
  }
  if (off() || event.key.length !== 1 || event.repeat && !'jk'.includes(event.key)) return;
  const act = KEYS[event.key];
  if (act) { event.preventDefault(); act(); } else if (press(event.key)) event.preventDefault();
});

document.addEventListener('click', event => {
  if (event.target.closest('[data-open-shortcuts]')) help()?.showModal();
});

document.addEventListener('change', event => {
  if (!event.target.matches('[data-shortcuts-toggle]')) return;
  root.dataset.shortcuts = event.target.checked ? 'on' : 'off';
  localStorage.setItem(SETTING, root.dataset.shortcuts);
  announce(off() ? 'Keyboard shortcuts are off.' : 'Keyboard shortcuts are on.');
});
const reflect = () => document.querySelectorAll('[data-shortcuts-toggle]').forEach(box => { box.checked = !off(); });
reflect();
document.querySelectorAll('[data-refresh-toggle]').forEach(box => { box.checked = root.dataset.refresh !== 'off'; });
