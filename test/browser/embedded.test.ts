/** What the command puts into the page is what the page reads: each side declares it, since neither may import the other. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PageData } from '../../src/cli/explore/page-data.ts';
import { type Embedded, embeddedBytes } from '../../src/web/model/embedded.ts';

/** The compiler refuses an assignment where the sides differ. */
const fromCommand = (data: PageData): Embedded => data;
const fromPage = (data: Embedded): PageData => data;

describe('the data in the page', () => {
  it('has the same form on both sides', () => {
    const data: PageData = { inputs: [{ name: 'a', text: 'ä', notes: [], addressless: [0] }], examples: [], pciIds: '' };
    assert.equal(fromPage(fromCommand(data)), data);
  });

  it('embeddedBytes gives the bytes of a text, and those that are no text', () => {
    assert.deepEqual(embeddedBytes({ text: 'ä\0' }), Uint8Array.of(0xc3, 0xa4, 0));
    assert.deepEqual(embeddedBytes({ base64: Buffer.from([0xff, 0, 0x80]).toString('base64') }), Uint8Array.of(0xff, 0, 0x80));
  });
});
