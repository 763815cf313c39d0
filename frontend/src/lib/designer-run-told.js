// What happened in a run, step by step, and the variables per scope.
import { h } from './designer-dom.js';

const NOTED = { evaluated: 'Expression', decided: 'Decision', mailed: 'Mail', job: 'Job', incident: 'Incident' };

/** The newest step first: the way of the tokens, then what was evaluated, decided and asked on it. */
export function happened({ moments }, run, editor, canvas) {
  const name = id => canvas.called(id) || id;
  const said = index => (index === 0 ? 'It starts' : told(run.steps[index - 1], name));
  return h('ol', { class: 'moments', reversed: true }, [ ...moments ].map(({ events, more }, index) => h('li', {},
    h('p', { class: 'act' }, said(index)),
    h('p', { class: 'way' }, events.filter(({ kind, element }) => kind === 'completed' && !canvas.isFlow(element)).map(({ element }, at) => [ at > 0 && ' → ', place(element, name, editor) ])),
    h('ul', { class: 'notes' }, events.filter(({ kind }) => NOTED[kind]).map(event => note(event, name, editor))),
    more > 0 && h('p', { class: 'quiet' }, `and ${more} more`))).reverse());
}

const place = (id, name, editor) => h('button', { type: 'button', class: 'where', onclick: () => editor.select(id) }, name(id));

function note({ kind, element, text, notes }, name, editor) {
  const warned = kind === 'evaluated' && notes.length > 1;
  return h('li', { class: `note-${kind}${warned ? ' is-warned' : ''}` }, h('span', { class: 'kind' }, NOTED[kind]), ' ', place(element, name, editor), h('span', { class: 'text' }, ` ${text}`),
    notes.map((each, index) => h('span', { class: kind === 'evaluated' && index > 0 ? 'warned' : 'detail' }, each)));
}

function told(text, name) {
  const [ [ verb, what ], ...more ] = Object.entries(JSON.parse(text ?? '{"": ""}'));
  const rest = Object.fromEntries(more);
  return SAID[verb]?.(typeof what === 'string' ? name(what) : what, rest) ?? verb;
}

const SAID = {
  completeUserTask: (what, { by, outcome }) => `${by || 'Somebody'} completes ${what}${outcome ? `: ${outcome}` : ''}`,
  completeJob: what => `The job ${what} is done`,
  failJob: what => `The job ${what} fails`,
  throwError: (what, { code }) => `${what} throws the error ${code}`,
  advanceTime: what => `${what} pass`,
  publishMessage: what => `The message ${what} arrives`,
  broadcastSignal: what => `The signal ${what} is broadcast`,
  setVariables: what => `Variables are set: ${Object.keys(what).join(', ')}`,
  activateAdHoc: (what, { activities }) => `${activities.join(', ')} starts in ${what}`,
  retryIncident: what => `${what} is tried again`,
  cancelInstance: () => 'It is cancelled'
};

/** Variables by scope; values are JSON texts. */
export function variables({ scopes }, editor) {
  return h('div', { class: 'scopes' }, scopes.map(({ element, name, variables: found, more }) => h('section', {},
    h('h4', {}, h('button', { type: 'button', class: 'where', onclick: () => editor.select(element) }, name)),
    Object.keys(found).length === 0 ? h('p', { class: 'quiet' }, 'None yet.')
      : h('dl', { class: 'pairs code' }, Object.entries(found).map(([ key, value ]) => [ h('dt', {}, key), h('dd', {}, value) ])),
    more > 0 && h('p', { class: 'quiet' }, `and ${more} more`))));
}
