/** Builds the command: one small entry and a chunk for each command, so that a start loads what it needs and nothing else. */
import { chmodSync, rmSync } from 'node:fs';
import { basename } from 'node:path';
import { type BuildOptions, build } from 'esbuild';

const outdir = 'dist/cli';

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
await build({ ...settings, entryPoints: { main: 'src/cli/main.ts' }, outdir, splitting: true, chunkNames: '[name]-[hash]' });
// A thread needs all of its code at once: one file loads faster than many.
for (const worker of ['cli/parallel-view/view-worker', 'service/serve-worker']) {
  await build({ ...settings, entryPoints: [`src/${worker}.ts`], outfile: `${outdir}/${basename(worker)}.js` });
}
chmodSync(`${outdir}/main.js`, 0o755);
