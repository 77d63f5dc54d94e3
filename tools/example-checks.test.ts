import assert from 'node:assert/strict';
import { test } from 'node:test';
import { is, throws } from './example-checks.ts';

test('is takes what is deeply equal, and names the place of what is not', () => {
  is({ a: [1n] }, { a: [1n] }, 'a.ts:3');
  assert.throws(() => is(1, '1', 'a.ts:3'), /^Error: a\.ts:3: Expected values to be strictly deep-equal/);
});

test('throws takes an error of its name, and tells of another or none', async () => {
  await throws(async () => JSON.parse('{'), 'SyntaxError', 'a.ts:3');
  await assert.rejects(
    throws(async () => JSON.parse('{'), 'TypeError', 'a.ts:3'),
    {
      message: 'a.ts:3: SyntaxError was thrown, wanted TypeError',
    },
  );
  await assert.rejects(
    throws(async () => 1, 'TypeError', 'a.ts:3'),
    { message: 'a.ts:3: nothing was thrown, wanted TypeError' },
  );
});
