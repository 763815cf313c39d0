// npm run notices  ->  static/dist/THIRD-PARTY.txt: the licences of what really ended up in the bundles (after a build).
import { readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.dirname(here);
const metafile = JSON.parse(await readFile(path.join(here, 'meta.json'), 'utf8'));

const folders = new Set([ 'lucide-static', 'daisyui', 'tailwindcss', '@fontsource-variable/inter' ].map(name => `node_modules/${name}`));
for (const { inputs } of Object.values(metafile.outputs)) {
  for (const [ file, { bytesInOutput } ] of Object.entries(inputs)) {
    const [ , folder ] = file.match(/^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//) || [];
    if (folder && bytesInOutput) folders.add(folder);
  }
}

let notices = '';
const byLicence = {};
for (const folder of [ ...folders ].sort()) {
  const about = JSON.parse(await readFile(path.join(root, folder, 'package.json'), 'utf8'));
  const licence = about.license?.type ?? about.license ?? 'see text';
  const file = (await readdir(path.join(root, folder))).find(name => /^(licen[sc]e|copying)/i.test(name));
  const text = file ? await readFile(path.join(root, folder, file), 'utf8') : '(no licence file in the package)';
  notices += `==== ${about.name} ${about.version} (${licence})\n\n${text.trim()}\n\n`;
  (byLicence[licence] ||= []).push(`${about.name}@${about.version}`);
}
await writeFile(path.join(root, 'static/dist/THIRD-PARTY.txt'), notices);
for (const [ licence, names ] of Object.entries(byLicence)) console.log(`${licence} (${names.length}): ${names.join(', ')}`);
