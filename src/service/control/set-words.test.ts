import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ServiceError } from '../service-error.ts';
import { addWords, removeWords } from './set-words.ts';

describe('addWords', () => {
  const ROWS: readonly (readonly [set: readonly string[], words: readonly string[], all: readonly string[]])[] = [
    [[], ['ats=off'], ['ats=off']],
    [['ats=off'], ['ats=on'], ['ats=on']],
    [
      ['ats=off', 'a=b=c'],
      ['a=d', 'a=e='],
      ['ats=off', 'a=e='],
    ],
    [['ats=off'], ['a=1', 'ats=auto'], ['ats=auto', 'a=1']],
  ];
  for (const [set, words, all] of ROWS) {
    test(`addWords of ${words} to ${set} is ${all}`, () => assert.deepEqual(addWords(set, words), all));
  }

  test('addWords holds each property once, however often it is set', () => {
    let set: readonly string[] = [];
    for (let i = 0; i < 100; i++) set = addWords(set, [`ats=${i}`]);
    assert.deepEqual(set, ['ats=99']);
  });
});

describe('removeWords', () => {
  test('removeWords takes back what is named, all where nothing is', () => {
    assert.deepEqual(removeWords(['ats=off', 'a=1', 'b=2'], ['a', 'ats']), ['b=2']);
    assert.deepEqual(removeWords(['ats=off', 'a=1'], []), []);
    assert.deepEqual(removeWords([], []), []);
  });

  for (const [set, name, words] of [
    [['ats=off'], 'a', /^"a" is not set: only ats$/],
    [['ats=off'], 'ats=off', /^"ats=off" is not set: only ats$/],
    [[], 'ats', /^"ats" is not set: nothing is$/],
  ] as const) {
    test(`removeWords refuses ${name} of [${set}]`, () => {
      assert.throws(
        () => removeWords(set, [name]),
        (error: unknown) => error instanceof ServiceError && words.test(error.message),
      );
    });
  }
});
