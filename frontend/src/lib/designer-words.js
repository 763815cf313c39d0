// The editors' words in ours. Everything they show passes through their `translate` service.
const WORDS = {
  'Camunda Form': 'Form',
  'Camunda form': 'Form',
  'Camunda Form (linked)': 'Form',
  'Camunda user task': 'User task',
  'External form reference': 'Page outside',
  'Implementation': 'What it does',
  'Open minimap': 'Map',
  'Close minimap': 'Close the map'
};

const translate = (template, replacements = {}) =>
  (WORDS[template] ?? template).replace(/{([^}]+)}/g, (_, name) => replacements[name] ?? `{${name}}`);

export const wordsModule = { translate: [ 'value', translate ] };
