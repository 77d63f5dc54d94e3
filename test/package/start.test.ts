/** What a start of the built command loads: what it needs, in few files. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { test } from 'node:test';

const folder = resolve(import.meta.dirname, '../../dist/cli');

/** The files that are read before `name` runs, and `name` itself. */
function loaded(name: string): Set<string> {
  const files = new Set([join(folder, name)]);
  for (const file of files) {
    for (const [, path = ''] of readFileSync(file, 'utf8').matchAll(/(?:\bfrom|\bimport)"(\.\/[^"]+)"/g))
      files.add(join(dirname(file), path));
  }
  return files;
}

/** The file of a command, by what `main` imports for it. */
function fileOf(command: string): string {
  const [, path] = new RegExp(`\\b${command}:\\(\\)=>import\\("\\./([^"]+)"\\)`).exec([...loaded('main.js')].map(read).join('')) ?? [];
  return path ?? assert.fail(`there is no file of ${command}`);
}

const read = (file: string) => readFileSync(file, 'utf8');

test('main.js loads one file beside itself before it knows the command', () => {
  assert.equal(loaded('main.js').size, 2);
});

for (const command of ['machines', 'properties']) {
  test(`airlock ${command} loads no rules`, () => {
    const hasRules = (name: string) => [...loaded(name)].some(file => read(file).includes('vmm.blank-hidden'));
    assert.ok(hasRules(fileOf('view')), 'the name of a rule is how rules are found');
    assert.ok(!hasRules(fileOf(command)));
  });
}
