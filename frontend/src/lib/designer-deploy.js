// Deploying: what changes since the version in force, what the tests say, what goes along, who may start it, a note, and
// the answer, without leaving the canvas.
import { find, h } from './designer-dom.js';
import { panel } from './designer-panels.js';
import { Failure, get, post } from './designer-server.js';
import { paint } from './designer-paint.js';

const form = find('deploy-form');
const done = find('deployed');

const WORDS = { added: 'New', changed: 'Changed', removed: 'Gone' };

/** desk: { editor, settle() -> the saved draft, tests?, problems(list), overtaken(error), deployed(answer) } */
export function deploying(desk) {
  const mine = panel('deploying', { opened: () => desk.editor.canvas?.fit(), closed: () => { desk.editor.canvas?.fit(); for (const kind of [ 'added', 'changed' ]) paint(kind, []); } });
  const close = () => { mine.close(); find('deploy').focus(); };
  find('deploy').addEventListener('click', () => open(desk, mine));
  for (const each of mine.element.querySelectorAll('[data-deploy-close]')) each.addEventListener('click', close);
  form.addEventListener('submit', event => { event.preventDefault(); deploy(desk); });
}

async function open(desk, mine) {
  const draft = await desk.settle();
  if (!draft) return;
  refuse('');
  done.hidden = true;
  form.hidden = false;
  find('since').textContent = 'Comparing…';
  find('changes').replaceChildren();
  for (const part of [ 'lines', 'others', 'starters', 'tested', 'newer' ]) find(part).hidden = true;
  mine.open();
  test(desk);
  try {
    tell(await get(draft.urls.difference), desk.editor);
  } catch (error) {
    find('since').textContent = error.message;
  }
}

/** What the tests of the drawing say; deploying is not forbidden by them. */
async function test({ tests }) {
  if (!tests) return;
  const line = find('tested');
  try {
    const { tests: ran, failed } = await tests.run();
    if (!ran.length) return;
    line.className = failed ? 'warning' : 'good';
    const names = ran.filter(({ passed }) => !passed).map(({ name }) => `“${name}”`).join(', ');
    line.textContent = failed ? `${failed} of ${ran.length} tests failed: ${names}` : ran.length === 1 ? 'Its test passes.' : `All ${ran.length} tests pass.`;
    line.hidden = false;
  } catch (error) {
    if (!(error instanceof Failure)) throw error; // problems of the drawing stand in their own list
  }
}

function tell({ latest, newer = '', same, added = [], removed = [], changed = [], lines = [], others, starters }, editor) {
  find('newer').textContent = newer;
  find('newer').hidden = !newer;
  const count = added.length + removed.length + changed.length;
  find('since').textContent = !latest ? 'This is the first version.'
    : same ? `Nothing differs from ${latest}: no new version will be made.`
      : count ? `Compared with ${latest}:`
        : lines.length ? `Compared with ${latest}, only the drawing differs.` : `Nothing differs from ${latest} but how the file is written.`;
  find('changes').replaceChildren(...Object.entries({ added, changed, removed }).flatMap(([ kind, list ]) => list.map(change => item(kind, change, editor))));
  paint('added', added.map(change => change.id));
  paint('changed', changed.map(change => change.id));
  fill('lines', lines, 'pre', line => h('span', { class: LINES[line[0]] }, `${line}\n`));
  fill('others', others, 'div', other => tick('other', `${other.pk}:${other.version}`, other.needed, `${other.name} (${other.kind})`));
  fill('starters', starters ?? [], 'div', group => tick('starter', group.id, group.may, group.name));
  find('others').open = others.some(({ needed }) => needed);
}

const LINES = { '+': 'added', '-': 'removed', '@': 'place', ' ': '' };

function fill(part, list, tag, made) {
  find(part).hidden = list.length === 0;
  find(part).querySelector(tag).replaceChildren(...list.map(made));
}

const tick = (name, value, checked, text) => h('label', { class: 'tick' }, h('input', { type: 'checkbox', name, value, checked }), ` ${text}`);

const ticked = name => [ ...form.querySelectorAll(`[name=${name}]:checked`) ].map(({ value }) => value).join(',');

function item(kind, { id, what, name, parts }, editor) {
  const text = `${spoken(what)} ${name ? `“${name}”` : id}`;
  const where = kind === 'removed' ? h('span', { class: 'where' }, text) : h('button', { type: 'button', class: 'where', onclick: () => editor.select(id) }, text);
  return h('li', { class: kind }, h('span', { class: 'how' }, WORDS[kind]), where, parts?.length > 0 && h('span', { class: 'parts' }, parts.map(spoken).join(', ')));
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
    const starting = find('starters').hidden ? {} : { starting: 'chosen', starters: ticked('starter') };
    const answer = await post(draft.urls.deploy, { version: draft.version, note: document.getElementById('deploy-note').value, with: ticked('other'), ...starting });
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
