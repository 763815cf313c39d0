// What a service or send task does, as a form: the connectors of the product with a field per input (settings.offered).
import { FeelEntry, FeelTextAreaEntry, Group, SelectEntry, isFeelEntryEdited, isSelectEntryEdited } from '@bpmn-io/properties-panel';
import { createElement } from '@bpmn-io/properties-panel/preact';
import { useService } from 'bpmn-js-properties-panel';
import { isAny } from 'bpmn-js/lib/util/ModelUtil';
import { extension, replace, services } from './designer-extensions.js';
import { TryStepEntry } from './designer-step.js';

const TASKS = [ 'bpmn:ServiceTask', 'bpmn:SendTask' ];
const BEFORE_OFFERED = 200; // after the provider of the zeebe groups
const FEEL_ONLY = [ 'number', 'boolean', 'context', 'list' ];

const typeOf = element => extension(element, 'zeebe:TaskDefinition')?.type ?? '';
const inputOf = (element, name) => extension(element, 'zeebe:IoMapping')?.get('inputParameters').find(input => input.target === name);

function setType(services, element, type) {
  const retries = extension(element, 'zeebe:TaskDefinition')?.retries;
  replace(services, element, 'zeebe:TaskDefinition', type ? { type, ...retries ? { retries } : {} } : null);
}

function setInput(services, element, name, source) {
  const mapping = extension(element, 'zeebe:IoMapping');
  const others = mapping?.get('inputParameters') ?? [];
  const input = source ? [ services.bpmnFactory.create('zeebe:Input', { source, target: name }) ] : [];
  const at = others.findIndex(({ target }) => target === name);
  const inputParameters = at < 0 ? [ ...others, ...input ] : others.toSpliced(at, 1, ...input);
  const outputParameters = mapping?.get('outputParameters') ?? [];
  replace(services, element, 'zeebe:IoMapping', inputParameters.length + outputParameters.length ? { inputParameters, outputParameters } : null);
}

function ConnectorEntry({ element, id, connectors }) {
  const found = services();
  const own = typeOf(element);
  const known = connectors.some(({ type }) => type === own);
  return createElement(SelectEntry, {
    element, id, label: 'Connector',
    getValue: () => own,
    setValue: value => setType(found, element, value),
    getOptions: () => [
      { value: '', label: 'Choose…' },
      ...connectors.map(({ type, title }) => ({ value: type, label: title })),
      ...own && !known ? [ { value: own, label: `Job worker ${own}` } ] : []
    ]
  });
}

/** Secrets are chosen by their names; what they are stays with the operator. */
function secretOptions(names, own) {
  const known = own && !names.includes(own) ? [ ...names, own ] : names;
  return [ { value: '', label: 'None' }, ...known.map(name => ({ value: name, label: names.includes(name) ? name : `${name} (not set)` })) ];
}

function InputEntry({ element, id, input, secrets }) {
  const found = services();
  const debounce = useService('debounceInput');
  const common = {
    element, id, debounce,
    label: input.required ? `${input.label} *` : input.label,
    description: input.description,
    getValue: () => inputOf(element, input.name)?.source ?? '',
    setValue: value => setInput(found, element, input.name, value)
  };
  if (input.type === 'secret' && !common.getValue().startsWith('=')) {
    return createElement(SelectEntry, { ...common, getOptions: () => secretOptions(secrets, common.getValue()) });
  }
  if (input.choices.length) {
    const options = [ { value: '', label: input.default ? `${input.default} (unless another is chosen)` : 'Choose…' }, ...input.choices.map(value => ({ value, label: value })) ];
    return createElement(SelectEntry, { ...common, getOptions: () => options });
  }
  return createElement(input.type === 'text' ? FeelTextAreaEntry : FeelEntry, { ...common, feel: input.static ? undefined : FEEL_ONLY.includes(input.type) ? 'required' : 'optional' });
}

function ConnectorsProvider(propertiesPanel, offered) {
  propertiesPanel.registerProvider(BEFORE_OFFERED, {
    getGroups: element => groups => {
      if (!isAny(element, TASKS)) return groups;
      const chosen = offered.connectors.find(({ type }) => type === typeOf(element));
      const group = {
        id: 'connector', label: 'Connector', component: Group, shouldOpen: true,
        entries: [
          { id: 'connector-type', component: ConnectorEntry, connectors: offered.connectors, isEdited: isSelectEntryEdited },
          ...(chosen?.inputs ?? []).map(input => ({
            id: `connector-${input.name}`, component: InputEntry, input, secrets: offered.secrets ?? [], isEdited: input.choices.length || input.type === 'secret' ? isSelectEntryEdited : isFeelEntryEdited
          })),
          ...typeOf(element) ? [ { id: 'connector-try', component: TryStepEntry } ] : []
        ]
      };
      const at = groups.findIndex(({ id }) => id === 'taskDefinition');
      return groups.toSpliced(at < 0 ? groups.length : at, 0, group);
    }
  });
}
ConnectorsProvider.$inject = [ 'propertiesPanel', 'offered' ];

export const connectorsModule = { __init__: [ 'connectorsProvider' ], connectorsProvider: [ 'type', ConnectorsProvider ] };
