// A run on the canvas: where tokens stand, where they came along, what failed; and what tests reach. Markers and overlays
// only: the drawing itself is not touched.
import { getBusinessObject, is } from 'bpmn-js/lib/util/ModelUtil';

export function tokens(modeler, fit) {
  const canvas = modeler.get('canvas'), overlays = modeler.get('overlays'), registry = modeler.get('elementRegistry');
  const marked = new Map();

  function mark(id, marker) {
    if (!registry.get(id)) return; // of a called process, or drawn nowhere
    canvas.addMarker(id, marker);
    marked.set(id, [ ...marked.get(id) ?? [], marker ]);
  }

  function clear() {
    for (const [ id, markers ] of marked) for (const marker of markers) if (registry.get(id)) canvas.removeMarker(id, marker);
    marked.clear();
    overlays.remove({ type: 'run' });
  }

  function badge(id, kind, text, position, title = '') {
    if (!registry.get(id)) return;
    const html = document.createElement('span');
    html.title = title;
    html.className = `run-badge run-badge-${kind}`;
    html.textContent = text;
    overlays.add(id, 'run', { position, html });
  }

  return {
    clear,
    fit,
    /** `instances` as the server tells them: those of other processes find nothing here. `warned`: id -> sentences. */
    show(instances, warned = new Map()) {
      clear();
      for (const [ id, sentences ] of warned) badge(id, 'warning', '?', { top: -10, right: 10 }, sentences.join('\n'));
      for (const { tokens: standing, done, flows, incidents } of instances) {
        for (const id of Object.keys(done)) mark(id, 'run-done');
        for (const id of Object.keys(flows)) mark(id, 'run-taken');
        for (const [ id, count ] of Object.entries(standing)) {
          mark(id, 'run-token');
          badge(id, 'token', String(count), { bottom: 10, left: -10 });
        }
        for (const { element, message } of incidents) {
          mark(element, 'run-incident');
          badge(element, 'incident', '!', { top: -10, right: 10 }, message);
        }
      }
    },
    /** What the tests reach, and what of the processes they run they do not. */
    cover(reached, missed) {
      clear();
      for (const id of reached) mark(id, 'run-reached');
      for (const id of missed) mark(id, 'run-missed');
    },
    called: id => { const object = registry.get(id) && getBusinessObject(registry.get(id)); return object?.name || ''; },
    isFlow: id => Boolean(registry.get(id) && is(registry.get(id), 'bpmn:SequenceFlow')),
    onClick: callback => modeler.on('element.click', ({ element }) => callback(element.id))
  };
}
