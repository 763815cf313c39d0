// <button data-copy="INV-1042">: copies the text.
import { announce } from './announce.js';

document.addEventListener('click', async event => {
  const button = event.target.closest('[data-copy]');
  if (!button) return;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    announce(`Copied: ${button.dataset.copy}`);
  } catch {
    announce('The browser does not allow copying here. Select the text and press Ctrl+C.');
  }
});
