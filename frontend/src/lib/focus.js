// Where the focus and the eyes go after a swap of the detail pane, and which row is marked.
import { bringIntoView } from './in-view.js';
import htmx from './htmx.js';

const detail = () => document.getElementById('detail');
export const rows = () => [ ...document.querySelectorAll('[data-task-list] .task-row') ];

/** Mark the row of the open task; it is read from now on. */
export function markSelected() {
  const open = detail()?.dataset.taskId;
  for (const row of rows()) {
    const selected = row.dataset.id === open;
    row.toggleAttribute('data-selected', selected);
    if (selected) row.removeAttribute('data-unread');
    const link = row.querySelector('.task-link');
    if (selected) link?.setAttribute('aria-current', 'true'); else link?.removeAttribute('aria-current');
  }
}

function focusFirst(...candidates) {
  for (const selector of candidates) {
    const element = detail()?.querySelector(selector);
    if (element) return element.focus({ preventScroll: selector === '[data-heading]' });
  }
}

document.addEventListener('htmx:afterSettle', event => {
  const { target, elt, requestConfig } = event.detail;
  const asked = requestConfig?.elt;
  if (asked?.matches?.('[data-poll]')) return markSelected();
  if (target?.id !== 'detail' && elt?.id !== 'detail') return;
  markSelected();
  if (asked?.matches?.('[data-quiet]')) return; // shown beside the list without anybody asking: the focus stays
  // an error first, then what the server asks for, else the heading of the task now shown
  focusFirst('.error-summary', '[aria-invalid="true"]', '[data-autofocus]', '[data-heading]');
  bringIntoView(document.querySelector('.task-row[data-selected]'), document.querySelector('.task-list'));
});

/** Narrow screens: "back" returns to the list that is already there, at the row one came from. */
export function closeDetail() {
  const open = detail();
  if (!open?.hasAttribute('data-open')) return false;
  const narrow = getComputedStyle(document.querySelector('.list-pane') ?? open).display === 'none';
  if (!narrow) return false;
  open.removeAttribute('data-open');
  document.querySelector('.task-row[data-selected] .task-link')?.focus();
  return true;
}
document.addEventListener('click', event => {
  const back = event.target.closest('[data-back]');
  if (!back || event.ctrlKey || event.metaKey || event.shiftKey || !closeDetail()) return;
  event.preventDefault();
  history.pushState({ htmx: true }, '', back.href);
});

export default htmx;
