import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DefinitionError, MOST_CHARACTERS, NO_CONTEXT, READERS, readDefinitions } from './index.ts';

const refuses = (text: string, words: RegExp): void =>
  assert.throws(
    () => readDefinitions({ file: 'vm', text }, null, NO_CONTEXT),
    error => error instanceof DefinitionError && words.test(error.message),
  );

test('READERS have one reader for each format', () => {
  const names = READERS.map(({ name }) => name);
  assert.deepEqual([...new Set(names)], names);
});

test('readDefinitions refuses what no reader knows, in one line', () => {
  refuses('', /^vm is not a definition of a VM that is known by its content: [^\n]*$/);
  refuses('hello', /^vm is not a definition/);
});

test('readDefinitions refuses a text of another format than the one asked for', () => {
  const text = '<domain type="kvm"><name>a</name></domain>';
  assert.throws(
    () => readDefinitions({ file: 'vm', text }, 'kubevirt', NO_CONTEXT),
    /^DefinitionError: vm holds no VM of kubevirt: by its content it is of libvirt/,
  );
  assert.deepEqual(readDefinitions({ file: 'vm', text: 'kind: Deployment' }, 'kubevirt', NO_CONTEXT).definitions, []);
});

test('readDefinitions refuses a text that is larger than any definition', () => {
  refuses(' '.repeat(MOST_CHARACTERS + 1), /^vm has 8388609 characters, a definition has at most 8388608$/);
});
