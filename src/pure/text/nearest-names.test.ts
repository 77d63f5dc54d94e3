import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nearestNames } from './nearest-names.ts';

const names = ['ats', 'addr', 'host', 'x-req', 'x-no-kvm-msi', 'x-no-kvm-msix', 'skip-vsc-check'];

test('nearestNames finds names one or few edits away, nearest first', () => {
  const vectors: [text: string, expected: string[]][] = [
    ['at', ['ats']],
    ['ast', ['ats']],
    ['ATS', ['ats']],
    ['x_req', ['x-req']],
    ['hots', ['host']],
    ['x-no-kvm-msi', ['x-no-kvm-msi', 'x-no-kvm-msix']],
    ['x-no-vkm-msix', ['x-no-kvm-msix', 'x-no-kvm-msi']],
    ['skip-vcs-chek', ['skip-vsc-check']],
    ['foo', []],
    ['', []],
  ];
  for (const [text, expected] of vectors) assert.deepEqual(nearestNames(text, names), expected, text);
});

test('nearestNames gives three at most, and none for a text of more than 64 characters', () => {
  assert.deepEqual(nearestNames('aa1', ['aa2', 'aa3', 'aa4', 'aa5']), ['aa2', 'aa3', 'aa4']);
  const long = 'a'.repeat(65);
  assert.deepEqual(nearestNames(long, [long]), []);
  assert.deepEqual(nearestNames(long.slice(1), [long]), [long]);
});
