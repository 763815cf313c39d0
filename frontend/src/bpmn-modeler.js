// The BPMN designer. What is wrong with a diagram is for the server to say (lib/designer.js).
import 'bpmn-js/dist/assets/diagram-js.css';
import 'bpmn-js/dist/assets/bpmn-js.css';
import 'bpmn-js/dist/assets/bpmn-font/css/bpmn.css';
import '@bpmn-io/properties-panel/dist/assets/properties-panel.css';
import 'bpmn-js-color-picker/colors/color-picker.css';
import 'diagram-js-minimap/assets/diagram-js-minimap.css';
import './css/designer.css';
import BpmnModeler from 'bpmn-js/lib/Modeler';
import { BpmnPropertiesPanelModule, BpmnPropertiesProviderModule, ZeebePropertiesProviderModule } from 'bpmn-js-properties-panel';
import { CreateAppendAnythingModule } from 'bpmn-js-create-append-anything';
import ZeebeBehaviorsModule from 'camunda-bpmn-js-behaviors/lib/camunda-cloud';
import zeebeModdle from 'zeebe-bpmn-moddle/resources/zeebe.json';
import { ZeebeVariableResolverModule } from '@bpmn-io/variable-resolver';
import ColorPickerModule from 'bpmn-js-color-picker';
import MinimapModule from 'diagram-js-minimap';
import GridModule from 'diagram-js-grid';
import NativeCopyPasteModule from 'bpmn-js-native-copy-paste';
import { getBusinessObject, is } from 'bpmn-js/lib/util/ModelUtil';
import { connectorsModule } from './lib/designer-connectors.js';
import { humanTasksModule } from './lib/designer-human-tasks.js';
import { linkedModule } from './lib/designer-linked.js';
import { webhookModule } from './lib/designer-webhook.js';
import { offeredModule } from './lib/designer-offered.js';
import { settled } from './lib/designer-settled.js';
import { tokens } from './lib/designer-tokens.js';
import { wordsModule } from './lib/designer-words.js';
import { settings, start } from './lib/designer.js';

const PALETTE = 90, EDGE = 40; // pixels that the palette covers, and that stay free

const modeler = new BpmnModeler({
  container: document.querySelector('[data-canvas]'),
  propertiesPanel: { parent: document.querySelector('[data-properties]') },
  moddleExtensions: { zeebe: zeebeModdle },
  additionalModules: [
    BpmnPropertiesPanelModule, BpmnPropertiesProviderModule, ZeebePropertiesProviderModule, ZeebeBehaviorsModule, ZeebeVariableResolverModule,
    CreateAppendAnythingModule, ColorPickerModule, MinimapModule, GridModule, NativeCopyPasteModule,
    offeredModule(settings.offered), connectorsModule, humanTasksModule, linkedModule, webhookModule, wordsModule
  ]
});
const canvas = modeler.get('canvas');
const registry = modeler.get('elementRegistry');
const overlays = modeler.get('overlays');

const processOf = element => is(element, 'bpmn:Participant') ? getBusinessObject(element).processRef : getBusinessObject(element);

/** What an event or task names: its message, signal, error or escalation, none of which is on the canvas. */
const named = object => [ object, ...object?.eventDefinitions ?? [] ].flatMap(part => [ part?.messageRef, part?.signalRef, part?.errorRef, part?.escalationRef ]);

/** What the canvas has for an id: the element itself, the pool of a process, or who uses it. */
const shown = id => registry.get(id)
  ?? registry.find(element => processOf(element)?.id === id && !element.labelTarget)
  ?? registry.find(element => named(getBusinessObject(element)).some(reference => reference?.id === id));

/** The whole diagram beside the palette, never larger than life. */
function showAll() {
  const { inner, outer } = canvas.viewbox();
  if (!inner.width || !outer.width) return;
  const scale = Math.min(1, (outer.width - PALETTE - EDGE) / inner.width, (outer.height - 2 * EDGE) / inner.height);
  const [ width, height ] = [ outer.width / scale, outer.height / scale ];
  canvas.viewbox({ x: inner.x - Math.max(PALETTE / scale, (width - inner.width) / 2), y: inner.y - (height - inner.height) / 2, width, height });
  fitted = seen();
}
let fitted = '';
const seen = () => { const { x, y, scale } = canvas.viewbox(); return [ x, y, scale ].map(Math.round).join(); };

/** A panel has opened beside the canvas: where nobody has moved the view, the whole diagram is shown again. */
function showAllAgain() {
  const untouched = seen() === fitted;
  canvas.resized();
  if (untouched) showAll();
}
new ResizeObserver(() => canvas.resized()).observe(canvas.getContainer());

function executable() {
  const processes = modeler.getDefinitions().rootElements.filter(root => is(root, 'bpmn:Process'));
  return processes.find(process => process.isExecutable) ?? processes[0];
}

start({
  async load(content) {
    await modeler.importXML(content);
    showAll();
  },
  save: async () => (await modeler.saveXML({ format: true })).xml,
  name: () => { const process = executable(); return process?.name || process?.id || 'Diagram'; },
  onChange: callback => modeler.on('commandStack.changed', callback),
  undo: () => modeler.get('commandStack').undo(),
  redo: () => modeler.get('commandStack').redo(),
  flush: settled,
  called: id => { const element = shown(id); return element && (getBusinessObject(element).name || id); },
  places: id => [ shown(id)?.id ?? id ],
  canvas: tokens(modeler, showAllAgain),
  select(id) {
    const element = shown(id);
    if (!element) return;
    const root = canvas.findRoot(element);
    if (root) canvas.setRootElement(root);
    const isRoot = element === root;
    modeler.get('selection').select(isRoot ? null : element);
    if (!isRoot) canvas.scrollToElement(element, 80);
  },
  badges(byElement) {
    overlays.remove({ type: 'problem' });
    for (const [ id, sentences ] of byElement) {
      const element = registry.get(id);
      if (!element || element === canvas.findRoot(element)) continue;
      const badge = document.createElement('div');
      badge.className = 'problem-badge';
      badge.textContent = sentences.length;
      badge.title = sentences.join('\n');
      overlays.add(element, 'problem', { position: { top: -12, left: -12 }, html: badge });
    }
  }
});
document.querySelector('[data-canvas]').modeler = modeler; // for whoever looks from the console, and for tests
