/** What is agreed about pages, on machines whose pages are larger than those that the specification counts in. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerVersion, limitsOf, proposeVersion } from './negotiate.ts';

const OFFER = { pgsizes: 4096, migration: { pgsize: 4096 }, max_data_xfer_size: 1 << 20 };

function answered(pageSize: number, canMigrate: boolean): unknown {
  const proposal = { version: { major: 0, minor: 0, capabilities: OFFER }, size: 1000 };
  const { payload } = answerVersion(proposal, limitsOf({ pageSize }), canMigrate);
  const text = new TextDecoder().decode(payload.subarray(4));
  return JSON.parse(text.slice(0, text.indexOf('\0'))).capabilities;
}

for (const pageSize of [4096, 16384, 65536]) {
  test(`answerVersion and proposeVersion name pages of ${pageSize} bytes, and count transfers as ever`, () => {
    assert.deepEqual(answered(pageSize, true), { pgsizes: pageSize, migration: { pgsize: pageSize }, max_data_xfer_size: 1 << 20 });
    assert.deepEqual(answered(pageSize, false), { pgsizes: pageSize, max_data_xfer_size: 1 << 20 });
    const { pgsizes, migration } = proposeVersion(limitsOf({ pageSize, maxDataXferSize: 4096 })).capabilities ?? {};
    assert.deepEqual([pgsizes, migration?.pgsize], [pageSize, pageSize]);
  });
}

test('limitsOf refuses a size that no page has', () => {
  for (const pageSize of [0, 2048, 4097, 12288, 1 << 21]) assert.throws(() => limitsOf({ pageSize }), RangeError, `${pageSize}`);
});
