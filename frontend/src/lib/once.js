// A second click on the same spot must not decide what nobody has looked at yet, and must not send a form twice.
const GLANCE = 400; // milliseconds after which a task that has just appeared may be decided
let shown = -GLANCE;
let task = openTask();

function openTask() {
  return document.getElementById('detail')?.dataset.taskId;
}

// The same task with its errors has been looked at already; another one has not.
document.addEventListener('htmx:afterSwap', event => {
  if (event.detail.requestConfig?.verb === 'post' && openTask() !== task) shown = performance.now();
  task = openTask();
});
// keys click their buttons, so this is where they pass too
document.addEventListener('click', event => {
  const button = event.target.closest('button[form="task-form"][type="submit"]');
  if (button && performance.now() - shown < GLANCE) { event.preventDefault(); event.stopImmediatePropagation(); }
}, true);

// Plain forms: <form data-once>
document.addEventListener('submit', event => {
  const form = event.target;
  if (!form.matches('[data-once]') || event.defaultPrevented) return;
  if (event.submitter?.hasAttribute('formaction')) return;
  if (form.dataset.sent) event.preventDefault(); else form.dataset.sent = 'true';
});
window.addEventListener('pageshow', () => { for (const form of document.querySelectorAll('form[data-sent]')) delete form.dataset.sent; });
