import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shortNames } from './short-names.ts';

const CASES: readonly (readonly [names: readonly string[], short: readonly string[]])[] = [
  [[], []],
  [['pasted'], ['pasted']],
  [['/home/a/dumps/gpu.txt'], ['gpu.txt']],
  [
    ['/d/a/host.json', '/d/b/host.json', '/d/c/dump.txt'],
    ['a/host.json', 'b/host.json', 'dump.txt'],
  ],
  [
    ['host.json', '/d/host.json'],
    ['host.json', 'd/host.json'],
  ],
  [
    ['', 'a/'],
    ['', 'a/'],
  ],
  [
    ['/d/same', '/d/same'],
    ['/d/same', '/d/same'],
  ],
];

for (const [names, short] of CASES)
  test(`shortNames makes of ${JSON.stringify(names)} ${JSON.stringify(short)}`, () => assert.deepEqual(shortNames(names), short));
