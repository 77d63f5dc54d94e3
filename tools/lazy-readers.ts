/**
 * Readers of the built command are loaded when a text is first shown to them: a start reads one format, and those of YAML alone are a
 * third of what all readers are.
 */
import { basename, dirname, resolve } from 'node:path';
import type { Plugin } from 'esbuild';
import { READERS } from '../src/pure/plan/readers/index.ts';

const INDEX = resolve('src/pure/plan/readers/index.ts');
/** All but libvirt's, which is asked first: whatever is XML is shown to no other. */
const LAZY: ReadonlySet<string> = new Set(READERS.map(({ name }) => name).filter(name => name !== 'libvirt'));

/** `cloud-hypervisor` → `cloudHypervisorReader`. */
const exportOf = (name: string): string => `${name.replace(/-./g, ([, letter = '']) => letter.toUpperCase())}Reader`;

/** A reader in place of a module's, which loads the module; `__sync` is what `chunkScript` makes a load of. */
function standIn(path: string): string {
  const reader = READERS.find(({ name }) => name === basename(dirname(path)));
  if (reader === undefined) throw new Error(`${path} is no reader`);
  const { name, summary } = reader;
  const load = `__sync(import(${JSON.stringify(path)})).${exportOf(name)}`;
  const words = `name: ${JSON.stringify(name)}, summary: ${JSON.stringify(summary)}`;
  return `export const ${exportOf(name)} = { ${words}, matches: text => ${load}.matches(text), read: (text, context) => ${load}.read(text, context) };`;
}

export const lazyReaders: Plugin = {
  name: 'lazy-readers',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^\.\/[a-z-]+\/index\.ts$/ }, ({ path, importer }) => {
      const isLazy = importer === INDEX && LAZY.has(basename(dirname(path)));
      return isLazy ? { path: resolve(dirname(INDEX), path), namespace: 'lazy-reader', sideEffects: false } : null;
    });
    onLoad({ filter: /.*/, namespace: 'lazy-reader' }, ({ path }) => ({
      contents: standIn(path),
      loader: 'js',
      resolveDir: dirname(INDEX),
    }));
  },
};
