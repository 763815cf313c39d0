// Trying one automated step from its panel: what it would send with example variables, and what becomes of an example answer.
import { extension } from './designer-extensions.js';
import { createElement, useState } from './designer-preact.js';
import { post } from './designer-server.js';
import { settings } from './designer-settings.js';

const kept = new Map(); // element id -> what was typed, for as long as the page is open

function step(element, typed) {
  const mapping = extension(element, 'zeebe:IoMapping')?.get('inputParameters') ?? [];
  const headers = extension(element, 'zeebe:TaskHeaders')?.get('values') ?? [];
  return JSON.stringify({
    type: extension(element, 'zeebe:TaskDefinition')?.type ?? '',
    inputs: mapping.map(({ source, target }) => ({ source: source ?? '', target: target ?? '' })),
    headers: Object.fromEntries(headers.map(({ key, value }) => [ key, value ?? '' ])),
    variables: '%variables%', answer: '%answer%'
  }).replace('"%variables%"', () => typed.variables.trim() || '{}').replace('"%answer%"', () => typed.answer.trim() || 'null');
}

function mistake(label, text) {
  if (!text.trim()) return '';
  try {
    JSON.parse(text);
    return '';
  } catch (error) {
    return `${label}: no JSON (${error.message}).`;
  }
}

const lines = answer => [
  ...answer.warnings.map(text => [ 'Warning', text ]),
  ...answer.problem ? [ [ 'It would fail', answer.problem ] ] : [],
  ...answer.note ? [ [ 'It would run', `${answer.note}\n${JSON.stringify(answer.inputs, null, 2)}` ] ] : [],
  ...answer.sent ? [ [ 'It would send', JSON.stringify(answer.sent, null, 2) ] ] : [],
  ...answer.variables ? [ [ 'Variables afterwards', JSON.stringify(answer.variables, null, 2) ] ] : [],
  ...answer.error ? [ [ 'BPMN error', `${answer.error.code} ${answer.error.message}` ] ] : [],
  ...answer.answerProblem ? [ [ 'The answer cannot be used', answer.answerProblem ] ] : []
];

export function TryStepEntry({ element }) {
  const [ typed, setTyped ] = useState(kept.get(element.id) ?? { variables: '', answer: '' });
  const [ told, setTold ] = useState([]);
  const type = name => event => {
    const next = { ...typed, [name]: event.target.value };
    kept.set(element.id, next);
    setTyped(next);
  };
  const area = (name, label, placeholder) => createElement('div', { class: 'bio-properties-panel-textarea' },
    createElement('label', { class: 'bio-properties-panel-label', for: `step-${name}` }, label),
    createElement('textarea', { id: `step-${name}`, class: 'bio-properties-panel-input', rows: 3, spellcheck: false, placeholder, value: typed[name], onInput: type(name) }));
  const go = async () => {
    const wrong = mistake('Example variables', typed.variables) || mistake('Example answer', typed.answer);
    if (wrong) return setTold([ [ 'Not tried', wrong ] ]);
    setTold([ [ 'Trying', '…' ] ]);
    try {
      setTold(lines(await post(settings.urls.tryStep, { run: step(element, typed) })));
    } catch (error) {
      setTold([ [ 'Not tried', error.message ] ]);
    }
  };
  return createElement('details', { class: 'bio-properties-panel-entry step-try' },
    createElement('summary', {}, 'Try this step'),
    area('variables', 'Example variables', '{ "amount": 12.50 }'),
    area('answer', 'Example answer', '{ "status": 200, "body": {} }'),
    createElement('button', { type: 'button', class: 'button', onClick: go }, 'Show what it would do'),
    createElement('div', { role: 'status' }, told.map(([ label, text ]) => createElement('div', { key: label + text },
      createElement('p', { class: 'step-try-label' }, label), createElement('pre', { class: 'step-try-text' }, text)))));
}
