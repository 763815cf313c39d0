// The reader's language: translated('Copied: {what}', {what}). The English sentence is the key; the page brings the others
// (`#words`, from locale/*/djangojs.po), and none when it is English.
const words = JSON.parse(document.getElementById('words')?.textContent || '{}');

export function translated(text, values = {}) {
  return (words[text] || text).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}
