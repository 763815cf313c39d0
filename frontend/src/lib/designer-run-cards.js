// What is open in a run, a card each: tasks with their real form, jobs with what they would send, timers, messages,
// signals, incidents.
import { button, details, field, h } from './designer-dom.js';

const json = JSON.stringify;

/** tools: { act(step), editor, canvas, form(task, holder), variablesField } */
export function cards({ open, adHoc, instances }, tools) {
  const firsts = new Set(); // the engine's oldest comes first: of several at one element only this one
  const one = (kind, each) => {
    const behind = firsts.has(`${kind} ${each.element}`);
    firsts.add(`${kind} ${each.element}`);
    return CARDS[kind](each, tools, behind);
  };
  return [
    ...Object.keys(CARDS).flatMap(kind => open[kind].map(each => one(kind, each))),
    ...adHoc.map(each => ad(each, tools)),
    ...instances.flatMap(({ incidents }) => incidents.map(each => incident(each, tools)))
  ];
}

function card(kind, each, tools, ...children) {
  const go = () => tools.editor.select(each.element);
  return h('section', { class: `card card-${kind}`, 'data-card': each.element }, h('h3', {}, h('span', { class: 'kind' }, KINDS[kind]), ' ', h('button', { type: 'button', class: 'where', onclick: go }, each.name ?? each.element)), ...children);
}

const KINDS = { task: 'Task', job: 'Job', timer: 'Timer', message: 'Message', signal: 'Signal', adHoc: 'Ad hoc', incident: 'Incident' };

const pairs = found => h('dl', { class: 'pairs' }, Object.entries(found).filter(([ , value ]) => value !== '' && value !== null && value !== undefined && value.length !== 0)
  .map(([ name, value ]) => [ h('dt', {}, name), h('dd', {}, String(value)) ]));

const when = text => text && new Date(text).toLocaleString([], { dateStyle: 'medium', timeStyle: 'short' });

function task(each, tools, behind) {
  const holder = h('div', { 'data-form-of': each.element });
  const { assignee, users, groups, priority, properties } = each;
  const shown = pairs({ For: [ assignee, ...users, ...groups ].filter(Boolean).join(', '), Due: when(each.due), 'Follow-up': when(each.followUp), Priority: priority === 50 ? '' : priority, 'Not for': properties.excludedUsers, Escalation: properties.escalation });
  const act = behind ? h('p', { class: 'quiet' }, 'The one before it is completed first.')
    : h('div', { class: 'actions' }, button('Fill in and complete', () => tools.form(each, holder), 'primary'), ...thrown(each, tools));
  return card('task', { ...each, name: properties.subject || each.name }, tools, shown, act, holder);
}

function thrown({ element }, tools) {
  const code = field('Error code', { size: 12 });
  return [ details('Throw a BPMN error', false, code.element, button('Throw', () => code.input.value.trim() && tools.act({ throwError: element, code: code.input.value.trim() }))) ];
}

function job(each, tools) {
  const asked = h('dl', { class: 'pairs code' }, Object.entries({ ...each.inputs, ...each.headers }).map(([ name, value ]) => [ h('dt', {}, name), h('dd', {}, value) ]));
  const result = tools.variablesField('Result (variables)', '{}');
  const reply = tools.variablesField('What the other side answers', each.type === 'http' ? '{"status": 200, "body": {}}' : '{}');
  const done = (name, given) => given !== null && tools.act(`{"completeJob":${json(each.element)},"${name}":${given}}`);
  const message = field('Reason', { value: 'no answer' });
  const fail = permanent => tools.act({ failJob: each.element, message: message.input.value, ...permanent ? { permanent } : {} });
  return card('job', each, tools,
    h('p', { class: 'quiet' }, each.type, each.failed ? ` · attempt ${each.failed + 1} of ${each.retries}` : '', each.again ? ` · tried again in ${each.again}` : ''),
    Object.keys(each.inputs).length + Object.keys(each.headers).length > 0 && details('What it would be sent', true, asked),
    each.again ? button(`Let ${each.again} pass`, () => tools.act({ advanceTime: each.again }))
      : [ result.element, h('div', { class: 'actions' }, button('Complete', () => done('variables', result.read()), 'primary')),
        details('Answer as the other side', false, reply.element, button('Answer', () => done('reply', reply.read(true)))),
        details('It fails', false, message.element, h('div', { class: 'actions' }, button('This attempt fails', () => fail(false)), button('It fails for good', () => fail(true)))),
        ...thrown(each, tools) ]);
}

function timer(each, tools) {
  return card('timer', each, tools, pairs({ Due: when(each.due), Repeats: each.cycle }), h('div', { class: 'actions' }, button(`Let ${each.in} pass`, () => tools.act({ advanceTime: each.in }))));
}

function message(each, tools) {
  const values = tools.variablesField('With the variables', '{}');
  const send = given => given !== null && tools.act(`{"publishMessage":${json(each.message)}${each.key ? `,"key":${json(each.key)}` : ''},"variables":${given}}`);
  return card('message', each, tools, pairs({ Message: each.message, Key: each.key }), values.element, h('div', { class: 'actions' }, button('It arrives', () => send(values.read()))));
}

function signal(each, tools) {
  const values = tools.variablesField('With the variables', '{}');
  const send = given => given !== null && tools.act(`{"broadcastSignal":${json(each.signal)},"variables":${given}}`);
  return card('signal', each, tools, pairs({ Signal: each.signal }), values.element, h('div', { class: 'actions' }, button('Broadcast', () => send(values.read()))));
}

function ad(each, tools) {
  return card('adHoc', each, tools, h('div', { class: 'actions' }, each.activities.map(id => button(`Start ${tools.canvas.called(id) || id}`, () => tools.act({ activateAdHoc: each.element, activities: [ id ] })))));
}

function incident(each, tools) {
  const values = tools.variablesField('Variables to set first', '{}');
  const again = () => { const given = values.read(); if (given === null) return; if (given !== '{}') tools.act(`{"setVariables":${given}}`); tools.act({ retryIncident: each.element }); };
  return card('incident', { ...each, name: tools.canvas.called(each.element) || each.element }, tools, h('p', { class: 'refused' }, each.message), details('Help and try again', false, values.element, button('Try again', again)));
}

const CARDS = { tasks: task, jobs: job, messages: message, signals: signal, timers: timer };
