// Human tasks without XML: what the inbox reads of a user task, as fields with the real groups, people, forms, policies and
// calendars to choose from; and links to what a model names.
import { CheckboxEntry, FeelEntry, Group, ListGroup, SelectEntry, TextFieldEntry, isCheckboxEntryEdited, isFeelEntryEdited, isSelectEntryEdited, isTextFieldEntryEdited } from '@bpmn-io/properties-panel';
import { createElement, useState } from './designer-preact.js';
import { useService } from 'bpmn-js-properties-panel';
import { VariableProvider } from '@bpmn-io/variable-resolver';
import { getBusinessObject, is } from 'bpmn-js/lib/util/ModelUtil';
import { choices, onChoices, people } from './designer-choices.js';
import { extension, property, replace, services, setProperty } from './designer-extensions.js';
import { join, split } from './designer-outcomes.js';

const BEFORE_OFFERED = 200; // after the providers of the zeebe groups

// -- one entry per property

const FIELDS = {
  feel: { component: FeelEntry, isEdited: isFeelEntryEdited },
  text: { component: TextFieldEntry, isEdited: isTextFieldEntryEdited },
  select: { component: SelectEntry, isEdited: isSelectEntryEdited },
  flag: { component: CheckboxEntry, isEdited: isCheckboxEntryEdited }
};

function PropertyEntry({ element, id, name, kind, label, description, options }) {
  const found = services();
  const debounce = useService('debounceInput');
  const value = property(element, name);
  const common = { element, id, label, description, debounce };
  if (kind === 'flag') {
    return createElement(CheckboxEntry, { ...common, getValue: () => value === 'true', setValue: on => setProperty(found, element, name, on ? 'true' : '') });
  }
  const own = { ...common, getValue: () => property(element, name), setValue: text => setProperty(found, element, name, text) };
  if (kind === 'select') {
    const known = options();
    const strange = value && !known.some(option => option.value === value) ? [ { value, label: `${value} (not known here)` } ] : [];
    return createElement(SelectEntry, { ...own, getOptions: () => [ ...known, ...strange ] });
  }
  return createElement(FIELDS[kind].component, { ...own, ...kind === 'feel' ? { feel: 'optional' } : {} });
}

const entry = (name, kind, label, more = {}) => ({ id: `human-${name}`, component: PropertyEntry, isEdited: FIELDS[kind].isEdited, name, kind, label, ...more });

const none = label => ({ value: '', label });
const named = list => list.map(({ value, label }) => ({ value, label }));

const TASK = () => [
  entry('subject', 'feel', 'Title in the inbox'),
  entry('description', 'feel', 'A sentence above the form'),
  entry('outcomeVariable', 'text', 'Variable for the outcome', { description: 'Without one: outcome' }),
  entry('skippable', 'flag', 'May be skipped'),
  entry('confidential', 'flag', 'Only for those who have signed in', { description: 'Not decided from a mail, no title in chats' }),
  entry('undo', 'text', 'Seconds in which it can be undone')
];
const TIME = () => [
  entry('expires', 'feel', 'Closed when not done until', { description: 'A time, or a span such as P14D or 10 working days' }),
  entry('escalation', 'select', 'Escalation policy', { options: () => [ none('None'), ...named(choices.policies) ] }),
  link('escalation-link', 'Open the policy', element => choices.policies.find(({ value }) => value === property(element, 'escalation'))?.url),
  entry('calendar', 'select', 'Calendar', { options: () => [ none('That of the process'), ...named(choices.calendars) ] }),
  link('calendar-link', 'Open the calendar', element => choices.calendars.find(({ value }) => value === property(element, 'calendar'))?.url)
];
const spoken = value => ({ value, label: value.replace(/^./, first => first.toUpperCase()) });
const either = (usual, ...others) => ({ options: () => [ none(usual), ...others.map(([ value, label ]) => ({ value, label })) ] });
const HANDED_OUT = () => [
  entry('allocation', 'select', 'How one is found among many', { options: () => [ none('Offered to all'), ...choices.allocation.filter(rule => rule !== 'offer').map(spoken) ] }),
  entry('wipLimit', 'text', 'At most so many of them for one person'),
  entry('start', 'select', 'Is in progress', either('When somebody begins', [ 'on allocation', 'As soon as it is somebody’s' ], [ 'on creation', 'At once' ])),
  entry('distribution', 'select', 'Is offered', either('At once', [ 'follow up', 'From its follow-up date on' ])),
  entry('visibility', 'select', 'When somebody has it', either('The others still see it', [ 'owner', 'Only they see it' ])),
  entry('delegation', 'select', 'May be handed on', either('To anybody', [ 'potentialOwners', 'To those who could have had it' ], [ 'nobody', 'To nobody' ]))
];
const WHO = () => [
  entry('managerOf', 'feel', 'The managers of', { description: 'People whose managers may do it, such as =initiator' }),
  entry('excludedUsers', 'feel', 'Never by', { description: 'Separation of duties: user names, or an expression such as =[initiator]' }),
  picker('human-excluded-picker', 'Add a person who may not do it', 'person', element => property(element, 'excludedUsers'), (found, element, value) => setProperty(found, element, 'excludedUsers', value)),
  entry('requiredSkills', 'feel', 'Needs the skills')
];
const APPROVERS = () => [
  entry('approvers', 'feel', 'Approvers', { description: 'People or groups, or an expression; without any, one person decides' }),
  picker('human-approvers-picker', 'Add an approver', 'anybody', element => property(element, 'approvers'), (found, element, value) => setProperty(found, element, 'approvers', value)),
  entry('approvalOrder', 'select', 'They decide', { options: () => [ none('All at the same time'), { value: 'sequence', label: 'One after the other' } ] }),
  entry('quorum', 'text', 'How many must agree', { description: 'all, a number such as 2, or a share such as 60%' }),
  entry('veto', 'feel', 'Whose refusal ends it at once'),
  entry('firstRefusalEnds', 'flag', 'The first refusal ends it'),
  entry('refusals', 'text', 'Outcomes that refuse', { description: 'Without any: those that need a comment' }),
  entry('sendBackTo', 'text', 'May be sent back to', { description: 'Ids of earlier user tasks, separated by commas' })
];

