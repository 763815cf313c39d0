// The DMN designer: requirement graph, decision tables, literal and boxed expressions.
import 'dmn-js/dist/assets/diagram-js.css';
import 'dmn-js/dist/assets/dmn-js-shared.css';
import 'dmn-js/dist/assets/dmn-js-drd.css';
import 'dmn-js/dist/assets/dmn-js-decision-table.css';
import 'dmn-js/dist/assets/dmn-js-decision-table-controls.css';
import 'dmn-js/dist/assets/dmn-js-literal-expression.css';
import 'dmn-js/dist/assets/dmn-js-boxed-expression.css';
import 'dmn-js/dist/assets/dmn-js-boxed-expression-controls.css';
import 'dmn-js/dist/assets/dmn-font/css/dmn.css';
import '@bpmn-io/properties-panel/dist/assets/properties-panel.css';
import './css/designer.css';
import DmnModeler from 'dmn-js/lib/Modeler';
import { DmnPropertiesPanelModule, DmnPropertiesProviderModule } from 'dmn-js-properties-panel';
import { paint } from './lib/designer-paint.js';
import { settled } from './lib/designer-settled.js';
import { start } from './lib/designer.js';

const host = document.querySelector('[data-canvas]');
const tabs = document.querySelector('[data-tabs]');

const modeler = new DmnModeler({
  container: host,
  drd: {
    propertiesPanel: { parent: document.querySelector('[data-properties]') },
    additionalModules: [ DmnPropertiesPanelModule, DmnPropertiesProviderModule ]
  }
});

tabs.hidden = false;
modeler.on('views.changed', ({ views, activeView }) => {
  tabs.replaceChildren(...views.map(view => {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = view.type === 'drd' ? 'Requirements' : view.name || view.id;
    button.ariaPressed = String(view === activeView);
    button.addEventListener('click', () => modeler.open(view));
    return button;
  }));
  document.body.dataset.view = activeView?.type ?? '';
});

const stack = () => modeler.getActiveViewer()?.get('commandStack', false);

/** Does this part of a decision, or one inside it, have the id? */
function holds(part, id) {
  if (part?.id === id) return true;
  const inside = part?.$descriptor?.properties.filter(property => !property.isAttr && !property.isReference && !property.isVirtual) ?? [];
  return inside.some(({ name }) => [ part.get(name) ].flat().some(child => child?.$descriptor && holds(child, id)));
}

const ownerOf = id => modeler.getDefinitions()?.get('drgElement').find(element => holds(element, id));

start({
  async load(content) {
    await modeler.importXML(content, { open: false });
    const views = modeler.getViews();
    const decisions = views.filter(view => view.type !== 'drd');
    await modeler.open(decisions.length === 1 ? decisions[0] : views[0]);
  },
  save: async () => (await modeler.saveXML({ format: true })).xml,
  name: () => modeler.getDefinitions()?.name || 'Decision',
  onChange(callback) {
    // Each view is an editor of its own with its own command stack.
    const seen = new WeakSet();
    const watch = () => {
      const viewer = modeler.getActiveViewer();
      if (viewer && !seen.has(viewer)) { seen.add(viewer); viewer.on('commandStack.changed', callback); }
    };
    watch();
    modeler.on('views.changed', watch);
  },
  undo: () => stack()?.undo(),
  redo: () => stack()?.redo(),
  flush: settled,
  places: id => [ id, ownerOf(id)?.id ?? id ],
  called: id => ownerOf(id)?.name,
  async select(id) {
    const views = modeler.getViews();
    const view = views.find(({ type, element }) => type !== 'drd' && holds(element, id)) ?? views.find(({ type }) => type === 'drd');
    if (!view) return;
    await modeler.open(view);
    paint('found', [ id ]);
    host.querySelector(`[data-element-id="${CSS.escape(id)}"]`)?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    if (view.type !== 'drd') return;
    const viewer = modeler.getActiveViewer();
    const element = viewer.get('elementRegistry').get(id);
    if (element) viewer.get('selection').select(element);
  }
});
host.modeler = modeler;
