// What the engine executes, read from its own tables (settings.offered): menus and the properties panel offer nothing else.
import { PopupEntries } from 'bpmn-js/lib/features/popup-menu/PopupEntries';
import { getBusinessObject, is } from 'bpmn-js/lib/util/ModelUtil';
import { isEventSubProcess } from 'bpmn-js/lib/util/DiUtil';

const LAST = 100; // after the providers of the editors

const plain = type => type.replace(/^bpmn:/, '').replace(/^[A-Z]/, first => first.toLowerCase());

/** The names of orchestrator/bpmn/support.py for where an event of this kind may stand; a start event has two. */
function positions(target, element) {
  switch (target.type) {
  case 'bpmn:StartEvent':
    if (target.isInterrupting === false) return [ 'non-interrupting event sub-process' ];
    if (!element || !is(element, 'bpmn:StartEvent')) return [ 'start', 'event sub-process' ];
    return [ isEventSubProcess(getBusinessObject(element).$parent) ? 'event sub-process' : 'start' ];
  case 'bpmn:BoundaryEvent': return [ target.cancelActivity === false ? 'non-interrupting boundary' : 'boundary' ];
  case 'bpmn:IntermediateCatchEvent': return [ 'catch' ];
  case 'bpmn:IntermediateThrowEvent': return [ 'throw' ];
  case 'bpmn:EndEvent': return [ 'end' ];
  }
  return [];
}

/** Things that only the drawing knows (pools, data objects, flows) are free. */
export function executes(target, offered, element) {
  const name = plain(target.type);
  if (!offered.nodes.includes(name)) return !/(Task|Event|Gateway|Activity|SubProcess|Transaction)$/i.test(target.type);
  if (!target.eventDefinitionType) return true;
  const allowed = offered.events[plain(target.eventDefinitionType)] ?? [];
  return positions(target, element).some(position => allowed.includes(position));
}

/** replace-with-message-start, create-message-start, append-message-start -> the entry of the catalogue. */
const entryOf = id => PopupEntries[id.replace(/^(create|append)-/, '').replace(/^replace-with-/, '')];

function OfferedMenus(popupMenu, offered) {
  const provider = {
    getPopupMenuEntries: element => entries => Object.fromEntries(Object.entries(entries).filter(([ id ]) => {
      const target = entryOf(id)?.target;
      return !target || executes(target, offered, element);
    }))
  };
  for (const menu of [ 'bpmn-replace', 'bpmn-append', 'bpmn-create' ]) popupMenu.registerProvider(menu, LAST, provider);
}
OfferedMenus.$inject = [ 'popupMenu', 'offered' ];

// Groups of the panel -> the extension element that they write.
const GROUPS = { Zeebe__TaskListeners: 'taskListeners' };
// There is one kind of user task; what a job worker would do is a service task.
const HIDDEN_GROUPS = [ 'userTaskImplementation' ];

function OfferedProperties(propertiesPanel, offered) {
  propertiesPanel.registerProvider(LAST, {
    getGroups: () => groups => groups.filter(({ id }) => !HIDDEN_GROUPS.includes(id) && !offered.refusedExtensions.includes(GROUPS[id]))
  });
}
OfferedProperties.$inject = [ 'propertiesPanel', 'offered' ];

export const offeredModule = offered => ({
  __init__: [ 'offeredMenus', 'offeredProperties' ],
  offered: [ 'value', offered ],
  offeredMenus: [ 'type', OfferedMenus ],
  offeredProperties: [ 'type', OfferedProperties ]
});
