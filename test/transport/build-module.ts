/** A module with all that it imports in one plain file: a thread of Node 20 has no loader for TypeScript. */
import { basename, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type BuildOptions, build } from 'esbuild';

/** Below the packages, so that the module finds them. */
const FOLDER = 'node_modules/.cache/airlock-test';

/** Builds the TypeScript module at `source`; gives the built one. Throws Error where it does not compile. */
export async function buildModule(source: URL): Promise<URL> {
  const outfile = resolve(FOLDER, `${process.pid}-${basename(source.pathname, '.ts')}.mjs`);
  const options: BuildOptions = { bundle: true, format: 'esm', platform: 'node', target: 'node20.19', external: ['koffi'] };
  await build({ ...options, entryPoints: [fileURLToPath(source)], outfile });
  return pathToFileURL(outfile);
}
