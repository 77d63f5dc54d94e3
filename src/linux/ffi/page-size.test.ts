/** The size of a page, as the kernel itself maps. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { createMemfd } from './memfd.ts';
import { NativeBlock } from './native-block.ts';
import { pageSize } from './page-size.ts';

/** What the kernel told this program when it began (getauxval(3)). */
const AT_PAGESZ = 6n;

function pageOfAuxv(): number | null {
  const words = readFileSync('/proc/self/auxv');
  for (let at = 0; at + 16 <= words.length; at += 16)
    if (words.readBigUInt64LE(at) === AT_PAGESZ) return Number(words.readBigUInt64LE(at + 8));
  return null;
}

test('pageSize is what the kernel tells programs, and the least offset but 0 at which a file is mapped', () => {
  const page = pageSize();
  assert.equal(page, pageOfAuxv());
  using file = createMemfd('pages', 2 * page);
  NativeBlock.map(file, { offset: page, length: page, writable: true })[Symbol.dispose]();
  assert.throws(() => NativeBlock.map(file, { offset: page / 2, length: page, writable: true }), { code: 'EINVAL' });
});
