// What another system calls: the address that a message event or receive task opens, as fields (settings.offered.webhook).
import { CheckboxEntry, FeelEntry, Group, SelectEntry, TextFieldEntry, isCheckboxEntryEdited, isFeelEntryEdited, isSelectEntryEdited, isTextFieldEntryEdited } from '@bpmn-io/properties-panel';
import { createElement } from './designer-preact.js';
import { useService } from 'bpmn-js-properties-panel';
import { getBusinessObject, isAny } from 'bpmn-js/lib/util/ModelUtil';
import { property, services, setProperty } from './designer-extensions.js';

const TYPE = 'inbound.type';
const EVENTS = [ 'bpmn:StartEvent', 'bpmn:IntermediateCatchEvent', 'bpmn:BoundaryEvent' ];

const waits = element => isAny(element, [ 'bpmn:ReceiveTask' ]) ||
  isAny(element, EVENTS) && (getBusinessObject(element).get('eventDefinitions') ?? []).some(({ $type }) => $type === 'bpmn:MessageEventDefinition');

function OpenEntry({ element, id }) {
  const found = services();
  return createElement(CheckboxEntry, {
    element, id, label: 'Other systems call here',
    getValue: () => property(element, TYPE) === 'webhook',
    setValue: on => setProperty(found, element, TYPE, on ? 'webhook' : '')
  });
}

function FieldEntry({ element, id, input, secrets }) {
  const found = services();
  const debounce = useService('debounceInput');
  const own = property(element, input.name);
  const common = {
    element, id, debounce, label: input.required ? `${input.label} *` : input.label, description: input.description,
    getValue: () => property(element, input.name), setValue: value => setProperty(found, element, input.name, value)
  };
  if (input.type === 'expression') return createElement(FeelEntry, { ...common, feel: 'required' });
  if (input.type !== 'secret') return createElement(TextFieldEntry, common);
  const strange = own && !secrets.includes(own) ? [ { value: own, label: `${own} (not set)` } ] : [];
  return createElement(SelectEntry, { ...common, getOptions: () => [ { value: '', label: 'Choose…' }, ...secrets.map(name => ({ value: name, label: name })), ...strange ] });
}

const EDITED = { expression: isFeelEntryEdited, secret: isSelectEntryEdited };

function WebhookProvider(propertiesPanel, offered) {
  propertiesPanel.registerProvider(200, {
    getGroups: element => groups => {
      if (!waits(element)) return groups;
      const fields = property(element, TYPE) === 'webhook' ? offered.webhook : [];
      const entries = [
        { id: 'webhook-open', component: OpenEntry, isEdited: isCheckboxEntryEdited },
        ...fields.map(input => ({ id: `webhook-${input.name}`, component: FieldEntry, input, secrets: offered.secrets ?? [], isEdited: EDITED[input.type] ?? isTextFieldEntryEdited }))
      ];
      const at = groups.findIndex(({ id }) => id === 'message');
      return groups.toSpliced(at < 0 ? groups.length : at + 1, 0, { id: 'webhook', label: 'Webhook', component: Group, entries });
    }
  });
}
WebhookProvider.$inject = [ 'propertiesPanel', 'offered' ];

export const webhookModule = { __init__: [ 'webhookProvider' ], webhookProvider: [ 'type', WebhookProvider ] };
