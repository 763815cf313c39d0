// The admin's theme switch: replaces Django's theme.js, which keeps its own setting. Loaded in <head>, before anything is painted.
import { current, remember, show } from './lib/theme.js';

const NEXT = { auto: 'dark', dark: 'light', light: 'auto' };

show(current(), 'auto');
document.addEventListener('click', event => {
  if (!event.target.closest('.theme-toggle')) return;
  event.preventDefault();
  const theme = NEXT[current()];
  remember(theme);
  show(theme, 'auto');
});
