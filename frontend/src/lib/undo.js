// HX-Trigger: {"undo-available": {"url": "/…", "label": "Approved INV-1", "seconds": 8}}: for so long, a button takes the decision back.
import htmx from './htmx.js';
import { translated } from './words.js';

let timer, toast;

export function dismiss() {
  clearInterval(timer);
  toast?.remove();
  toast = undefined;
}

function offer({ url, label, seconds = 8 }) {
  dismiss();
  toast = Object.assign(document.createElement('div'), { className: 'undo-toast' });
  toast.setAttribute('role', 'status');
  const text = Object.assign(document.createElement('span'), { textContent: label ?? '' });
  const button = Object.assign(document.createElement('button'), { type: 'button', className: 'btn-plain', textContent: translated('Undo ({seconds})', { seconds }) });
  button.dataset.undo = '';
  button.addEventListener('click', () => {
    dismiss();
    htmx.ajax('POST', url, { target: '#detail', swap: 'outerHTML' });
  });
  toast.append(text, button);
  document.body.append(toast);
  let left = seconds;
  timer = setInterval(() => {
    left -= 1;
    if (left <= 0) dismiss(); else button.textContent = translated('Undo ({seconds})', { seconds: left });
  }, 1000);
}

document.addEventListener('undo-available', event => {
  const detail = event.detail?.value ?? event.detail;
  if (detail?.url) offer(detail);
});
