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

/** What the person is typing wins over what the server sends. */
const callbacks = {
  beforeNodeMorphed(old) {
    return !(old instanceof HTMLElement && old.matches('dialog[open], [popover]:popover-open, details[data-keep][open], [data-morph="keep"]'));
  }
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
