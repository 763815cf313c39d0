// Pages that show a diagram at once: <div class="diagram-panel" data-diagram-url="/…/diagram.json"></div>, or data-diagram-xml-url for a bare diagram.
import 'bpmn-js/dist/assets/diagram-js.css';
import 'bpmn-js/dist/assets/bpmn-js.css';
import './css/diagram.css';
import { draw, load } from './lib/diagram.js';

for (const panel of document.querySelectorAll('[data-diagram-url]:not([aria-controls])')) load(panel, panel.dataset.diagramUrl);
for (const panel of document.querySelectorAll('[data-diagram-xml-url]')) {
  panel.dataset.state = 'loading';
  draw(panel, { xml_url: panel.dataset.diagramXmlUrl }).then(() => { panel.dataset.state = 'ready'; }, error => {
    console.warn(error);
    panel.dataset.state = 'failed';
  });
}
