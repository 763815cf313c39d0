// Files: dropped where they may be chosen, checked for their size before they travel, with the progress on the way. An input
// that was sent is empty again: its files stand beside it then, and do not travel twice.
import { announce } from './announce.js';

const place = element => element.closest?.('[data-drop]');
const input = element => element.querySelector('input[type="file"]:not([disabled])');

function refuse(field, text) {
  field.value = '';
  const area = place(field), old = area.querySelector('.file-error');
  const line = old ?? Object.assign(document.createElement('p'), { className: 'field-error file-error' });
  line.textContent = text;
  if (!old) field.closest('.file-drop').after(line);
  announce(text);
}

// Before htmx looks at it: capture.
document.addEventListener('change', event => {
  const field = event.target;
  if (!field.matches?.('input[type="file"][data-most-bytes]')) return;
  place(field)?.querySelector('.file-error')?.remove();
  const large = [ ...field.files ].find(file => file.size > Number(field.dataset.mostBytes));
  if (!large) return;
  event.stopImmediatePropagation();
  refuse(field, `${large.name}: ${field.dataset.tooLarge}`);
}, true);

for (const name of [ 'dragenter', 'dragover', 'dragleave', 'drop' ]) {
  document.addEventListener(name, event => {
    const area = place(event.target);
    if (!area || !event.dataTransfer?.types.includes('Files')) return;
    const field = input(area);
    if (!field) return;
    event.preventDefault();
    area.toggleAttribute('data-over', name === 'dragenter' || name === 'dragover');
    if (name !== 'drop') return;
    const files = new DataTransfer();
    for (const file of [ ...event.dataTransfer.files ].slice(0, field.multiple ? undefined : 1)) files.items.add(file);
    field.files = files.files;
    field.dispatchEvent(new Event('change', { bubbles: true }));
  });
}

const bar = area => area.querySelector('.file-progress');
document.addEventListener('htmx:xhr:progress', event => {
  const area = place(event.target), shown = area && bar(area);
  if (!shown || !event.detail.lengthComputable || !input(area)?.files.length) return;
  shown.hidden = false;
  shown.value = 100 * event.detail.loaded / event.detail.total;
});
document.addEventListener('htmx:afterRequest', event => {
  const area = place(event.detail.elt);
  if (!area) return;
  const shown = bar(area), field = input(area), status = event.detail.xhr?.status;
  if (shown) { shown.hidden = true; shown.value = 0; }
  if (!field?.files.length) return;
  if (event.detail.successful || status === 422) field.value = '';
  else if (status === 400 || status === 413) refuse(field, field.dataset.tooLarge);
});

// <input data-filter-choices="ID">: of many choices those whose label holds the words. What is chosen stays in sight.
document.addEventListener('input', event => {
  const id = event.target.dataset?.filterChoices;
  if (!id) return;
  event.stopPropagation(); // it is no answer
  const wanted = event.target.value.trim().toLowerCase();
  for (const choice of document.getElementById(id).querySelectorAll('.choice')) {
    choice.hidden = Boolean(wanted) && !choice.textContent.toLowerCase().includes(wanted) && !choice.querySelector('input').checked;
  }
}, true);
document.addEventListener('change', event => {
  if (event.target.dataset?.filterChoices) event.stopPropagation();
}, true);
