// Colours for elements by their ids: rules in a style sheet of our own, so that nothing the editors draw is touched and
// nothing they redraw is lost. Constructable sheets are not subject to `style-src 'self'`.
const sheet = new CSSStyleSheet();
document.adoptedStyleSheets = [ ...document.adoptedStyleSheets, sheet ];

const kinds = {};

const SVG = '.djs-visual > :is(rect, circle, polygon, path):first-child';
const places = (id, part) => `[data-element-id="${CSS.escape(id)}"]${part}`;

function rules(kind, ids) {
  return ids.flatMap(id => [
    `${places(id, ` > ${SVG}`)} { stroke: var(--mark-${kind}) !important; stroke-width: 3px !important; }`,
    `:is(td, th)${places(id, '')}, .fjs-container [data-id="${CSS.escape(id)}"] { box-shadow: inset 0 0 0 2px var(--mark-${kind}) !important; }`
  ]);
}

/** paint('problem', ids) replaces what was painted of that kind: problem, added, changed, found. */
export function paint(kind, ids) {
  kinds[kind] = ids;
  sheet.replaceSync(Object.entries(kinds).flatMap(([ name, list ]) => rules(name, list)).join('\n'));
}
