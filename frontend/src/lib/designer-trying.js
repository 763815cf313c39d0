// Try it: the drawing runs on the server's own engine, beside the canvas. Here is only what the person did (`run`); every
// answer plays it again from its beginning. Steps are kept as JSON texts: no number of theirs is ever rounded here.
import { button, details, field, find, h } from './designer-dom.js';
import { framed } from './designer-frame.js';
import { panel } from './designer-panels.js';
import { Failure, post } from './designer-server.js';
import { happened, variables } from './designer-run-told.js';
import { cards } from './designer-run-cards.js';

const AGAIN_AFTER = 700; // milliseconds after a change of the drawing
const BEGINNING = '2026-01-01T12:00:00Z'; // of a test that does not say when
const json = JSON.stringify;

/** desk: { editor, settings, sent() } -> { load(run), changed() } */
export function trying({ editor, settings, sent }) {
  const body = find('trying-body'), said = find('trying-said');
  const canvas = editor.canvas;
  let run = fresh(), answer = null, timer, asked = 0, opened = null; // opened: the task whose form is shown

  function fresh(process = '') { return { process, now: settings.now, start: null, given: null, steps: [] }; }

  const text = () => `{"now":${json(run.now)},"start":${run.start}${run.given ? `,"given":${run.given}` : ''},"steps":[${run.steps.join(',')}]}`;

  const mine = panel('trying', { opener: 'try', opened: () => { canvas.fit(); return ask(); }, closed: () => { canvas.clear(); canvas.fit(); } });

  // -- asking

  async function ask() {
    clearTimeout(timer);
    const number = ++asked;
    const fields = { ...await sent(), process: run.process, ...run.start ? { run: text() } : {} };
    try {
      const found = await post(settings.urls.try, fields);
      if (number !== asked) return;
      tell('');
      take(found);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      if (number !== asked) return;
      const count = error.answer.problems?.length;
      tell(count ? `This cannot run yet: ${count === 1 ? 'a problem stands' : `${count} problems stand`} in the list below the canvas.` : error.message);
      if (!answer) body.replaceChildren();
    }
  }

  function take(found) {
    if (found.refused && run.steps.length && found.done <= run.steps.length) {
      // What cannot be done is not kept: the run stays playable.
      const rest = run.steps.length - (found.done - 1);
      run.steps.splice(run.steps.length - rest, rest);
      tell(rest > 1 ? `${found.refused}. This step and what followed it no longer fit the drawing and were taken back.` : `${found.refused}.`);
    } else if (found.refused) {
      run.start = null;
      tell(`${found.refused}.`);
    }
    answer = found;
    run.process = found.process;
    draw();
  }

  function tell(sentence) {
    said.textContent = sentence;
    said.hidden = !sentence;
  }

  function act(step) {
    run.steps.push(typeof step === 'string' ? step : json(step));
    opened = null;
    return again();
  }

  function begin(start) {
    run = { ...fresh(run.process), start };
    return again();
  }

  /** What is open now stands at the top. */
  async function again() {
    await ask();
    mine.element.scrollTop = 0;
    mine.element.querySelector('h2').focus({ preventScroll: true });
  }

  // -- showing

  function draw() {
    if (answer.instances) canvas.show(answer.instances, warnings(answer));
    else canvas.clear();
    const kept = [ ...body.querySelectorAll('details[data-keep]') ].filter(each => !each.open).map(each => each.dataset.keep);
    body.replaceChildren(...chooser(), ...run.start && answer.instances ? standing() : [ starting() ]);
    for (const name of kept) body.querySelector(`details[data-keep="${name}"]`)?.removeAttribute('open');
  }

  function chooser() {
    if (answer.processes.length < 2) return [];
    const select = field('Process', { tag: 'select' });
    select.input.append(...answer.processes.map(({ id, name }) => h('option', { value: id, selected: id === answer.process }, name)));
    select.input.addEventListener('change', () => { run = fresh(select.input.value); answer = null; ask(); });
    return [ select.element ];
  }

  function starting() {
    const ways = answer.starts;
    if (!ways.length) return h('p', {}, 'This process has no start event of its own: it is called by other events.');
    const area = h('div', { class: 'starting' });
    const select = field('Starts with', { tag: 'select' });
    select.input.append(...ways.map((way, index) => h('option', { value: index }, way.kind === 'none' ? way.label : `${way.label} (${way.kind}${way.name ? ` ${way.name}` : ''})`)));
    const show = () => area.replaceChildren(...startOf(ways[Number(select.input.value)]));
    select.input.addEventListener('change', show);
    show();
    return h('section', { class: 'card' }, h('h3', {}, 'Start'), ways.length > 1 && select.element, area);
  }

  function startOf(way) {
    const begun = (values, by, key) => `{${by ? `"by":${json(by)},` : ''}"variables":${values}${WAYS[way.kind](way)}${key ? `,"key":${json(key)}` : ''}}`;
    const byHand = variablesField('Variables', '{}');
    const by = field('Started by', { value: settings.me, maxLength: 150 });
    const key = way.kind !== 'message' ? null : field('Correlation key', { maxLength: 500 });
    const plain = [
      way.kind === 'none' && by.element, key?.element, byHand.element,
      h('div', { class: 'actions' }, button('Start', () => {
        const values = byHand.read();
        if (values === null) return;
        begin(begun(values, way.kind === 'none' ? by.input.value.trim() : '', key?.input.value));
      }, 'primary'))
    ];
    const schema = way.form && answer.forms[way.form];
    if (!schema) return [ way.form && h('p', { class: 'quiet' }, `Its form ${way.form} is neither deployed nor drawn.`), ...plain ].filter(Boolean);
    const form = framed(settings.urls.form, { schema, variables: '{}', act: 'start', by: settings.me, title: way.label }, answers => begin(begun(answers.data, answers.by)));
    return [ form, details('Without the form', false, ...plain.filter(Boolean)) ];
  }

  function standing() {
    const keep = name => ({ 'data-keep': name });
    const time = new Date(answer.now).toLocaleString([], { dateStyle: 'medium', timeStyle: 'short' });
    const count = run.steps.length;
    const pass = field('Let time pass', { placeholder: 'PT2H or P3D', size: 10 });
    const wait = () => pass.input.value.trim() && act({ advanceTime: pass.input.value.trim() });
    pass.input.addEventListener('keydown', event => { if (event.key === 'Enter') { event.preventDefault(); wait(); } });
    return [
      h('p', { class: `run-state is-${answer.state}`, role: 'status' }, h('strong', {}, STATES[answer.state] ?? answer.state), ` · ${count} ${count === 1 ? 'step' : 'steps'} · ${time}`),
      h('div', { class: 'actions' },
        button('Take back', () => { if (run.steps.length) run.steps.pop(); else run.start = null; opened = null; answer.instances = null; again(); }, '', { 'data-take-back': '' }),
        button('Start again', () => { run = fresh(run.process); opened = null; answer.instances = null; again(); }),
        button('Save as test…', saving, '', { 'data-save-test': '' })),
      h('div', { 'data-saving': '' }),
      ...cards(answer, { act, editor, canvas, form, variablesField }),
      answer.state !== 'completed' && answer.state !== 'terminated' && h('section', { class: 'card' }, pass.element,
        h('div', { class: 'actions' }, button('Let it pass', wait), answer.nextIn && button(`Until the next timer (${answer.nextIn})`, () => act({ advanceTime: answer.nextIn })))),
      h('details', { open: true, ...keep('happened') }, h('summary', {}, 'What happened'), happened(answer, run, editor, canvas)),
      h('details', { open: true, ...keep('variables') }, h('summary', {}, 'Variables'), variables(answer, editor)),
      [ 'active', 'incident' ].includes(answer.state) && operating(),
      answer.mails.length > 0 && h('details', { open: true, ...keep('mails') }, h('summary', {}, `Mails that would be sent (${answer.mails.length})`), ...answer.mails.map(mail))
    ].filter(Boolean);
  }

  /** The real form of a user task, in its card. */
  function form(task, holder) {
    opened = task.number;
    const { properties } = task;
    const given = {
      schema: task.form ? answer.forms[task.form] : '', variables: task.variables, outcomes: properties.outcomes ?? '',
      title: properties.subject || task.name, description: properties.description || task.documentation, act: 'complete', by: task.assignee || task.users[0] || settings.me
    };
    holder.replaceChildren(framed(settings.urls.form, given, ({ by, outcome, comment, data }) => {
      const parts = [ `"completeUserTask":${json(task.element)}`, ...Object.entries({ outcome, comment, by }).filter(([ , value ]) => value).map(([ name, value ]) => `"${name}":${json(value)}`), `"data":${data}` ];
      act(`{${parts.join(',')}}`);
    }));
  }

  /** What an operator may do to a running instance. */
  function operating() {
    const values = variablesField('Variables to set', '{}');
    const set = () => { const given = values.read(); if (given !== null) act(`{"setVariables":${given}}`); };
    return details('Change variables, or cancel', false, values.element, h('div', { class: 'actions' }, button('Set them', set), button('Cancel the instance', () => act({ cancelInstance: true }))));
  }

  function saving() {
    const name = field('What happens in this test, in a few words', { maxLength: 200 });
    const problem = h('p', { class: 'refused', role: 'alert', hidden: true });
    const save = async replace => {
      try {
        const kept = await post(settings.urls.testsSave, { ...await sent(), process: run.process, run: text(), test: name.input.value, ...replace ? { replace: 'yes' } : {} });
        body.querySelector('[data-saving]').replaceChildren(h('p', { role: 'status', class: 'good' }, `Saved: “${kept.name}”. It runs with all tests of this process.`));
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        problem.hidden = false;
        problem.replaceChildren(error.message, ' ', error.answer.exists ? button('Replace it', () => save(true)) : '');
      }
    };
    const form = h('form', { class: 'card', onsubmit: event => { event.preventDefault(); save(false); } }, name.element, problem, h('div', { class: 'actions' }, h('button', { type: 'submit', class: 'button primary' }, 'Save the test')));
    body.querySelector('[data-saving]').replaceChildren(form);
    name.input.focus();
  }

  canvas.onClick(id => {
    if (!mine.isOpen) return;
    body.querySelector(`[data-card="${CSS.escape(id)}"]`)?.scrollIntoView({ block: 'nearest' });
  });

  return {
    changed() {
      if (!mine.isOpen || opened !== null && body.querySelector('iframe')) return;
      clearTimeout(timer);
      timer = setTimeout(ask, AGAIN_AFTER);
    },
    /** Play a saved test in the panel. */
    load({ process, now, start, given, steps }) {
      run = { process, now: now ?? BEGINNING, start, given, steps };
      answer = opened = null;
      mine.open();
    }
  };
}

