// A process diagram, read-only: where the tokens are, where they came along, what failed.
// No CSS imports here: esbuild would copy them into the styles of every entry that loads this on demand.
import NavigatedViewer from 'bpmn-js/lib/NavigatedViewer';
import { translated } from './words.js';

const MARKERS = { active: 'is-active', completed: 'is-completed', incidents: 'is-incident', taken: 'is-taken' };
const BADGES = {
  active: [ 'diagram-badge diagram-badge-active', { bottom: 8, left: -10 } ],
  incidents: [ 'diagram-badge diagram-badge-incident', { top: -10, right: 10 } ]
};

async function fetched(url, as) {
  const response = await fetch(url, { headers: { Accept: as === 'json' ? 'application/json' : 'application/xml' }, credentials: 'same-origin' });
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return response[as]();
}

/** `counts` ({element id: n}) puts a number on elements where more than one token waits. */
function badge(overlays, id, kind, count) {
  const [ className, position ] = BADGES[kind];
  const html = Object.assign(document.createElement('span'), { className, textContent: kind === 'incidents' && count === 1 ? '!' : String(count) });
  overlays.add(id, 'state', { position, html });
}

const MARGIN = 24; // in the diagram's own units: labels at the rim keep clear of the edge
const MARK = 28; // pixels at the foot, for the mark of bpmn.io

/** The whole diagram in the middle of the panel, never larger than drawn. */
function fit(canvas) {
  canvas.resized(); // the panel may have grown since the canvas was made
  const { inner, outer } = canvas.viewbox();
  const room = outer.height - MARK;
  const scale = Math.min(1, outer.width / (inner.width + 2 * MARGIN), room / (inner.height + 2 * MARGIN));
  const width = outer.width / scale, height = outer.height / scale;
  canvas.viewbox({ x: inner.x + (inner.width - width) / 2, y: inner.y + (inner.height - room / scale) / 2, width, height });
}

/** Draw `{xml_url, active: [ids], completed: [ids], incidents: [ids], taken: [flow ids], counts?: {id: n}}` into `panel`. */
export async function draw(panel, overlay) {
  const viewer = new NavigatedViewer({ container: panel });
  await viewer.importXML(await fetched(overlay.xml_url, 'text'));
  const canvas = viewer.get('canvas'), overlays = viewer.get('overlays'), registry = viewer.get('elementRegistry');
  for (const [ kind, marker ] of Object.entries(MARKERS)) {
    for (const id of overlay[kind] ?? []) {
      if (!registry.get(id)) continue; // drawn in another version, or on no plane
      canvas.addMarker(id, marker);
      if (BADGES[kind]) badge(overlays, id, kind, (kind === 'active' && overlay.counts?.[id]) || 1);
    }
  }
  fit(canvas);
  viewer.on('element.click', ({ element }) => panel.dispatchEvent(new CustomEvent('diagram:select', { bubbles: true, detail: { id: element.id, type: element.type } })));
  return viewer;
}

/** Load and draw; a failure is a sentence in the panel. data-state tells tests and styles: loading, ready or failed. */
export async function load(panel, url) {
  panel.dataset.loading = translated('Loading the diagram …');
  panel.dataset.state = 'loading';
  try {
    await draw(panel, await fetched(url, 'json'));
    panel.dataset.state = 'ready';
  } catch (error) {
    console.warn(error);
    panel.replaceChildren(Object.assign(document.createElement('p'), { className: 'diagram-error', textContent: translated('The diagram cannot be shown. Nothing else is affected; try again later.') }));
    panel.dataset.state = 'failed';
  }
}
