import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseReport } from './parse-report.ts';
import { ReportError } from './report-error.ts';

const MACHINE = { name: 'pc-q35-11.1', family: 'pc-q35', version: '11.1', deprecated: false, rows: [] };
const MACHINES = { schemaVersion: 1, profile: 'airlock', machines: [MACHINE] };
const parse = (value: unknown) => parseReport('machines', JSON.stringify(value));

test('parseReport gives what was printed, typed', () => {
  assert.deepEqual(parse(MACHINES), MACHINES);
  assert.equal(parse(MACHINES).machines[0]?.name, 'pc-q35-11.1');
});

test('parseReport leaves out what only a newer version says', () => {
  assert.deepEqual(parse({ ...MACHINES, moon: 1, machines: [{ ...MACHINE, alias: 'q35', moon: 1 }] }), {
    ...MACHINES,
    machines: [{ ...MACHINE, alias: 'q35' }],
  });
});

const VECTORS: readonly (readonly [what: string, text: string, path: string, words: RegExp])[] = [
  ['what is no JSON', '{', '', /^not JSON: /],
  ['another version', JSON.stringify({ ...MACHINES, schemaVersion: 2 }), 'schemaVersion', /^schemaVersion: wanted 1, not 2$/],
  [
    'a field that is missing',
    JSON.stringify({ schemaVersion: 1, machines: [] }),
    'profile',
    /^profile: missing: wanted a key "profile" here$/,
  ],
  [
    'a value of another kind, far inside',
    JSON.stringify({ ...MACHINES, machines: [{ ...MACHINE, deprecated: '\u001b[31m' }] }),
    'machines[0].deprecated',
    /^machines\[0\]\.deprecated: wanted true or false, not "\\u001b\[31m"$/,
  ],
  ['what is no object', 'null', '', /^wanted an object, not null$/],
];

for (const [what, text, path, words] of VECTORS) {
  test(`parseReport refuses ${what}, and says where`, () => {
    assert.throws(
      () => parseReport('machines', text),
      error => error instanceof ReportError && error.path === path && words.test(error.message),
    );
  });
}

for (const name of ['nope', '__proto__', 'capture']) {
  test(`parseReport has no output "${name}", and says which there are`, () => {
    assert.throws(
      // @ts-expect-error a name that a program without types may give
      () => parseReport(name, '{}'),
      (error: unknown) => error instanceof ReportError && error.message.startsWith(`no output is called "${name}": wanted attach,`),
    );
  });
}
