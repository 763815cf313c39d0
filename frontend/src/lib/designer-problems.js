// The list of problems and warnings: the server's sentences, each a button that leads to its element. Problems stand in the way of
// deploying, warnings do not.
import { paint } from './designer-paint.js';

const list = document.querySelector('[data-problem-list]');
const title = document.querySelector('[data-problems-title]');
const section = document.querySelector('[data-problems]');

export function showProblems({ problems, warnings = [] }, editor) {
  section.dataset.state = problems.length ? 'problems' : warnings.length ? 'warnings' : 'none';
  title.textContent = said(problems, warnings);
  list.replaceChildren(...problems.map(problem => entry(problem, editor)), ...warnings.map(warning => entry(warning, editor, 'Warning')));
  const byElement = new Map();
  for (const { element, message } of problems) {
    if (!element) continue;
    for (const place of new Set(editor.places?.(element) ?? [ element ])) byElement.set(place, [ ...byElement.get(place) ?? [], message ]);
  }
  paint('problem', [ ...byElement.keys() ]);
  editor.badges?.(byElement);
}

function said(problems, warnings) {
  const also = warnings.length ? ` (${counted(warnings, 'warning')})` : '';
  return problems.length ? `${counted(problems, 'problem')}${also}: this cannot be deployed yet` : `No problems${also}: this can be deployed`;
}

const counted = (list, what) => `${list.length} ${what}${list.length === 1 ? '' : 's'}`;

export function problemsUnknown(sentence) {
  section.dataset.state = 'unknown';
  title.textContent = `Problems are not known at the moment. ${sentence}`;
}

function entry({ element, message, line }, editor, kind = '') {
  const item = document.createElement('li');
  const button = document.createElement('button');
  button.type = 'button';
  const place = document.createElement('span');
  place.className = 'place';
  place.textContent = element ? editor.called?.(element) || element : line ? `line ${line}` : 'whole file';
  button.append(place, document.createTextNode(kind ? `${kind}: ${message}` : message));
  button.addEventListener('click', () => editor.select(element));
  item.append(button);
  return item;
}
