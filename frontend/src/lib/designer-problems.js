// The list of problems: the server's sentences, each a button that leads to its element.
import { paint } from './designer-paint.js';

const list = document.querySelector('[data-problem-list]');
const title = document.querySelector('[data-problems-title]');
const section = document.querySelector('[data-problems]');

export function showProblems(problems, editor) {
  section.dataset.state = problems.length ? 'problems' : 'none';
  title.textContent = problems.length ? `${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}: this cannot be deployed yet` : 'No problems: this can be deployed';
  list.replaceChildren(...problems.map(problem => entry(problem, editor)));
  const byElement = new Map();
  for (const { element, message } of problems) {
    if (!element) continue;
    for (const place of new Set(editor.places?.(element) ?? [ element ])) byElement.set(place, [ ...byElement.get(place) ?? [], message ]);
  }
  paint('problem', [ ...byElement.keys() ]);
  editor.badges?.(byElement);
}

export function problemsUnknown(sentence) {
  section.dataset.state = 'unknown';
  title.textContent = `Problems are not known at the moment. ${sentence}`;
}

function entry({ element, message, line }, editor) {
  const item = document.createElement('li');
  const button = document.createElement('button');
  button.type = 'button';
  const place = document.createElement('span');
  place.className = 'place';
  place.textContent = element ? editor.called?.(element) || element : line ? `line ${line}` : 'whole file';
  button.append(place, document.createTextNode(message));
  button.addEventListener('click', () => editor.select(element));
  item.append(button);
  return item;
}