// -- links to what is named

function LinkEntry({ element, url, text }) {
  const address = url(element);
  return address ? createElement('div', { class: 'bio-properties-panel-entry' }, createElement('a', { href: address, target: '_blank', rel: 'noopener', class: 'panel-link' }, `${text} ↗`)) : null;
}
const link = (id, text, url) => ({ id: `human-${id}`, component: LinkEntry, text, url });

// -- people and groups, by type-ahead, beside the fields that take FEEL

const listed = text => (text.startsWith('=') ? null : text.split(',').map(part => part.trim()).filter(Boolean));

/** A chosen name is added to a list of names; to an expression that ends a list, as a string in it. */
function added(text, name) {
  const names = listed(text);
  if (names) return names.includes(name) ? text : [ ...names, name ].join(', ');
  const inner = text.match(/^=\s*\[(.*)\]\s*$/s)?.[1];
  if (inner?.includes(`"${name}"`)) return text;
  return inner === undefined ? null : `=[${inner.trim() ? `${inner}, ` : ''}"${name.replaceAll('"', '\\"')}"]`;
}

function PickerEntry({ element, id, label, kind, read, write }) {
  const found = services();
  const [ offered, setOffered ] = useState([]);
  const groups = choices.groups.map(value => ({ value, label: value }));
  const suggestions = kind === 'group' ? groups : kind === 'person' ? offered : [ ...offered, ...groups ];
  const list = `${id}-list`;
  const look = async event => { if (kind !== 'group') setOffered(await people(event.target.value)); };
  const choose = event => {
    const name = event.target.value.trim();
    const known = suggestions.find(({ value, label: shown }) => value === name || shown === name);
    const text = known && added(read(element), known.value);
    if (!text) return;
    write(found, element, text);
    event.target.value = '';
    setOffered([]);
  };
  return createElement('div', { class: 'bio-properties-panel-entry', 'data-entry-id': id },
    createElement('label', { class: 'bio-properties-panel-label', for: `picker-${id}` }, label),
    createElement('input', { id: `picker-${id}`, type: 'text', class: 'bio-properties-panel-input', list, placeholder: kind === 'group' ? 'Type the name of a group' : 'Type a name', autocomplete: 'off', onInput: event => { look(event); choose(event); }, onChange: choose }),
    createElement('datalist', { id: list }, suggestions.map(({ value, label: shown }) => createElement('option', { key: value, value }, shown))));
}
const picker = (id, label, kind, read, write) => ({ id, component: PickerEntry, label, kind, read, write });

const assigned = (element, name) => extension(element, 'zeebe:AssignmentDefinition')?.get(name) ?? '';

function assign(found, element, name, value) {
  const { assignee, candidateGroups, candidateUsers } = extension(element, 'zeebe:AssignmentDefinition') ?? {};
  replace(found, element, 'zeebe:AssignmentDefinition', { assignee, candidateGroups, candidateUsers, [name]: value });
}

