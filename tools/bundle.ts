/** Builds the command: one small entry and files of their own for each command, so that a start loads what it needs and nothing else. */
import { chmodSync, readFileSync, rmSync } from 'node:fs';
import { basename, relative } from 'node:path';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';

const outdir = 'dist/cli';
const MAIN = 'src/cli/main.ts';

rmSync(outdir, { recursive: true, force: true });
const settings: BuildOptions = {
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  logLevel: 'warning',
};
const command: BuildOptions = {
  ...settings,
  entryPoints: { main: MAIN },
  outdir,
  splitting: true,
  chunkNames: '[name]-[hash]',
  metafile: true,
  logOverride: { 'ignored-bare-import': 'silent' },
};

/** The modules that `main` loads before it knows the command, and those that it or a command loads later. */
function loadedWhen({ outputs }: Metafile): { first: string[]; later: Set<string> } {
  const all = Object.values(outputs);
  const ofMain = all.find(({ entryPoint }) => entryPoint === MAIN)?.imports ?? [];
  const first = ofMain.flatMap(({ kind, path }) => (kind === 'import-statement' ? Object.keys(outputs[path]?.inputs ?? {}) : []));
  return {
    first,
    later: new Set(all.flatMap(({ entryPoint = MAIN }) => (entryPoint === MAIN || first.includes(entryPoint) ? [] : [entryPoint]))),
  };
}

/**
 * Keeps what `main` loads first in one file. Modules share a file if the same commands use them, and reading a file takes longer than
 * evaluating these; so every command is said to use them all, which costs it nothing, as they are loaded already.
 */
function inOneFile({ first, later }: ReturnType<typeof loadedWhen>): Plugin {
  const imports = first.map(path => `import '${process.cwd()}/${path}';\n`).join('');
  return {
    name: 'in-one-file',
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, ({ path }) =>
        later.has(relative('.', path)) ? { contents: `${readFileSync(path, 'utf8')}\n${imports}`, loader: 'ts' } : null,
      );
    },
  };
}

const { metafile } = await build({ ...command, write: false });
if (metafile === undefined) throw new Error('esbuild does not say which modules a command loads');
await build({ ...command, plugins: [inOneFile(loadedWhen(metafile))] });
// A thread needs all of its code at once: one file loads faster than many.
for (const worker of ['cli/parallel-view/view-worker', 'service/serve-worker']) {
  await build({ ...settings, entryPoints: [`src/${worker}.ts`], outfile: `${outdir}/${basename(worker)}.js` });
}
chmodSync(`${outdir}/main.js`, 0o755);
