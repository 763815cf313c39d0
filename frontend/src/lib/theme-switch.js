// The moon button turns the theme over; a form to the server does the same without JavaScript.
import { isDark, remember, show } from './theme.js';
import { announce } from './announce.js';

document.addEventListener('click', event => {
  const button = event.target.closest('[data-theme-toggle]');
  if (!button) return;
  event.preventDefault();
  const theme = isDark() ? 'light' : 'dark';
  remember(theme);
  show(theme);
  announce(theme === 'dark' ? 'Dark colours.' : 'Light colours.');
});