const assigning = (id, label, kind, name) => picker(id, label, kind, element => assigned(element, name), (found, element, value) => assign(found, element, name, value));

// -- one of what is deployed or drawn: forms, decisions, processes

const NAMED = {
  forms: { type: 'zeebe:FormDefinition', attribute: 'formId', label: 'Form', open: 'Open the form', create: 'Draw a new form' },
  decisions: { type: 'zeebe:CalledDecision', attribute: 'decisionId', label: 'Decision', open: 'Open the decision', create: 'Draw a new decision' },
  processes: { type: 'zeebe:CalledElement', attribute: 'processId', label: 'Process', open: 'Open the process', create: 'Draw a new process' }
};

function NamedEntry({ element, id, what }) {
  const found = services();
  const { type, attribute, label } = NAMED[what];
  const holder = extension(element, type);
  const own = holder?.get(attribute) ?? '';
  const known = choices[what].map(({ value, label: shown, draft }) => ({ value, label: `${shown}${shown === value ? '' : ` (${value})`}${draft ? ', a draft' : ''}` }));
  const strange = own && !known.some(({ value }) => value === own) ? [ { value: own, label: own.startsWith('=') ? own : `${own} (neither deployed nor drawn)` } ] : [];
  const setValue = value => {
    const kept = Object.fromEntries([ 'resultVariable', 'bindingType', 'versionTag', 'propagateAllChildVariables', 'propagateAllParentVariables' ].map(name => [ name, holder?.get?.(name) ]).filter(([ , kept ]) => kept !== undefined));
    if (what === 'forms') return replace(found, element, type, value ? { formId: value, ...holder?.bindingType ? { bindingType: holder.bindingType } : {} } : null);
    return replace(found, element, type, { ...kept, [attribute]: value });
  };
  return createElement(SelectEntry, { element, id, label: `${label}, from those that there are`, getValue: () => own, setValue, getOptions: () => [ none('Choose…'), ...known, ...strange ] });
}

const choosing = what => [
  { id: `named-${what}`, component: NamedEntry, isEdited: isSelectEntryEdited, what },
  link(`${what}-open`, NAMED[what].open, element => choices[what].find(({ value }) => value === extension(element, NAMED[what].type)?.get(NAMED[what].attribute))?.url),
  link(`${what}-new`, NAMED[what].create, () => choices.new[what])
];

// -- outcomes: the buttons of the task

function OutcomeField({ element, id, index, name, label }) {
  const found = services();
  const debounce = useService('debounceInput');
  const all = split(property(element, 'outcomes'));
  const setValue = value => setProperty(found, element, 'outcomes', join(all.map((each, at) => (at === index ? { ...each, [name]: value ?? '' } : each))));
  const component = name === 'comment' ? CheckboxEntry : TextFieldEntry;
  return createElement(component, { element, id, label, debounce, getValue: () => all[index]?.[name] ?? '', setValue, validate: name === 'comment' ? undefined : VALID[name] });
}
const VALID = {
  value: text => (!text ? 'The outcome needs a value' : /[=;!]/.test(text) ? 'A value has none of = ; !' : undefined),
  label: text => (/[;!]/.test(text ?? '') ? 'A label has none of ; !' : undefined)
};

function outcomesGroup(element, injector) {
  const all = split(property(element, 'outcomes'));
  const found = { bpmnFactory: injector.get('bpmnFactory'), modeling: injector.get('modeling') };
  const write = list => setProperty(found, element, 'outcomes', join(list));
  const fresh = () => { let number = all.length + 1; while (all.some(({ value }) => value === `outcome${number}`)) number++; return { value: `outcome${number}`, label: `Outcome ${number}`, comment: false }; };
  return {
    id: 'outcomes', label: 'Outcomes', component: ListGroup,
    add: event => { event.stopPropagation(); write([ ...all, all.length === 0 ? { value: 'approve', label: 'Approve', comment: false } : all.length === 1 ? { value: 'reject', label: 'Reject', comment: true } : fresh() ]); },
    items: all.map(({ value, label, comment }, index) => ({
      id: `outcome-${index}`, label: `${label || value}${comment ? ' (needs a comment)' : ''}`, autoFocusEntry: `outcome-${index}-label`,
      entries: [ [ 'value', 'Value' ], [ 'label', 'Button' ], [ 'comment', 'Needs a comment' ] ].map(([ name, text ]) => ({ id: `outcome-${index}-${name}`, component: OutcomeField, index, name, label: text })),
      remove: event => { event.stopPropagation(); write(all.toSpliced(index, 1)); }
    }))
  };
}

