import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { contentId } from './content-id.ts';

describe('contentId', () => {
  test("contentId of text is FNV-1a's, with the length mixed in", () => {
    // The published vectors are those of length 0.
    assert.equal(contentId(new Uint8Array()), '811c9dc5');
  });

  test('contentId differs by a byte, by the length and at the ends of a large input', () => {
    const large = (at: number): Uint8Array => {
      const bytes = new Uint8Array(5 * 1024 * 1024);
      if (at >= 0) bytes[at] = 1;
      return bytes;
    };
    const ids = [
      contentId(new Uint8Array([1])),
      contentId(new Uint8Array([2])),
      contentId(new Uint8Array([1, 0])),
      contentId(large(-1)),
      contentId(large(0)),
      contentId(large(5 * 1024 * 1024 - 1)),
    ];
    assert.equal(new Set(ids).size, ids.length);
  });
});
