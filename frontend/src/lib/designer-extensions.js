// The extension elements of the dialect, read and written in one step that can be undone.
import { useService } from 'bpmn-js-properties-panel';
import { getBusinessObject } from 'bpmn-js/lib/util/ModelUtil';

const extensions = element => getBusinessObject(element).get('extensionElements')?.get('values') ?? [];
export const extension = (element, type) => extensions(element).find(value => value.$type === type);

/** One extension element in the place of another, in one step that can be undone. */
export function replace({ bpmnFactory, modeling }, element, type, properties) {
  const object = getBusinessObject(element);
  const before = extensions(element), at = before.findIndex(value => value.$type === type);
  const made = properties ? [ bpmnFactory.create(type, properties) ] : [];
  const values = at < 0 ? [ ...before, ...made ] : before.toSpliced(at, 1, ...made);
  const holder = bpmnFactory.create('bpmn:ExtensionElements', { values });
  holder.$parent = object;
  for (const value of values) value.$parent = holder;
  modeling.updateModdleProperties(element, object, { extensionElements: holder });
}

export const services = () => ({ bpmnFactory: useService('bpmnFactory'), modeling: useService('modeling') });

// zeebe:properties: what people's work reads of a task

const list = element => extension(element, 'zeebe:Properties')?.get('properties') ?? [];

export const property = (element, name) => list(element).find(each => each.name === name)?.value ?? '';

/** An empty value takes the property away. */
export function setProperty(found, element, name, value) {
  const others = list(element);
  const made = value ? [ found.bpmnFactory.create('zeebe:Property', { name, value }) ] : [];
  const at = others.findIndex(each => each.name === name);
  const properties = at < 0 ? [ ...others, ...made ] : others.toSpliced(at, 1, ...made);
  for (const each of properties) each.$parent = undefined;
  replace(found, element, 'zeebe:Properties', properties.length ? { properties } : null);
}
