import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseHexBytes } from '../bytes/hex.ts';
import { ConfigSpace } from './config-space.ts';
import { commonHeader, decodeHeader, type0Header, type1Header, type2Header } from './header.ts';

function configOf(text: string): ConfigSpace {
  return new ConfigSpace(parseHexBytes(text.replace(/\s/g, '')));
}

const ENDPOINT = `
  8680 3315 0604 1000 03 00 00 02 10 40 80 80
  000010fb 00000000 00000000 21f00000 0000 1cfb 00000000
  00000000 8680 0100 0000 1cfb 40 000000 00000000 0b 01 05 0a`;

test('decodeHeader reads an endpoint', () => {
  const header = decodeHeader(configOf(ENDPOINT));
  assert.equal(header.layout, 0);
  assert.equal(header.type1, null);
  assert.equal(header.type2, null);
  assert.deepEqual(header.missing, []);
  const { common, type0 } = header;
  assert.equal(common.vendorId, 0x8086);
  assert.equal(common.deviceId, 0x1533);
  assert.equal(common.revisionId, 3);
  assert.equal(common.baseClass, 2);
  assert.equal(common.cacheLineSize, 16);
  assert.equal(common.latencyTimer, 64);
  assert.deepEqual(common.headerType, { layout: 0, multiFunction: true });
  assert.deepEqual(common.bist, { completionCode: 0, start: false, capable: true });
  assert.equal(common.command?.busMasterEnable, true);
  assert.equal(common.command?.ioSpaceEnable, false);
  assert.equal(common.command?.interruptDisable, true);
  assert.equal(common.status?.capabilitiesList, true);
  assert.deepEqual(type0?.bars, [0xfb100000, 0, 0, 0x0000f021, 0xfb1c0000, 0]);
  assert.equal(type0?.subsystemVendorId, 0x8086);
  assert.equal(type0?.subsystemId, 1);
  assert.equal(type0?.expansionRom, 0xfb1c0000);
  assert.equal(type0?.capabilitiesPointer, 0x40);
  assert.deepEqual([type0?.interruptLine, type0?.interruptPin, type0?.minGrant, type0?.maxLatency], [11, 1, 5, 10]);
});

test('decodeHeader tells the three layouts and anything else apart', () => {
  const layouts = [0, 1, 2, 3, 0x7f, 0x81].map(byte => {
    const bytes = new Uint8Array(128);
    bytes[0x0e] = byte;
    const { layout, type0, type1, type2 } = decodeHeader(new ConfigSpace(bytes));
    return [layout, type0 !== null, type1 !== null, type2 !== null];
  });
  assert.deepEqual(layouts, [
    [0, true, false, false],
    [1, false, true, false],
    [2, false, false, true],
    [3, false, false, false],
    [0x7f, false, false, false],
    [1, false, true, false],
  ]);
});

test('decodeHeader leaves out what is not known and says where', () => {
  const empty = decodeHeader(new ConfigSpace(new Uint8Array(0)));
  assert.equal(empty.layout, null);
  assert.deepEqual(empty.common, {});
  const cardbus = new Uint8Array(64);
  cardbus[0x0e] = 2;
  const { type2, missing } = decodeHeader(new ConfigSpace(cardbus));
  assert.equal(type2?.interruptPin, 0);
  assert.equal(type2?.legacyBase, undefined);
  assert.deepEqual(missing, [0x40, 0x42, 0x44]);
});

for (const [name, layout, span] of [
  ['commonHeader', commonHeader, [0, 0x10]],
  ['type0Header', type0Header, [0x10, 0x34]],
  ['type1Header', type1Header, [0x10, 0x35]],
  ['type2Header', type2Header, [0x10, 0x15]],
] as const) {
  test(`${name} encodes what it decoded`, () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 0x48, maxLength: 0x48 }), bytes => {
        const { fields, missing } = layout.decode(new ConfigSpace(bytes), 0);
        assert.deepEqual(missing, []);
        // Every header has all its fields here; reserved bytes behind the capabilities pointer are not kept.
        const encoded = (layout.encode as (fields: unknown) => Uint8Array)(fields);
        assert.deepEqual(encoded.subarray(...span), bytes.subarray(...span));
      }),
      { numRuns: 200 },
    );
  });
}
