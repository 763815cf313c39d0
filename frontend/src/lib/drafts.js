// Drafts are saved by htmx (hx-post on .draft-status); this says so when it does not work, and warns before leaving.
let unsaved = false;

const isDraft = event => event.detail.elt?.matches?.('.draft-status');

document.addEventListener('input', event => {
  if (event.target.form?.matches('[data-draft]')) unsaved = true;
});
document.addEventListener('htmx:beforeRequest', event => {
  if (!isDraft(event)) return;
  event.detail.elt.removeAttribute('data-failed');
  event.detail.elt.textContent = 'Saving …';
});
document.addEventListener('htmx:afterRequest', event => {
  if (isDraft(event)) {
    unsaved = !event.detail.successful;
    if (unsaved) {
      event.detail.elt.setAttribute('data-failed', '');
      event.detail.elt.textContent = 'Draft not saved. It is tried again as you type.';
    }
  } else if (event.detail.requestConfig?.verb === 'post' && event.detail.successful) {
    unsaved = false; // the form itself went through
  }
});
document.addEventListener('submit', event => { if (event.target.matches('[data-draft]')) unsaved = false; });
window.addEventListener('beforeunload', event => { if (unsaved) event.preventDefault(); });
