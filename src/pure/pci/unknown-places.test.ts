import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildConfigSpace, type ConfigSpaceParts } from './builder.ts';
import { ConfigSpace } from './config-space.ts';
import { listEnds, unknownPlaces } from './unknown-places.ts';

const IDS = { vendorId: 0x1af4, deviceId: 0x1041, classCode: 0x020000 };
const EXPRESS = { id: 0x10, offset: 0x40, body: new Uint8Array(0x3a) };
const CONVENTIONAL: ConfigSpaceParts = { ...IDS, standard: [{ id: 0x01, offset: 0x40, body: new Uint8Array(6) }], size: 256 };
const WHOLE: ConfigSpaceParts = {
  ...IDS,
  standard: [EXPRESS, { id: 0x11, offset: 0x80, body: new Uint8Array(10) }],
  extended: [
    { id: 0x01, offset: 0x100, body: new Uint8Array(0x44) },
    { id: 0x0f, offset: 0x200, body: new Uint8Array(4) },
  ],
};

/** The function with only some bytes known: the first `length`, less the holes. */
function part(parts: ConfigSpaceParts, length: number, ...holes: readonly (readonly [from: number, to: number])[]): ConfigSpace {
  const bytes = buildConfigSpace(parts).bytes.slice(0, length);
  const known = new Uint8Array(bytes.length).fill(1);
  for (const [from, to] of holes) known.fill(0, from, to + 1);
  return new ConfigSpace(bytes, known);
}

const show = (config: ConfigSpace) => unknownPlaces(config).map(({ list, from, to }) => `${list} ${from.toString(16)}-${to.toString(16)}`);

const ROWS: readonly (readonly [name: string, config: ConfigSpace, places: string[], ends: (number | null)[]])[] = [
  ['all of a PCI Express function', part(WHOLE, 4096), [], [null, null]],
  ['all of a conventional function', part(CONVENTIONAL, 256), [], [null, null]],
  ['a conventional function cut behind its list', part(CONVENTIONAL, 0x60), ['body 60-ff'], [null, null]],
  [
    'a conventional function with more bytes than it has, and a hole among those',
    part({ ...CONVENTIONAL, size: 4096 }, 4096, [0x100, 0x10f]),
    ['extended 100-10f'],
    [null, 0x100],
  ],
  ['64 bytes', part(WHOLE, 64), ['standard 40-ff', 'extended 100-fff'], [0x40, 0x100]],
  ['256 bytes', part(WHOLE, 256), ['extended 100-fff'], [null, 0x100]],
  ['a cut inside of the extended list', part(WHOLE, 0x140), ['extended 140-fff'], [null, 0x200]],
  ['a cut inside of a body at the end of the list', part(WHOLE, 0x204), ['body 204-fff'], [null, null]],
  ['no byte', part(WHOLE, 0), ['header 0-3f', 'standard 40-ff', 'extended 100-fff'], [6, 0x100]],
  ['a hole in a body', part(WHOLE, 4096, [0x110, 0x11f]), ['body 110-11f'], [null, null]],
  ['a hole where a capability stands', part(WHOLE, 4096, [0x200, 0x20f]), ['extended 200-20f'], [null, 0x200]],
  ['a hole where PCI Express stands', part(WHOLE, 256, [0x40, 0x4f]), ['standard 40-4f', 'extended 100-fff'], [0x40, 0x100]],
  ['a hole in the header', part(WHOLE, 4096, [0x30, 0x3f]), ['header 30-3f'], [0x34, null]],
  ['two holes, one of them a body', part(WHOLE, 4096, [0x120, 0x123], [0x200, 0x203]), ['body 120-123', 'extended 200-203'], [null, 0x200]],
];

for (const [name, config, places, ends] of ROWS) {
  test(`unknownPlaces and listEnds of ${name}`, () => {
    assert.deepEqual(show(config), places);
    const { standard, extended } = listEnds(config);
    assert.deepEqual([standard, extended], ends);
  });
}

test('unknownPlaces says how much a source gave, and whose registers are not known', () => {
  const text = (config: ConfigSpace) => unknownPlaces(config).map(place => place.text);
  assert.deepEqual(text(part(WHOLE, 256)), ['only 256 bytes of config space are known (lspci -xxxx as root gives all)']);
  assert.deepEqual(text(part(WHOLE, 4096, [0x110, 0x11f])), ['bytes 110 to 11f are not known: they follow AER [100]']);
  assert.deepEqual(text(part(WHOLE, 4096, [0x110, 0x110])), ['byte 110 is not known: it follows AER [100]']);
  assert.deepEqual(text(part(WHOLE, 4096, [0x00, 0x03])), ['bytes 00 to 03 of the header are not known']);
  assert.deepEqual(text(part(WHOLE, 4096, [0x30, 0x3f])), [
    'bytes 30 to 3f of the header are not known, and so where the standard list begins',
  ]);
  assert.deepEqual(text(part(WHOLE, 4096, [0x200, 0x203])), [
    'bytes 200 to 203 are not known: the extended list leads to 200, which is not known',
  ]);
  assert.deepEqual(text(part(WHOLE, 256, [0x06, 0x06])), [
    'byte 06 of the header is not known, and so where the standard list begins',
    'bytes 100 to fff are not known: the extended list leads to 100, which is not known',
  ]);
});
