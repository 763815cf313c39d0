// Deploying: what changes since the version in force, a note, and the answer, without leaving the canvas.
import { Failure, get, post } from './designer-server.js';
import { paint } from './designer-paint.js';

const find = name => document.querySelector(`[data-${name}]`);
const panel = find('deploying');
const form = find('deploy-form');
const done = find('deployed');

const WORDS = { added: 'New', changed: 'Changed', removed: 'Gone' };

/** desk: { editor, settle() -> the saved draft, problems(list), deployed(answer) } */
export function deploying(desk) {
  find('deploy').addEventListener('click', () => open(desk));
  for (const button of panel.querySelectorAll('[data-deploy-close]')) button.addEventListener('click', () => close(desk));
  panel.addEventListener('keydown', event => { if (event.key === 'Escape') close(desk); });
  form.addEventListener('submit', event => { event.preventDefault(); deploy(desk); });
}

async function open(desk) {
  const draft = await desk.settle();
  if (!draft) return;
  refuse('');
  done.hidden = true;
  form.hidden = false;
  panel.hidden = false;
  document.body.dataset.panel = 'deploying';
  find('since').textContent = 'Comparing…';
  find('changes').replaceChildren();
  panel.querySelector('h2').focus();
  try {
    tell(await get(draft.urls.difference), desk.editor);
  } catch (error) {
    find('since').textContent = error.message;
  }
}

function close(desk) {
  if (panel.hidden) return;
  panel.hidden = true;
  delete document.body.dataset.panel;
  for (const kind of [ 'added', 'changed' ]) paint(kind, []);
  find('deploy').focus();
}

function tell({ latest, newer = '', same, added = [], removed = [], changed = [] }, editor) {
  find('newer').textContent = newer;
  find('newer').hidden = !newer;
  const count = added.length + removed.length + changed.length;
  find('since').textContent = !latest ? 'This is the first version.'
    : same ? `Nothing differs from ${latest}: no new version will be made.`
      : count ? `Compared with ${latest}:` : `Compared with ${latest}, only the drawing differs.`;
  find('changes').replaceChildren(...Object.entries({ added, changed, removed }).flatMap(([ kind, list ]) => list.map(change => item(kind, change, editor))));
  paint('added', added.map(change => change.id));
  paint('changed', changed.map(change => change.id));
}

function item(kind, { id, what, name, parts }, editor) {
  const li = document.createElement('li');
  li.className = kind;
  const how = document.createElement('span');
  how.className = 'how';
  how.textContent = WORDS[kind];
  const where = document.createElement(kind === 'removed' ? 'span' : 'button');
  where.className = 'where';
  where.textContent = `${spoken(what)} ${name ? `“${name}”` : id}`;
  if (kind !== 'removed') { where.type = 'button'; where.addEventListener('click', () => editor.select(id)); }
  li.append(how, where);
  if (parts?.length) {
    const small = document.createElement('span');
    small.className = 'parts';
    small.textContent = parts.map(spoken).join(', ');
    li.append(small);
  }
  return li;
}

/** userTask -> user task */
const spoken = word => word.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();

function refuse(sentence) {
  find('refused').textContent = sentence;
  find('refused').hidden = !sentence;
}

async function deploy(desk) {
  const button = find('deploy-now');
  button.disabled = true;
  refuse('');
  try {
    const draft = await desk.settle();
    if (!draft) return;
    const answer = await post(draft.urls.deploy, { version: draft.version, note: document.getElementById('deploy-note').value });
    desk.deployed(answer);
    find('deployed-message').textContent = answer.message;
    find('deployed-link').href = answer.url;
    form.hidden = true;
    done.hidden = false;
    document.getElementById('deploy-note').value = '';
    for (const kind of [ 'added', 'changed' ]) paint(kind, []);
    done.querySelector('h2').focus();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (error.answer.problems) {
      desk.problems(error.answer.problems);
      refuse('Nothing was deployed: the problems below stand in the way.');
    } else if (!desk.overtaken(error)) {
      refuse(error.message);
    }
  } finally {
    button.disabled = false;
  }
}
