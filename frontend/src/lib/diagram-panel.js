// The diagram of the open case. Nothing of it is loaded before somebody asks.
// <a href="/…" data-diagram-url="/…/diagram.json" aria-controls="diagram" aria-expanded="false">Diagram</a>  <div id="diagram" class="diagram-panel" hidden></div>
let styled = false;

function styles() {
  if (styled) return;
  styled = true;
  const href = document.querySelector('meta[name="diagram-css"]')?.content;
  if (href) document.head.append(Object.assign(document.createElement('link'), { rel: 'stylesheet', href }));
}

async function toggle(button) {
  const panel = document.getElementById(button.getAttribute('aria-controls'));
  if (!panel) return;
  panel.hidden = !panel.hidden;
  button.setAttribute('aria-expanded', String(!panel.hidden));
  if (panel.hidden || panel.dataset.state) return;
  styles();
  const { load } = await import('./diagram.js');
  await load(panel, button.dataset.diagramUrl);
}

document.addEventListener('click', event => {
  const button = event.target.closest('[data-diagram-url][aria-controls]');
  if (!button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  toggle(button);
});
