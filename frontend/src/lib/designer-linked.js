// Files that a task links (zeebe:linkedResources): one entry each, with what is deployed to choose from.
import { FeelEntry, ListGroup, SelectEntry, TextFieldEntry } from '@bpmn-io/properties-panel';
import { createElement } from './designer-preact.js';
import { useService } from 'bpmn-js-properties-panel';
import { is } from 'bpmn-js/lib/util/ModelUtil';
import { choices } from './designer-choices.js';
import { extension, replace, services } from './designer-extensions.js';

const NAMES = [ 'resourceId', 'resourceType', 'linkName', 'bindingType', 'versionTag' ];

const linked = element => (extension(element, 'zeebe:LinkedResources')?.get('values') ?? []).map(each => Object.fromEntries(NAMES.map(name => [ name, each.get(name) ])));

function write(found, element, list) {
  const values = list.map(each => found.bpmnFactory.create('zeebe:LinkedResource', Object.fromEntries(Object.entries(each).filter(([ , value ]) => value))));
  replace(found, element, 'zeebe:LinkedResources', values.length ? { values } : null);
}

const BINDINGS = [ { value: 'latest', label: 'The latest' }, { value: 'deployment', label: 'That of the same deployment' }, { value: 'versionTag', label: 'The latest with a version tag' } ];

function offered(own) {
  const known = choices.resources.map(({ value, label }) => ({ value, label: label === value ? value : `${label} (${value})` }));
  const strange = own && !known.some(({ value }) => value === own) ? [ { value: own, label: own.startsWith('=') ? own : `${own} (not deployed)` } ] : [];
  return [ { value: '', label: 'Choose…' }, ...known, ...strange ];
}

const FIELDS = [
  { name: 'resourceId', label: 'File, from those that are deployed', component: SelectEntry, options: offered },
  { name: 'resourceId', label: 'Its id', component: FeelEntry, feel: 'optional', key: 'text' },
  { name: 'linkName', label: 'Link name', component: TextFieldEntry, description: 'By which whoever does the job knows it' },
  { name: 'resourceType', label: 'Type', component: TextFieldEntry, description: 'Such as RPA' },
  { name: 'bindingType', label: 'Version', component: SelectEntry, options: () => BINDINGS },
  { name: 'versionTag', label: 'Version tag', component: TextFieldEntry, when: each => each.bindingType === 'versionTag' }
];

function Field({ element, id, index, field }) {
  const found = services();
  const debounce = useService('debounceInput');
  const { name, component, options, ...more } = field;
  const own = () => linked(element)[index]?.[name] ?? '';
  const setValue = value => {
    const changed = { ...linked(element)[index], [name]: value };
    if (changed.bindingType !== 'versionTag') delete changed.versionTag;
    write(found, element, linked(element).with(index, changed));
  };
  return createElement(component, { ...more, key: undefined, element, id, debounce, getValue: own, setValue, ...options ? { getOptions: () => options(own()) } : {} });
}

function group(element, injector) {
  const all = linked(element);
  const found = { bpmnFactory: injector.get('bpmnFactory'), modeling: injector.get('modeling') };
  return {
    id: 'linked', label: 'Linked files', component: ListGroup,
    add: event => { event.stopPropagation(); write(found, element, [ ...all, { linkName: `file${all.length + 1}` } ]); },
    items: all.map((each, index) => ({
      id: `linked-${index}`, label: each.linkName || each.resourceId || 'A file', autoFocusEntry: `linked-${index}-resourceId`,
      entries: FIELDS.filter(({ when }) => !when || when(each)).map(field => ({ id: `linked-${index}-${field.name}${field.key ?? ''}`, component: Field, index, field })),
      remove: event => { event.stopPropagation(); write(found, element, all.toSpliced(index, 1)); }
    }))
  };
}

function LinkedProvider(propertiesPanel, injector) {
  propertiesPanel.registerProvider(200, {
    getGroups: element => groups => (is(element, 'bpmn:ServiceTask') || extension(element, 'zeebe:LinkedResources') ? [ ...groups, group(element, injector) ] : groups)
  });
}
LinkedProvider.$inject = [ 'propertiesPanel', 'injector' ];

export const linkedModule = { __init__: [ 'linkedProvider' ], linkedProvider: [ 'type', LinkedProvider ] };
