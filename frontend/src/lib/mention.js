// <textarea data-mention="/tasks/7/people/" data-mention-label="People …">: behind “@” and the beginning of a name, a list of
// people to choose from. The focus stays in the text; arrows move in the list, Enter or Tab takes, Escape closes (WAI-ARIA:
// listbox with aria-activedescendant). Without script one types @user.name.
import { translated } from './words.js';

const BEHIND_AT = /(?:^|[^\w@.+/-])@([\p{L}\p{N}_.+-]{0,40})$/u;
const MOMENT = 120; // ms after the last key
let field, list, people = [], at = 0, timer, asked;

// Only for the ear: what is announced on the page would lie over the text.
const told = Object.assign(document.createElement('div'), { className: 'sr-only' });
told.setAttribute('role', 'status');
document.body.append(told);
const tell = text => { told.textContent = text; };

const option = index => list?.children[index];

function close() {
  clearTimeout(timer);
  asked?.abort();
  asked = undefined;
  list?.remove();
  list = undefined;
  field?.removeAttribute('aria-activedescendant');
  field?.removeAttribute('aria-controls');
}

function mark(index) {
  option(at)?.setAttribute('aria-selected', 'false');
  at = (index + people.length) % people.length;
  const chosen = option(at);
  chosen.setAttribute('aria-selected', 'true');
  chosen.scrollIntoView({ block: 'nearest' });
  field.setAttribute('aria-activedescendant', chosen.id);
}

function show(found) {
  list?.remove();
  people = found;
  if (!people.length) return close();
  list = Object.assign(document.createElement('ul'), { id: 'mention-list', className: 'mention-list' });
  list.setAttribute('role', 'listbox');
  list.setAttribute('aria-label', field.dataset.mentionLabel);
  people.forEach((person, index) => list.append(row(person, index)));
  field.after(list);
  field.setAttribute('aria-controls', list.id);
  at = 0;
  mark(0);
  tell(people.length === 1 ? people[0].name : translated('{number} people: {first}', { number: people.length, first: people[0].name }));
}

function row(person, index) {
  const item = Object.assign(document.createElement('li'), { id: `mention-${index}`, className: 'mention-option' });
  item.setAttribute('role', 'option');
  item.setAttribute('aria-selected', 'false');
  const avatar = Object.assign(document.createElement('span'), { className: `avatar avatar-xs avatar-${person.colour}`, textContent: person.initials });
  avatar.setAttribute('aria-hidden', 'true');
  const name = Object.assign(document.createElement('span'), { textContent: person.name });
  const user = Object.assign(document.createElement('span'), { className: 'mention-user', textContent: `@${person.username}` });
  item.append(avatar, name, user);
  item.addEventListener('pointerdown', event => event.preventDefault()); // the focus stays in the text
  item.addEventListener('click', () => take(index));
  return item;
}

function take(index) {
  const caret = field.selectionStart;
  const typed = field.value.slice(0, caret).match(BEHIND_AT)?.[1] ?? '';
  const text = `${people[index].username} `;
  field.setRangeText(text, caret - typed.length, caret, 'end');
  tell(translated('{name} will be told', { name: people[index].name }));
  close();
}

async function ask(text) {
  asked?.abort();
  const mine = asked = new AbortController();
  try {
    const response = await fetch(`${field.dataset.mention.split('?')[0]}?q=${encodeURIComponent(text)}`, { signal: mine.signal });
    if (response.ok && asked === mine) show((await response.json()).people);
  } catch (error) {
    if (error.name !== 'AbortError') close();
  }
}

document.addEventListener('input', event => {
  const target = event.target.closest?.('textarea[data-mention]');
  if (!target) return;
  if (field !== target) close();
  field = target;
  const typed = field.value.slice(0, field.selectionStart).match(BEHIND_AT)?.[1];
  clearTimeout(timer);
  if (typed === undefined) return close();
  timer = setTimeout(ask, MOMENT, typed);
});

const KEYS = {
  ArrowDown: () => mark(at + 1),
  ArrowUp: () => mark(at - 1),
  Enter: () => take(at),
  Tab: () => take(at),
  Escape: close
};
document.addEventListener('keydown', event => {
  if (!list || event.target !== field || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.shiftKey && event.key === 'Tab') return close();
  const act = KEYS[event.key];
  if (!act) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  act();
}, true);
document.addEventListener('focusout', event => { if (event.target === field) close(); });
document.addEventListener('click', event => { if (list && event.target !== field && !list.contains(event.target)) close(); });
