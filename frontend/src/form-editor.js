// The form designer.
import '@bpmn-io/form-js-viewer/dist/assets/form-js.css';
import '@bpmn-io/form-js-editor/dist/assets/form-js-editor.css';
import './css/designer.css';
import { FormEditor } from '@bpmn-io/form-js-editor';
import { settled } from './lib/designer-settled.js';
import { start } from './lib/designer.js';

const host = document.querySelector('[data-canvas]');

const editor = new FormEditor({ container: host });
const fields = () => editor.get('formFieldRegistry');

start({
  load: content => editor.importSchema(JSON.parse(content)),
  save: async () => JSON.stringify(editor.saveSchema(), null, 2),
  name: () => { const schema = editor.getSchema(); return schema.name || schema.id || 'Form'; },
  onChange: callback => editor.on('commandStack.changed', callback),
  undo: () => editor.get('commandStack').undo(),
  redo: () => editor.get('commandStack').redo(),
  flush: settled,
  preview: true,
  called: id => { const field = fields().get(id); return field && (field.label || field.key || id); },
  select(id) {
    const field = fields().get(id);
    if (!field) return;
    editor.get('selection').set(field);
    host.querySelector(`[data-id="${CSS.escape(id)}"]`)?.scrollIntoView({ block: 'nearest' });
  }
});
host.editor = editor;
