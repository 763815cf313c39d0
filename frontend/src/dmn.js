// A decision, read-only: <div class="decision-panel" data-dmn-url="/…/decision.dmn"></div>
import 'dmn-js/dist/assets/diagram-js.css';
import 'dmn-js/dist/assets/dmn-js-shared.css';
import 'dmn-js/dist/assets/dmn-js-drd.css';
import 'dmn-js/dist/assets/dmn-js-decision-table.css';
import 'dmn-js/dist/assets/dmn-js-literal-expression.css';
import 'dmn-js/dist/assets/dmn-js-boxed-expression.css';
import 'dmn-js/dist/assets/dmn-font/css/dmn.css';
import './css/decision.css';
import Viewer from 'dmn-js/lib/NavigatedViewer';

/** Without data-decision the first decision table opens; with it, that decision. */
async function mount(panel) {
  panel.dataset.state = 'loading';
  try {
    const response = await fetch(panel.dataset.dmnUrl, { credentials: 'same-origin' });
    if (!response.ok) throw new Error(`${panel.dataset.dmnUrl}: ${response.status}`);
    const viewer = new Viewer({ container: panel });
    await viewer.importXML(await response.text(), { open: false });
    const views = viewer.getViews();
    await viewer.open(views.find(view => view.element.id === panel.dataset.decision) ?? views.find(view => view.type === 'decisionTable') ?? views[0]);
    for (const table of panel.querySelectorAll('.tjs-table-container')) table.tabIndex = 0; // scrolled with the keyboard, too
    panel.dataset.state = 'ready';
  } catch (error) {
    console.warn(error);
    panel.textContent = 'The decision cannot be shown.';
    panel.dataset.state = 'failed';
  }
}

for (const panel of document.querySelectorAll('[data-dmn-url]')) mount(panel);
