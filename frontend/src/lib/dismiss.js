// Small open things close again: messages by their button, facet menus by Escape or a click elsewhere.
document.addEventListener('click', event => {
  event.target.closest('[data-dismiss]')?.closest('.message')?.remove();
  for (const menu of document.querySelectorAll('details[data-menu][open]')) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener('keydown', event => {
  if (event.key !== 'Escape') return;
  const menu = event.target.closest?.('details[data-menu][open]');
  if (!menu) return;
  menu.open = false;
  menu.querySelector('summary')?.focus();
});
