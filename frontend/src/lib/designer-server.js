// Talking to the server: a form goes up, JSON comes back, and every failure is a sentence.
const token = () => document.querySelector('[name=csrfmiddlewaretoken]').value;

export class Failure extends Error {
  constructor(sentence, status = 0, answer = {}) {
    super(sentence);
    this.status = status;
    this.answer = answer;
  }
}

/** The content goes as a file: it may be larger than a form field. */
export function body({ content, ...fields }) {
  const form = new FormData();
  for (const [ name, value ] of Object.entries(fields)) form.set(name, value ?? '');
  if (content !== undefined) form.set('content', new Blob([ content ], { type: 'application/octet-stream' }), 'content');
  return form;
}

export const post = (url, fields, options = {}) => ask(url, { method: 'POST', body: body(fields), headers: { 'X-CSRFToken': token() }, ...options });
export const get = url => ask(url, {});

async function ask(url, options) {
  let response;
  try {
    response = await fetch(url, { credentials: 'same-origin', ...options });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new Failure('The server cannot be reached.');
  }
  if (response.redirected || !response.headers.get('content-type')?.startsWith('application/json')) throw new Failure(unexpected(response), response.status);
  const answer = await response.json();
  if (!response.ok) throw new Failure(answer.error ?? '', response.status, answer);
  return answer;
}

function unexpected(response) {
  if (response.redirected || response.status === 403) return 'You are signed out: sign in again in another tab.';
  if (response.status === 404) return 'You may not deploy any more.';
  return `The server answered ${response.status}.`;
}