// -- the groups of the panel

const group = (id, label, entries, more = {}) => ({ id, label, component: Group, entries, ...more });

function extended(groups, id, entries, label) {
  const at = groups.findIndex(each => each.id === id);
  if (at < 0) return label ? [ ...groups, group(id, label, entries) ] : groups;
  return groups.with(at, { ...groups[at], entries: [ ...groups[at].entries, ...entries ] });
}

/** An entry behind the one that it helps to fill in. */
const following = (groups, id, made) => groups.map(each => {
  const at = each.entries?.findIndex(one => one.id === id) ?? -1;
  return at < 0 ? each : { ...each, entries: each.entries.toSpliced(at + 1, 0, made) };
});

function afterFirst(groups, ids, made) {
  const at = Math.max(...ids.map(id => groups.findIndex(each => each.id === id)));
  return groups.toSpliced(at + 1, 0, ...made);
}

function ofUserTask(groups, element, injector) {
  let found = extended(groups, 'assignmentDefinition', WHO(), 'Assignment');
  found = following(found, 'assignmentDefinitionCandidateGroups', assigning('human-groups', 'Add a group', 'group', 'candidateGroups'));
  found = following(found, 'assignmentDefinitionCandidateUsers', assigning('human-users', 'Add a person', 'person', 'candidateUsers'));
  found = extended(found, 'form', choosing('forms'), 'Form');
  found = afterFirst(found, [ 'assignmentDefinition' ], [ group('handed-out', 'How it is handed out', HANDED_OUT()), group('deadlines', 'When it is late', TIME()) ]);
  return afterFirst(found, [ 'general', 'documentation' ], [ group('human-task', 'In the inbox', TASK()), outcomesGroup(element, injector), group('approvers', 'Several approvers', APPROVERS()) ]);
}

const KINDS = [
  [ 'bpmn:UserTask', ofUserTask ],
  [ 'bpmn:StartEvent', groups => (groups.some(({ id }) => id === 'form') ? extended(groups, 'form', choosing('forms')) : groups) ],
  [ 'bpmn:BusinessRuleTask', groups => extended(groups, 'calledDecision', choosing('decisions')) ],
  [ 'bpmn:CallActivity', groups => extended(groups, 'calledElement', choosing('processes')) ]
];

function HumanTasksProvider(propertiesPanel, injector, eventBus) {
  propertiesPanel.registerProvider(BEFORE_OFFERED, {
    getGroups: element => groups => KINDS.find(([ type ]) => is(element, type))?.[1](groups, element, injector) ?? groups
  });
  onChoices(() => eventBus.fire('propertiesPanel.providersChanged'));
}
HumanTasksProvider.$inject = [ 'propertiesPanel', 'injector', 'eventBus' ];

// -- the variables that people's work makes, for completion

class WorkVariables extends VariableProvider {
  getVariables(element) {
    if (is(element, 'bpmn:Process')) return [ { name: 'initiator', type: 'String', info: 'The user name of whoever started the process' } ];
    if (!is(element, 'bpmn:UserTask') && !is(element, 'bpmn:StartEvent')) return undefined;
    const form = extension(element, 'zeebe:FormDefinition')?.get('formId');
    const written = choices.forms.find(({ value }) => value === form)?.fields ?? [];
    return [ ...written.map(name => ({ name, info: `A field of the form ${form}`, scope: scopeOf(element) })), ...is(element, 'bpmn:UserTask') ? ofOutcome(element) : [] ];
  }
}
WorkVariables.$inject = [ 'variableResolver' ];

const scopeOf = element => { let here = element.parent; while (here && !is(here, 'bpmn:Process') && !is(here, 'bpmn:SubProcess') && !is(here, 'bpmn:Participant')) here = here.parent; return here; };

function ofOutcome(element) {
  if (!property(element, 'outcomes')) return [];
  const name = property(element, 'outcomeVariable') || 'outcome';
  const values = split(property(element, 'outcomes')).map(({ value }) => value).join(', ');
  const task = getBusinessObject(element).name || element.id;
  return [ [ name, `One of ${values}` ], [ `${name}By`, `The user name of whoever completed ${task}` ], [ `${name}Comment`, 'What they wrote' ] ].map(([ each, info ]) => ({ name: each, type: 'String', info, scope: scopeOf(element) }));
}

export const humanTasksModule = {
  __init__: [ 'humanTasksProvider', 'workVariables' ],
  humanTasksProvider: [ 'type', HumanTasksProvider ],
  workVariables: [ 'type', WorkVariables ]
};
