// Small pieces of a panel, without HTML in strings: nothing that a model says can become markup.
export const find = name => document.querySelector(`[data-${name}]`);

/** h('button', { type: 'button', onclick }, 'Text', child): properties, attributes with a dash, and children. */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [ name, value ] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === 'class') element.className = value;
    else if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (name.includes('-') || name === 'for') element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children.flat(3).filter(child => child !== null && child !== undefined && child !== false));
  return element;
}

export const button = (text, onclick, style = '', more = {}) => h('button', { type: 'button', class: `button ${style}`, onclick, ...more }, text);

let numbered = 0;

/** A labelled field; `field.value` is read when it is needed. */
export function field(label, { tag = 'input', value = '', ...more } = {}) {
  const id = `panel-field-${++numbered}`;
  const input = h(tag, { id, value, autocomplete: 'off', spellcheck: false, ...more });
  return { input, element: h('div', { class: 'field' }, h('label', { for: id }, label), input) };
}

export const details = (title, open, ...children) => h('details', { open }, h('summary', {}, title), ...children);
