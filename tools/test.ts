/** Runs every `*.test.ts` below the folders or files named, in one process, with Node's own test runner. */
import { readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Every test file below `path`, in name order; `path` itself where it is a file. */
function testFiles(path: string): string[] {
  if (statSync(path).isFile()) return [path];
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.test.ts') && !name.includes('node_modules'))
    .sort()
    .map(name => join(path, name));
}

const files = process.argv.slice(2).flatMap(testFiles);
if (files.length === 0) throw new Error(`no test file below ${process.argv.slice(2).join(', ')}`);
for (const file of files) await import(pathToFileURL(resolve(file)).href);
