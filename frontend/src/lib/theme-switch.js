// The moon button turns the theme over; a form to the server does the same without JavaScript.
import { turnOver } from './theme.js';
import { announce } from './announce.js';

document.addEventListener('click', event => {
  if (!event.target.closest('[data-theme-toggle]')) return;
  announce(turnOver() === 'dark' ? 'Dark colours.' : 'Light colours.');
});
