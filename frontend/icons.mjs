// One SVG sprite from the lucide icons that templates and Python rows name.
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';

/** Always in the sprite: rows prepared in Python name icons too. Others are found by reading the templates. */
const ALWAYS = `
  activity alarm-clock archive arrow-right arrow-up-down ban bell bookmark briefcase building calendar calendar-clock
  check chevron-down chevron-left chevron-right chevron-up circle-alert circle-check circle-dot circle-help
  circle-play circle-x clock copy download ellipsis external-link eye file-text filter flag git-branch hand history
  hourglass inbox info layout-list link list-checks lock log-out mail mail-warning map-pin message-square minus
  octagon-alert paperclip pause play plus radio refresh-cw repeat rotate-ccw search send settings shield-check
  skip-forward sliders-horizontal sparkles square-pen star table-2 timer trash-2 trending-up triangle-alert undo-2
  user user-check user-plus users workflow x zap`.split(/\s+/).filter(Boolean);

const IN_TEMPLATE = /(?:icons\.svg'\s*%\}|icons\.svg"\s*%\}|\{\{\s*icons\s*\}\})#([a-z0-9-]+)|ui\/icon\.html"\s+with\s+name="([a-z0-9-]+)"/g;

async function namedInTemplates(root) {
  const folder = path.join(root, 'templates');
  const names = new Map();
  for (const entry of await readdir(folder, { recursive: true })) {
    if (!entry.endsWith('.html')) continue;
    for (const [ , a, b ] of (await readFile(path.join(folder, entry), 'utf8')).matchAll(IN_TEMPLATE)) names.set(a || b, entry);
  }
  return names;
}

async function symbol(root, name, namedIn) {
  const file = path.join(root, 'node_modules/lucide-static/icons', `${name}.svg`);
  const svg = await readFile(file, 'utf8').catch(() => {
    throw new Error(`${namedIn} asks for the icon “${name}”, which lucide does not have; see https://lucide.dev/icons`);
  });
  const shapes = svg.replace(/<!--[\s\S]*?-->/g, '').replace(/^[\s\S]*?<svg[^>]*>/, '').replace('</svg>', '').replace(/\s+/g, ' ').trim();
  return `<symbol id="${name}" viewBox="0 0 24 24">${shapes}</symbol>`;
}

export async function sprite(root) {
  const names = new Map([ ...ALWAYS.map(n => [ n, 'frontend/icons.mjs' ]), ...await namedInTemplates(root) ]);
  const symbols = await Promise.all([ ...names ].sort().map(([ name, namedIn ]) => symbol(root, name, namedIn)));
  return `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join('')}</svg>`;
}
