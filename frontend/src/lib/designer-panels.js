// The panels beside the canvas: one at a time. Nothing covers the canvas or the watermark on it.
import { find } from './designer-dom.js';

const panels = {};

/** panel('trying', { opener: 'try', opened(), closed() }) -> { open(), close(), element } */
export function panel(name, { opener, opened = () => {}, closed = () => {} } = {}) {
  const element = find(name);
  const mine = {
    element,
    get isOpen() { return !element.hidden; },
    open() {
      for (const [ other, each ] of Object.entries(panels)) if (other !== name) each.close(false);
      const before = element.hidden;
      element.hidden = false;
      document.body.dataset.panel = name;
      find(opener)?.setAttribute('aria-expanded', 'true');
      if (before) element.querySelector('h2:not([hidden] *)')?.focus();
      opened();
    },
    close(returns = true) {
      if (element.hidden) return;
      element.hidden = true;
      delete document.body.dataset.panel;
      find(opener)?.setAttribute('aria-expanded', 'false');
      closed();
      if (returns) find(opener)?.focus();
    }
  };
  panels[name] = mine;
  element.addEventListener('keydown', event => { if (event.key === 'Escape' && !event.defaultPrevented) mine.close(); });
  element.querySelector('[data-panel-close]')?.addEventListener('click', () => mine.close());
  find(opener)?.addEventListener('click', () => (mine.isOpen ? mine.close() : mine.open()));
  return mine;
}
