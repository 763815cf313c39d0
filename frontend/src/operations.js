// Admin pages that act on running instances: a batch shows its progress (htmx), and an element is chosen by clicking the diagram.
// <tr data-standing="ID"> … <select data-element-choice>: a click on an active element goes to its row, the next click says where to.
import './lib/htmx.js';

let choice = null;
document.addEventListener('focusin', event => {
  if (event.target.matches('[data-element-choice]')) choice = event.target;
});

document.addEventListener('diagram:select', event => {
  const { id } = event.detail;
  const row = [...document.querySelectorAll('[data-standing]')].find(standing => standing.dataset.standing === id);
  if (choice && [...choice.options].some(option => option.value === id)) {
    choice.value = id;
    choice.dispatchEvent(new Event('change', { bubbles: true }));
    choice.focus();
    choice = null;
  } else if (row) {
    choice = row.querySelector('[data-element-choice]');
    choice.focus();
  }
});
