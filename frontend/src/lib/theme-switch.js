// The moon button turns the theme over, at once and in the account; a form to the server does the same without JavaScript.
import { turnOver } from './theme.js';
import { announce } from './announce.js';
import { translated } from './words.js';

document.addEventListener('click', event => {
  if (!event.target.closest('[data-theme-toggle]')) return;
  const theme = turnOver();
  announce(theme === 'dark' ? translated('Dark colours.') : translated('Light colours.'));
  const { themeUrl } = document.body.dataset;
  if (!themeUrl) return;
  const headers = JSON.parse(document.body.getAttribute('hx-headers') || '{}');
  fetch(themeUrl, { method: 'POST', body: new URLSearchParams({ theme }), headers, redirect: 'manual', keepalive: true }).catch(() => {});
});
