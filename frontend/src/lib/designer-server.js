// Talking to the server: a form goes up, JSON comes back, and every failure is a sentence.
const token = document.querySelector('[name=csrfmiddlewaretoken]');
const settings = () => JSON.parse(document.getElementById('designer-settings').textContent);

export class Failure extends Error {
  constructor(sentence, status = 0, answer = {}) {
    super(sentence);
    this.status = status;
    this.answer = answer;
  }
}

const FILES = [ 'content', 'run', 'tests' ]; // may be larger than a form field

export function body(fields) {
  const form = new FormData();
  for (const [ name, value ] of Object.entries(fields)) {
    if (FILES.includes(name)) form.set(name, new Blob([ value ], { type: 'application/octet-stream' }), name);
    else form.set(name, value ?? '');
  }
  return form;
}

export const get = url => ask(url, {});

export async function post(url, fields, options = {}) {
  const send = () => ask(url, { method: 'POST', body: body(fields), headers: { 'X-CSRFToken': token.value }, ...options });
  try {
    return await send();
  } catch (error) {
    if (error.status !== 403 || !await renewed()) throw error;
    return send();
  }
}

/** Who signed in again in another tab has another token: every page of the admin carries it. */
async function renewed() {
  const page = await fetch(settings().urls.list, { credentials: 'same-origin' }).catch(() => null);
  const [ , value ] = page?.ok && !page.redirected && (await page.text()).match(/name="csrfmiddlewaretoken" value="(\w+)"/) || [];
  if (value) token.value = value;
  return Boolean(value);
}

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
