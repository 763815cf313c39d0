// hx-swap="morph": change only what differs. Focus, selection and scroll position of the reader survive.
import htmx from './htmx.js';
import { Idiomorph } from 'idiomorph/dist/idiomorph.esm.js';

const STYLES = { 'morph': 'outerHTML', 'morph:outerHTML': 'outerHTML', 'morph:innerHTML': 'innerHTML' };
const rows = list => [ ...list.querySelectorAll('.task-row') ];
const ids = list => new Set(rows(list).map(row => row.id));

/** The row whose place on the screen must not change: the one with the focus, else the one under the pointer. */
function anchor() {
  const focused = document.activeElement?.closest?.('.task-row[id]');
  const row = focused ?? document.querySelector('[data-task-list] .task-row[id]:hover');
  const list = row?.closest('[data-task-list]');
  return list && { id: row.id, focused: Boolean(focused), index: rows(list).indexOf(row), list: list.id, top: row.getBoundingClientRect().top };
}

/** Rows that came or went above must not push it away, not even where there is nothing to scroll: then room is made. */
function hold(before) {
  const list = document.getElementById(before.list), row = document.getElementById(before.id);
  if (!list) return;
  if (!row) {
    const all = rows(list), next = before.focused && all[Math.min(before.index, all.length - 1)];
    if (next) next.querySelector('.task-link')?.focus({ preventScroll: true });
    return;
  }
  const away = () => row.getBoundingClientRect().top - before.top;
  list.scrollTop += away();
  if (away() >= 1) list.style.setProperty('--room-below', `${list.clientHeight}px`);
  else if (away() <= -1) list.style.setProperty('--room-above', `${-away()}px`);
  list.scrollTop += away();
}

/** Tasks that came in above what is seen are announced, and one press away. */
let unseen = new Set();
function announceNew(known) {
  const list = document.querySelector('[data-task-list]'), pill = document.querySelector('[data-new-tasks]');
  if (!list || !pill) return;
  const top = list.getBoundingClientRect().top;
  const here = ids(list);
  unseen = new Set([ ...unseen ].filter(id => here.has(id)));
  for (const row of rows(list)) if (known && !known.has(row.id) && row.getBoundingClientRect().bottom <= top + 1) unseen.add(row.id);
  show(pill);
}
function show(pill) {
  pill.hidden = !unseen.size;
  pill.textContent = unseen.size === 1 ? pill.dataset.one : pill.dataset.many.replace('{}', unseen.size);
}
document.addEventListener('click', event => {
  const pill = event.target.closest('[data-new-tasks]');
  if (!pill) return;
  const list = document.querySelector('[data-task-list]');
  list.removeAttribute('style');
  list.scrollTop = 0;
  unseen.clear();
  show(pill);
  rows(list)[0]?.querySelector('.task-link').focus({ preventScroll: true });
});
document.addEventListener('scroll', event => {
  if (event.target.matches?.('[data-task-list]') && event.target.scrollTop <= 0 && unseen.size) {
    unseen.clear();
    show(document.querySelector('[data-new-tasks]'));
  }
}, { capture: true, passive: true });

/** What the person has open, and which row is open, is the page's to say and not the list's. */
const callbacks = {
  beforeNodeMorphed: old => !(old instanceof HTMLElement && old.matches('dialog[open], details:is([data-menu], [data-keep])[open], [data-kept]')),
  beforeAttributeUpdated: (name, node) => !(name === 'data-selected' || name === 'aria-current' && node.matches('.task-link') || name === 'open' && node.matches?.('.list-more') || node.matches?.('[data-new-tasks]'))
};

htmx.defineExtension('morph', {
  isInlineSwap: style => style in STYLES,
  handleSwap(style, target, fragment) {
    if (!(style in STYLES)) return false;
    const list = target.id === 'list' && target.querySelector('[data-task-list]');
    const same = list && target.getAttribute('hx-get') === fragment.querySelector('#list')?.getAttribute('hx-get');
    const before = same ? anchor() : null, known = same ? ids(list) : null;
    const nodes = Idiomorph.morph(target, fragment.children, { morphStyle: STYLES[style], ignoreActiveValue: true, callbacks });
    if (before) hold(before);
    if (target.id === 'list') {
      if (!same) unseen.clear();
      announceNew(known);
    }
    return nodes;
  }
});
