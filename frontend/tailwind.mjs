// esbuild plugin: style sheets that begin with `@import "tailwindcss"` go through Tailwind first.
import { compile } from '@tailwindcss/node';
import { Scanner } from '@tailwindcss/oxide';
import { readFile } from 'node:fs/promises';
import path from 'node:path';

/** Compile one style sheet; `sources` are the files whose class names it may use (its own @source lines). */
async function compiled(file) {
  const dependencies = new Set();
  const compiler = await compile(await readFile(file, 'utf8'), {
    base: path.dirname(file),
    from: file,
    shouldRewriteUrls: true,
    onDependency: dependency => dependencies.add(dependency)
  });
  const scanner = new Scanner({ sources: compiler.sources });
  return { css: compiler.build(scanner.scan()), files: [ ...dependencies, ...scanner.files ], folders: scanner.globs.map(g => g.base) };
}

export function tailwind() {
  return {
    name: 'tailwind',
    setup(build) {
      build.onLoad({ filter: /src[\\/]css[\\/]app\.css$/ }, async ({ path: file }) => {
        const { css, files, folders } = await compiled(file);
        return { contents: css, loader: 'css', resolveDir: path.dirname(file), watchFiles: files, watchDirs: folders };
      });
    }
  };
}
