// The frame that the three designers share: the draft is judged and saved while it is drawn. What is wrong is for the
// server to say; here is no rule about diagrams.
//
// An editor is { load(content), save() -> content, name(), onChange(callback), select(id), undo(), redo(), flush?(),
// called?(id) -> name, places?(id) -> ids that show it, badges?(Map of id -> sentences), canvas?: what shows runs and tests
// (lib/designer-tokens.js), preview?: what shows the form as people see it }.
import { Failure, post } from './designer-server.js';
import { problemsUnknown, showProblems } from './designer-problems.js';
import { deploying } from './designer-deploy.js';
import { settings } from './designer-settings.js';
import { previewing } from './designer-preview.js';
import { testing } from './designer-testing.js';
import { trying } from './designer-trying.js';
import './designer-typing.js';

const CHECK_AFTER = 600, SAVE_AFTER = 1500, AGAIN_AFTER = 5000;
const find = name => document.querySelector(`[data-${name}]`);

export { settings };

export async function start(editor) {
  let { draft, base } = settings;
  let stored = settings.content; // what the server has
  let dirty = false, stopped = false;
  let checking, checkTimer, saveTimer, saving = Promise.resolve();

  const say = text => { find('status').textContent = text; };
  const fail = text => { find('failure').textContent = text; find('failure').hidden = !text; };
  const sent = async () => ({ kind: settings.kind, name: editor.name(), base, content: await editor.save() });

  // -- judged

  async function check() {
    checking?.abort();
    const mine = checking = new AbortController();
    try {
      const judgement = await post(settings.urls.check, await sent(), { signal: mine.signal });
      if (mine === checking) showProblems(judgement, editor);
    } catch (error) {
      if (mine === checking && error instanceof Failure) problemsUnknown(error.message);
      else if (error.name !== 'AbortError') throw error;
    }
  }

  // -- saved

  /** One after the other; `always` makes a draft of what was not changed, too. */
  function store(always = false) {
    clearTimeout(saveTimer);
    saving = saving.then(() => storeNow(always)).catch(error => {
      console.error(error);
      fail(`Not saved: ${error.message}`);
      return null;
    });
    return saving;
  }

  async function storeNow(always) {
    if (stopped) return null;
    const fields = await sent();
    if (fields.content === stored && (draft || !always)) { // undone, for instance
      dirty = false;
      say('');
      saved();
      return draft;
    }
    say('Saving…');
    try {
      draft = await post(draft ? draft.urls.save : settings.urls.create, { ...fields, version: draft?.version });
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      if (!overtaken(error)) {
        say('Not saved');
        fail(`Not saved: ${error.message} What you drew is still here.`);
        if (error.status !== 413) saveTimer = setTimeout(store, AGAIN_AFTER);
      }
      return null;
    }
    stored = fields.content;
    dirty = dirty && await editor.save() !== stored;
    fail('');
    saved();
    return draft;
  }

  function saved() {
    find('discard').hidden = !draft;
    if (!draft) return;
    say(`Draft saved ${draft.at} by ${draft.by}`);
    history.replaceState(null, '', draft.urls.page);
  }

  function changed() {
    dirty = true;
    find('title').textContent = editor.name();
    document.title = `${editor.name()} · Designer · Baton`;
    for (const watching of [ run, tests, preview ]) watching?.changed();
    clearTimeout(checkTimer);
    checkTimer = setTimeout(check, CHECK_AFTER);
    if (stopped) return;
    clearTimeout(saveTimer);
    saveTimer = setTimeout(store, SAVE_AFTER);
    say('Not saved yet');
  }

  // -- somebody else was here

  function overtaken({ status, answer }) {
    if (status !== 409 && status !== 410) return false;
    stopped = true;
    const theirs = answer.conflict;
    find('conflict-text').textContent = theirs ? `${theirs.by} saved this draft on ${theirs.at}, after you opened it.` : answer.error;
    find('reload').textContent = theirs ? 'Load the other one' : 'Leave to the list of drafts';
    find('reload').onclick = () => { dirty = false; location.assign(theirs ? theirs.urls.page : settings.urls.list); };
    say('Not saved');
    find('conflict').showModal();
    return true;
  }

  find('save-copy').addEventListener('click', () => {
    draft = null;
    stopped = false;
    find('conflict').close();
    store(true);
  });
  find('conflict').addEventListener('cancel', event => event.preventDefault()); // one of the two, or nothing would be saved

  // -- the frame

  /** What was typed last is in the draft, and the draft on the server. Null: it is not. */
  async function settle() {
    await editor.flush?.();
    return store(true);
  }

  const run = editor.canvas && trying({ editor, settings, sent });
  const tests = editor.canvas && testing({ editor, settings, sent, trying: run });
  const preview = editor.preview && previewing({ settings, sent });
  deploying({
    editor, settle, overtaken, tests,
    problems: problems => showProblems({ problems }, editor),
    deployed(answer) {
      ({ base } = answer);
      draft = null;
      saved();
      say('Deployed');
      history.replaceState(null, '', answer.page);
    }
  });
  find('undo').addEventListener('click', () => editor.undo());
  find('redo').addEventListener('click', () => editor.redo());
  find('discard').addEventListener('click', async () => {
    if (!draft || !confirm('Discard this draft? What is deployed stays as it is.')) return;
    await saving;
    try {
      const { url } = await post(draft.urls.discard, { version: draft.version });
      dirty = false;
      location.assign(url);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      if (!overtaken(error)) fail(error.message);
    }
  });
  document.addEventListener('keydown', event => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 's') { event.preventDefault(); settle(); }
  });
  document.addEventListener('visibilitychange', () => { if (document.hidden && dirty) store(); });
  addEventListener('beforeunload', event => { if (dirty) event.preventDefault(); });

  try {
    await editor.load(settings.content);
  } catch (error) {
    console.warn(error);
    fail(`This cannot be drawn: ${error.message}`);
    find('deploy').disabled = true;
    await check();
    return;
  }
  find('title').textContent = editor.name();
  saved();
  editor.onChange(changed);
  await check();
  document.body.dataset.ready = 'true';
}
