// The tests of the drawing: run all together, with what of the diagram they reach; opened, renamed, deleted, handed on.
import { button, field, find, h } from './designer-dom.js';
import { indented } from './designer-json.js';
import { panel } from './designer-panels.js';
import { Failure, get, post } from './designer-server.js';

/** desk: { editor, settings, sent(), trying } -> { run() -> the answer, changed() } */
export function testing({ editor, settings, sent, trying }) {
  const body = find('testing-body'), said = find('testing-said');
  let timer;
  const mine = panel('testing', { opener: 'tests', opened: () => { editor.canvas.fit(); return show(); }, closed: () => { editor.canvas.clear(); editor.canvas.fit(); } });

  const run = async () => post(settings.urls.testsRun, await sent());

  async function show() {
    clearTimeout(timer);
    tell('');
    try {
      draw(await run());
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      tell(error.answer.problems ? 'The tests cannot run yet: problems stand in the list below the canvas.' : error.message);
      editor.canvas.clear();
    }
  }

  function tell(sentence) {
    said.textContent = sentence;
    said.hidden = !sentence;
  }

  async function acting(act) {
    try {
      await act();
      await show();
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      tell(error.message);
    }
  }

  function draw({ tests, failed, coverage, reached }) {
    const ran = coverage.filter(({ missing, elements }) => elements > 0 || missing.length);
    editor.canvas.cover(reached, tests.length ? coverage.flatMap(({ missing }) => missing) : []);
    const keys = [ ...new Set(coverage.map(({ process }) => process)) ];
    body.replaceChildren(
      h('p', { class: `run-state ${failed ? 'is-incident' : 'is-completed'}`, role: 'status' }, h('strong', {}, sentence(tests.length, failed))),
      tests.length > 0 && h('ul', { class: 'coverage' }, ran.map(({ process, elements, flows }) => h('li', {}, `${process}: ${elements} % of the elements, ${flows} % of the sequence flows are reached`, meter(elements)))),
      tests.length > 0 && h('p', { class: 'quiet' }, 'On the diagram, green is reached and amber is not.'),
      h('ul', { class: 'tests' }, tests.map(row)),
      h('div', { class: 'actions' }, button('Run all again', show, 'primary'), taking(),
        ...tests.length ? keys.filter(key => tests.some(({ process }) => process === key)).map(key => h('a', { class: 'button', href: `${settings.urls.testsFile}?process=${encodeURIComponent(key)}` }, 'Hand on as a file')) : []));
  }

  const meter = percent => h('progress', { max: 100, value: percent, 'aria-label': 'Reached elements' });

  const sentence = (count, failed) => (count === 0 ? 'There is no test yet: try the process out, and save the run as a test.'
    : failed === 0 ? `${count === 1 ? 'The one test passes' : `All ${count} tests pass`}` : `${failed} of ${count} ${count === 1 ? 'test' : 'tests'} failed`);

  function row({ name, passed, misses, by, at, urls }) {
    const holder = h('div', {});
    const open = () => attempt(async () => trying.load(await get(urls.one)));
    const renaming = () => {
      const given = field('Name', { value: name, maxLength: 200 });
      holder.replaceChildren(h('form', { onsubmit: event => { event.preventDefault(); acting(() => post(urls.rename, { test: given.input.value })); } }, given.element, h('button', { type: 'submit', class: 'button' }, 'Rename')));
      given.input.select();
    };
    const editing = async () => {
      const given = field('The test, as a file', { tag: 'textarea', rows: 16, class: 'code', value: indented((await get(urls.one)).content) });
      holder.replaceChildren(h('form', { onsubmit: async event => { event.preventDefault(); acting(async () => post(settings.urls.testsImport, { ...await sent(), tests: given.input.value })); } }, given.element, h('button', { type: 'submit', class: 'button' }, 'Keep it')));
      given.input.focus();
    };
    const remove = () => confirm(`Delete the test “${name}”?`) && acting(() => post(urls.delete, {}));
    return h('li', { class: passed ? 'passed' : 'failed' },
      h('details', { open: !passed }, h('summary', {}, h('span', { class: 'mark' }, passed ? '✓' : '✗'), ` ${name}`, h('span', { class: 'sr-only' }, passed ? ' passed' : ' failed')),
        misses.map(({ where, expected, happened }) => h('dl', { class: 'pairs' }, where && [ h('dt', {}, 'At'), h('dd', {}, where) ], h('dt', {}, 'Expected'), h('dd', {}, expected), h('dt', {}, 'Happened'), h('dd', {}, happened))),
        h('p', { class: 'quiet' }, `${by}, ${at}`),
        h('div', { class: 'actions' }, button('Open in Try it', open), button('Edit', () => attempt(editing)), button('Rename', renaming), button('Delete', remove)), holder));
  }

  /** Something that changes nothing: the list stays as it is. */
  async function attempt(act) {
    try { await act(); } catch (error) {
      if (!(error instanceof Failure)) throw error;
      tell(error.message);
    }
  }

  function taking() {
    const input = h('input', { type: 'file', accept: '.json', class: 'sr-only', id: 'tests-file', onchange: () => input.files[0] && acting(async () => post(settings.urls.testsImport, { ...await sent(), tests: await input.files[0].text() })) });
    return h('span', {}, input, h('label', { class: 'button', for: 'tests-file' }, 'Take from a file…'));
  }

  return {
    run,
    changed() {
      if (!mine.isOpen) return;
      clearTimeout(timer);
      timer = setTimeout(show, 1200);
    }
  };
}
