// A form as people will see it, with data of one's own; the server's own page shows it and reads what is filled in.
import { button, details, field, find, h } from './designer-dom.js';
import { framed } from './designer-frame.js';
import { panel } from './designer-panels.js';

const AFTER = 900;

export function previewing({ settings, sent }) {
  const body = find('previewing-body');
  const data = field('Variables that it reads', { tag: 'textarea', rows: 3, value: '{}', class: 'code' });
  const holder = h('div', {}), result = h('div', { role: 'status' });
  let timer;
  body.append(holder, result, details('With other data', false, data.element, button('Show it with these', show)));
  const mine = panel('previewing', { opener: 'preview', opened: show });

  async function show() {
    clearTimeout(timer);
    result.replaceChildren();
    const { content } = await sent();
    holder.replaceChildren(framed(settings.urls.form, { schema: content, variables: data.input.value, act: 'look' }, ({ data: read }) => {
      result.replaceChildren(h('h3', {}, 'A process would learn'), h('pre', { class: 'lines' }, read), button('Show the form again', show));
      holder.replaceChildren();
    }));
  }

  return {
    changed() {
      if (!mine.isOpen) return;
      clearTimeout(timer);
      timer = setTimeout(show, AFTER);
    }
  };
}
