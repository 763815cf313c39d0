// <button data-copy="INV-1042">: copies the text.
import { announce } from './announce.js';
import { translated } from './words.js';

document.addEventListener('click', async event => {
  const button = event.target.closest('[data-copy]');
  if (!button) return;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    announce(translated('Copied: {what}', { what: button.dataset.copy }));
  } catch {
    announce(translated('The browser does not allow copying here. Select the text and press Ctrl+C.'));
  }
});
