// The admin's theme: replaces Django's theme.js, which keeps a setting of its own. Loaded in <head>, before anything is painted.
import { current, follow, show, turnOver } from './lib/theme.js';

show(current());
follow();
document.addEventListener('click', event => {
  if (event.target.closest('.theme-toggle')) turnOver();
});