/** What FEEL warned of, by element. */
function warnings({ moments }) {
  const found = new Map();
  for (const { kind, element, text, notes } of moments.flatMap(({ events }) => events)) {
    if (kind === 'evaluated' && notes.length > 1) found.set(element, [ ...found.get(element) ?? [], `${text}. ${notes.slice(1).join(' ')}` ]);
  }
  return found;
}

const STATES = { active: 'Under way', completed: 'Completed', terminated: 'Terminated', incident: 'Stands with an incident' };
const WAYS = {
  none: () => '',
  message: ({ name }) => `,"message":${json(name)}`,
  signal: ({ name }) => `,"signal":${json(name)}`,
  timer: ({ element }) => `,"event":${json(element)}`,
  condition: ({ element }) => `,"event":${json(element)}`
};

function mail({ element, inputs }) {
  return h('section', { class: 'card' }, h('dl', { class: 'pairs' }, Object.entries({ ...inputs }).filter(([ , value ]) => value !== 'null')
    .map(([ name, value ]) => [ h('dt', {}, name), h('dd', {}, plain(value)) ])), h('p', { class: 'quiet' }, element));
}

/** A JSON text for people: strings without their quotes, line breaks as such. */
function plain(value) {
  try { const read = JSON.parse(value); return typeof read === 'string' ? read : value; } catch { return value; }
}

/** A field for a JSON object: read() -> its text, or null with a sentence at the field. */
function variablesField(label, value, what = 'an object, such as {"amount": 12}') {
  const made = field(label, { tag: 'textarea', rows: 3, value, class: 'code' });
  const problem = h('p', { class: 'refused', role: 'alert', hidden: true });
  made.element.append(problem);
  return {
    ...made,
    read(anything = false) {
      const given = made.input.value.trim() || (anything ? 'null' : '{}');
      let read;
      try { read = JSON.parse(given); } catch (error) { return refuse(`This is no JSON: ${error.message}`); }
      if (!anything && (typeof read !== 'object' || read === null || Array.isArray(read))) return refuse(`Here must stand ${what}.`);
      problem.hidden = true;
      return given;
    }
  };
  function refuse(sentence) {
    problem.textContent = sentence;
    problem.hidden = false;
    made.input.focus();
    return null;
  }
}
