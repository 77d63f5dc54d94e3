/** Imports tests into this process, where Node's own test runner runs them one after the other. */
import { readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { before } from 'node:test';
import { pathToFileURL } from 'node:url';
import { watchTests } from './test-watch.ts';

/** Every test file below `path`, in name order; `path` itself where it is a file. */
function testFiles(path: string): string[] {
  if (statSync(path).isFile()) return [path];
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.test.ts') && !name.includes('node_modules'))
    .sort()
    .map(name => join(path, name));
}

/**
 * Every `*.test.ts` below the folders or files named, each test with a deadline; the first one begins once all files are loaded, so that
 * nothing which loads files opens and closes descriptors beside a test that counts them. Throws where there is none.
 */
export async function importTests(paths: readonly string[]): Promise<void> {
  const files = paths.flatMap(testFiles);
  if (files.length === 0) throw new Error(`no test file below ${paths.join(', ')}`);
  const loads = watchTests();
  let end = (): void => undefined;
  const loaded = new Promise<void>(done => {
    end = done;
  });
  before(() => loaded);
  for (const file of files) {
    loads(file);
    await import(pathToFileURL(resolve(file)).href);
  }
  end();
}
