import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertShareAtLeast, assertShareAtMost } from '../fixtures/share-of-runs.ts';

test('assertShareAtMost leaves chance more room the fewer the runs are', () => {
  assertShareAtMost(19, 100, 1 / 6, 'are left out');
  assertShareAtMost(170, 1000, 1 / 6, 'are left out');
  assert.throws(() => assertShareAtMost(190, 1000, 1 / 10, 'are left out'), /^AssertionError.*: 190 of 1000 are left out$/);
});

test('assertShareAtLeast fails where a kind is far rarer than wanted, and at few runs not for want of a single one', () => {
  assertShareAtLeast(0, 100, 1 / 20, 'are failed');
  assertShareAtLeast(62, 1000, 1 / 20, 'are failed');
  assert.throws(() => assertShareAtLeast(0, 1000, 1 / 20, 'are failed'), /^AssertionError.*: only 0 of 1000 are failed$/);
});
