/** The text of a view: rows that tell which bytes are not known, and the question above a chain of evidence. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Evidence } from '../guest-view/index.ts';
import { createPainter } from './paint.ts';
import { formatEvidence, formatUnknown } from './view-text.ts';

test('formatUnknown pads both offsets of a range alike', () => {
  const rows = [
    { from: 0, to: 3, text: 'x' },
    { from: 5, to: 5, text: 'x' },
    { from: 0x100, to: 0xfff, text: 'x' },
  ];
  assert.deepEqual(
    formatUnknown(rows).map(line => line.trim().split('  ')[0]),
    ['? [00-03]', '? [05]', '? [100…]'],
  );
});

const EVIDENCE: Evidence = { subject: 'ATS', seen: null, links: [], broken: null };

test('formatEvidence keeps its question to the columns of the terminal', () => {
  assert.deepEqual(formatEvidence(EVIDENCE, createPainter({ width: 40 })), ['  Does the guest see ATS? That is not', '  known.']);
  assert.deepEqual(formatEvidence(EVIDENCE), ['  Does the guest see ATS? That is not known.']);
  assert.deepEqual(formatEvidence({ ...EVIDENCE, seen: false }), ['  Why does the guest not see ATS?']);
});
