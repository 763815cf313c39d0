// hx-swap="morph": change only what differs. Focus, selection and scroll position of the reader survive.
import htmx from './htmx.js';
import { Idiomorph } from 'idiomorph/dist/idiomorph.esm.js';

const STYLES = { 'morph': 'outerHTML', 'morph:outerHTML': 'outerHTML', 'morph:innerHTML': 'innerHTML' };

/** The row whose place on the screen must not change: the one with the focus, else none. */
function anchor() {
  const row = document.activeElement?.closest?.('.task-row[id]');
  const list = row?.closest('[data-task-list]');
  return list && { id: row.id, index: [ ...list.children ].indexOf(row), list: list.id, top: row.getBoundingClientRect().top };
}

/** Rows that came or went above the focused row must not push it away; a focused row that went hands the focus on. */
function hold(before) {
  if (!before) return;
  const list = document.getElementById(before.list), row = document.getElementById(before.id);
  if (!list) return;
  if (row) {
    list.scrollTop += row.getBoundingClientRect().top - before.top;
  } else {
    const next = list.children[Math.min(before.index, list.children.length - 1)];
    next?.querySelector('a')?.focus({ preventScroll: true });
  }
}

/** What the person has open, and which row is open, is the page's to say and not the list's. */
const callbacks = {
  beforeNodeMorphed: old => !(old instanceof HTMLElement && old.matches('dialog[open], details:is([data-menu], [data-keep])[open]')),
  beforeAttributeUpdated: (name, node) => !(name === 'data-selected' || name === 'aria-current' && node.matches('.task-link'))
};

htmx.defineExtension('morph', {
  isInlineSwap: style => style in STYLES,
  handleSwap(style, target, fragment) {
    if (!(style in STYLES)) return false;
    const before = anchor();
    const nodes = Idiomorph.morph(target, fragment.children, { morphStyle: STYLES[style], ignoreActiveValue: true, callbacks });
    hold(before);
    return nodes;
  }
});
