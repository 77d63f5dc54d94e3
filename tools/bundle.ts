/** Builds the command: one small entry and files of their own for each command, so that a start loads what it needs and nothing else. */
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';
import { chunkScript } from './code/chunk-script.ts';
import { recordCode } from './code/record.ts';
import { lazyReaders } from './lazy-readers.ts';

const outdir = 'dist/cli';
const MAIN = 'src/cli/main.ts';
rmSync(outdir, { recursive: true, force: true });
const settings: BuildOptions = {
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  minify: true,
  legalComments: 'none',
  logLevel: 'warning',
};
const command: BuildOptions = {
  ...settings,
  entryPoints: [MAIN],
  outdir,
  entryNames: '[name]-[hash]',
  splitting: true,
  write: false,
  define: { 'import.meta.url': '__fileUrl' },
  chunkNames: '[name]-[hash]',
  metafile: true,
  plugins: [lazyReaders],
  logOverride: { 'ignored-bare-import': 'silent' },
};

/** Bytes of a file below which it is not worth opening: a start takes less long to evaluate them in a file that it opens anyway. */
const SMALL = 8500;

interface Loaded {
  /** Modules that `main` loads before it knows the command. */
  readonly first: readonly string[];
  /** Those that it or a command loads later by name. */
  readonly later: ReadonlySet<string>;
}

const isStatic = ({ kind, external }: { readonly kind: string; readonly external?: boolean }): boolean =>
  kind === 'import-statement' && external !== true;

/** What `main` needs, and with it what would be in small files of its own and needs nothing else. */
function loadedWhen({ inputs, outputs }: Metafile): Loaded {
  const all = Object.values(outputs);
  const withCode = new Set(all.flatMap(output => Object.keys(output.inputs)));
  const needsOf = (path: string): string[] =>
    (inputs[path]?.imports ?? []).filter(to => isStatic(to) && withCode.has(to.path)).map(to => to.path);
  const ofMain = all.find(({ entryPoint }) => entryPoint === MAIN)?.imports.filter(isStatic) ?? [];
  const needed = ofMain.flatMap(({ path }) => Object.keys(outputs[path]?.inputs ?? {}));
  const byName = new Set(all.flatMap(({ entryPoint }) => entryPoint ?? []));
  const small = all.filter(({ entryPoint, bytes }) => entryPoint === undefined && bytes < SMALL);
  const first = new Set([...needed, ...small.flatMap(output => Object.keys(output.inputs)).filter(path => !byName.has(path))]);
  for (let before = 0; before !== first.size; ) {
    before = first.size;
    for (const path of first) if (!needed.includes(path) && needsOf(path).some(to => !first.has(to))) first.delete(path);
  }
  const entries = all.flatMap(({ entryPoint = MAIN }) => (entryPoint === MAIN || first.has(entryPoint) ? [] : [entryPoint]));
  return { first: [...first], later: new Set(entries) };
}

/**
 * Keeps what `main` loads first in one file. Modules share a file if the same commands use them, and reading a file takes longer than
 * evaluating these; so every command is said to use them all, which costs it nothing, as they are loaded already.
 */
function inOneFile({ first, later }: Loaded): Plugin {
  const imports = first.map(path => `import '${process.cwd()}/${path}';\n`).join('');
  return {
    name: 'in-one-file',
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, ({ path }) => {
        const name = relative('.', path);
        return name === MAIN || later.has(name)
          ? {
              contents: `${readFileSync(path, 'utf8')}\n${imports}`,
              loader: 'ts',
            }
          : null;
      });
    },
  };
}

/** Modules of Node's own loader take longer to load than scripts, so that these are CommonJS. */
async function writeStart(chunk: string): Promise<void> {
  const contents = `import { load } from './src/cli/start/start.ts';\nload('${chunk}');\n`;
  const banner = { js: '#!/usr/bin/env node' };
  await build({ ...settings, format: 'cjs', stdin: { contents, resolveDir: '.' }, banner, outfile: `${outdir}/main.js` });
}

const { metafile } = await build(command);
if (metafile === undefined) throw new Error('esbuild does not say which modules a command loads');
const { outputFiles = [], metafile: made } = await build({
  ...command,
  plugins: [lazyReaders, inOneFile(loadedWhen(metafile))],
});
mkdirSync(outdir, { recursive: true });
writeFileSync(`${outdir}/package.json`, '{ "type": "commonjs" }\n');
for (const { path, text } of outputFiles) {
  const name = basename(path);
  const output = made?.outputs[relative('.', path)];
  writeFileSync(join(outdir, name), chunkScript(name, text, output?.imports.length ?? 0));
  if (output?.entryPoint === MAIN) await writeStart(name);
}
// A thread needs all of its code at once: one file loads faster than many.
for (const worker of ['cli/parallel-view/view-worker', 'service/serve-worker']) {
  await build({
    ...settings,
    entryPoints: [`src/${worker}.ts`],
    outfile: `${outdir}/${basename(worker)}.mjs`,
  });
}
chmodSync(`${outdir}/main.js`, 0o755);
recordCode(outdir);
