// <form data-refresh-on="select[name=c]" hx-trigger="refresh-form" …>: a change there brings the form anew, with what fits it.
// Whoever types on meanwhile keeps what they type.
import htmx from './htmx.js';

document.addEventListener('change', event => {
  const form = event.target.form;
  if (form?.dataset.refreshOn && event.target.matches(form.dataset.refreshOn)) form.dispatchEvent(new CustomEvent('refresh-form'));
});
document.addEventListener('input', event => {
  const form = event.target.form;
  if (form?.dataset.refreshOn && !event.target.matches(form.dataset.refreshOn)) htmx.trigger(form, 'htmx:abort');
});
