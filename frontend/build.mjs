// npm run build  ->  static/dist   (git-ignored; --watch rebuilds, --sizes prints what a page downloads)
import * as esbuild from 'esbuild';
import { readFile, readdir, rm, mkdir, writeFile } from 'node:fs/promises';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { sprite } from './icons.mjs';
import { tailwind } from './tailwind.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.dirname(here);
const out = path.join(root, 'static', 'dist');
const watch = process.argv.includes('--watch');

/** One entry per page kind. Every entry becomes static/dist/NAME.js and, when it imports styles, NAME.css. */
const ENTRIES = {
  app: 'src/css/app.css',       // every page
  inbox: 'src/inbox.js',        // every page
  diagram: 'src/diagram.js',    // pages that show a diagram at once; the inbox loads the same viewer on demand
  dmn: 'src/dmn.js',            // decision tables, admin
  operations: 'src/operations.js', // batches and running instances, admin
  admin: 'src/css/admin.css'    // Django's admin in our colours
};
/** Built apart, so that their chunks are theirs: no other page grows or changes because of them. */
const DESIGNERS = {
  'bpmn-modeler': 'src/bpmn-modeler.js',
  'dmn-modeler': 'src/dmn-modeler.js',
  'form-editor': 'src/form-editor.js'
};
/** Runs in <head> before the first paint, so it is one classic script and no module. */
const BLOCKING = { theme: 'src/theme.js' };

/**
 * What lets the viewers run under `style-src 'self'`: <style> elements and style="" attributes in parsed HTML are refused,
 * constructable style sheets and writes to element.style are not. The build fails when an upgrade makes a patch miss.
 */
const CSP_PATCHES = [
  // FEEL in decision tables: CodeMirror's <style> element -> adoptedStyleSheets
  [/style-mod[\\/]src[\\/]style-mod\.js$/, '!root.head && root.adoptedStyleSheets', 'root.adoptedStyleSheets'],
  // diagram-js builds DOM from HTML strings: style="" -> element.style
  [/domify[\\/]index\.js$/, 'element.innerHTML = prefix + htmlString + suffix;',
    `element.innerHTML = (prefix + htmlString + suffix).replace(/\\sstyle=(["'])/g, ' data-csp-style=$1');
     for (const e of element.querySelectorAll('[data-csp-style]')) { e.style.cssText = e.dataset.cspStyle; delete e.dataset.cspStyle; }`],
  // swatches of the colour picker
  [/bpmn-js-color-picker[\\/]colors[\\/]ColorPopupProvider\.js$/, 'style="stroke-width:2"', 'stroke-width="2"'],
  // icons of the menus that align and distribute: style="fill:none" -> fill="none"
  [/bpmn-js[\\/]lib[\\/]features[\\/](align|distribute)-elements[\\/]\w+Icons\.js$/, 'style="', source => source.replace(/style="([^"]*)"/g, (_, style) =>
    style.split(';').filter(Boolean).map(each => each.replace(/^\s*([\w-]+)\s*:\s*(.*)$/, '$1="$2"')).join(' '))]
];

const applied = new Set();
const cspPatches = {
  name: 'csp-patches',
  setup(build) {
    for (const [ filter, from, to ] of CSP_PATCHES) {
      build.onLoad({ filter }, async ({ path: file }) => {
        const source = await readFile(file, 'utf8');
        if (!source.includes(from)) throw new Error(`CSP patch no longer applies to ${file}`);
        applied.add(from);
        return { contents: typeof to === 'function' ? to(source) : source.replace(from, () => to), loader: 'js' };
      });
    }
  }
};

const icons = {
  name: 'icons',
  setup(build) {
    build.onEnd(async () => writeFile(path.join(out, 'icons.svg'), await sprite(root)));
  }
};

const points = entries => Object.entries(entries).map(([ name, file ]) => ({ out: name, in: path.join(here, file) }));

const options = {
  absWorkingDir: root,
  entryPoints: points(ENTRIES),
  outdir: out,
  bundle: true,
  minify: true,
  splitting: true,
  format: 'esm',
  target: [ 'es2022', 'chrome111', 'firefox128', 'safari16.4' ],
  chunkNames: 'chunks/[name]-[hash]',
  assetNames: 'assets/[name]-[hash]',
  loader: { '.woff': 'empty', '.woff2': 'file', '.ttf': 'empty', '.eot': 'empty', '.svg': 'empty', '.png': 'file' },
  legalComments: 'linked',
  metafile: true,
  logLevel: 'warning',
  plugins: [ tailwind(), cspPatches, icons ]
};
const designers = {
  ...options,
  entryPoints: points(DESIGNERS),
  plugins: [ cspPatches ],
  alias: { '@camunda/feel-builtins': path.join(here, 'src/lib/designer-functions.js') }
};
const blocking = { ...options, entryPoints: points(BLOCKING), format: 'iife', splitting: false, plugins: [] };

function sizes(metafile) {
  const kB = bytes => `${(bytes / 1024).toFixed(1)} kB`.padStart(10);
  return Promise.all(Object.keys(metafile.outputs).filter(f => /\.(js|css)$/.test(f)).map(async f => {
    const body = await readFile(path.join(root, f));
    console.log(path.relative(out, path.join(root, f)).padEnd(44), kB(body.length), 'gz', kB(gzipSync(body, { level: 9 }).length), 'br', kB(brotliCompressSync(body).length));
  }));
}

/** What an earlier build left goes last: a running server finds every file at every moment. */
async function sweep(metafiles) {
  const current = new Set(metafiles.flatMap(({ outputs }) => Object.keys(outputs)).map(file => path.relative(out, path.join(root, file))));
  for (const entry of await readdir(out, { recursive: true, withFileTypes: true })) {
    const file = path.relative(out, path.join(entry.parentPath, entry.name));
    if (entry.isFile() && !current.has(file) && !KEPT.test(file)) await rm(path.join(out, file), { force: true });
  }
}
const KEPT = /^(icons\.svg|THIRD-PARTY\.txt|\..*)$/;

await mkdir(out, { recursive: true });
if (watch) {
  for (const each of [ options, designers, blocking ]) await (await esbuild.context(each)).watch();
  console.log('watching frontend/ and the templates; Ctrl-C ends');
} else {
  const begun = performance.now();
  const metafiles = (await Promise.all([ options, designers, blocking ].map(each => esbuild.build(each)))).map(({ metafile }) => metafile);
  const metafile = { outputs: Object.assign({}, ...metafiles.map(({ outputs }) => outputs)) };
  await sweep(metafiles);
  if (applied.size !== CSP_PATCHES.length) throw new Error('a CSP patch matched no file');
  await writeFile(path.join(here, 'meta.json'), JSON.stringify(metafile));
  console.log(`frontend built in ${((performance.now() - begun) / 1000).toFixed(1)} s -> static/dist`);
  if (process.argv.includes('--sizes')) await sizes(metafile);
}
