// A form as people see it: the page of the inbox for it, in a frame. What was filled in comes back exactly as the server
// read it; `data` stays text, because numbers may have more digits than a browser counts.
import { h } from './designer-dom.js';

const token = () => document.querySelector('[name=csrfmiddlewaretoken]').value;
let numbered = 0;

/** framed(url, { schema, variables, outcomes, title, description, act, by }, answers => ...) -> the element. */
export function framed(url, said, done) {
  const name = `form-frame-${++numbered}`;
  const frame = h('iframe', { name, title: said.title || 'Form', class: 'form-frame' });
  const fields = { csrfmiddlewaretoken: token(), ...said };
  const sender = h('form', { method: 'post', action: url, target: name, hidden: true },
    Object.entries(fields).map(([ key, value ]) => h('input', { type: 'hidden', name: key, value: value ?? '' })));
  frame.addEventListener('load', () => {
    const page = frame.contentDocument;
    if (!page?.body) return;
    const found = page.getElementById('answers')?.dataset.answers;
    if (found) return done(JSON.parse(found));
    const grow = () => { frame.style.height = `${page.documentElement.scrollHeight}px`; };
    new ResizeObserver(grow).observe(page.body);
    grow();
  });
  const element = h('div', {}, frame, sender);
  requestAnimationFrame(() => sender.submit()); // once the frame is on the page
  return element;
}
