/** The text of random headers and of broken capability lists is what lspci prints for them, at every verbosity. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { parseHexBytes } from '../../src/pure/bytes/hex.ts';
import { Bdf, ConfigSpace, type DeviceNames, decodeDevice, parsePciIds } from '../../src/pure/pci/index.ts';
import { formatLspci } from '../../src/pure/render/lspci/device.ts';
import { formatHexDump } from '../../src/pure/render/lspci/hex-dump.ts';
import { dropUpperHalves, lspciRoot, runLspci, skipWithoutLspci as skip } from './lspci.ts';

const ROUNDS = 400;

/** A small generator with a seed (xorshift), so that a failure can be seen again. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return below => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

/** Random bytes in a header that lspci takes as one of `layout`; no capabilities unless they are unreadable. */
function randomHeader(layout: number, random: (below: number) => number): Uint8Array {
  const bytes = Uint8Array.from({ length: random(4) === 0 ? 64 : 128 }, () => (random(3) === 0 ? 0 : random(256)));
  bytes[0x0e] = layout | (random(2) << 7);
  if (layout > 0 && random(4) > 0) bytes.set([random(3), random(10), 6], 0x09);
  if (random(2) === 0 && (layout !== 2 || bytes.length > 64)) bytes.set([0x86, 0x80], layout === 2 ? 0x40 : 0x2c);
  if (random(2) === 0) bytes.set([0x86, 0x80, 0x00, 0x10], 0);
  // Windows whose types agree and that are open are rare in random bytes.
  if (layout === 1 && random(2) === 0) {
    const io = random(2);
    bytes.set(
      [random(128) & 0xf0, 0xf0].map(byte => byte | io),
      0x1c,
    );
    const upper = random(3) === 0 ? [random(256), random(4), 0, 0] : [0, 0, 0, 0];
    bytes.set(
      [0, random(128), random(2) === 0 ? 0xf0 : random(256) & 0xf0, 0xff, (random(16) << 4) | 1, 1, 0xf1, random(4), ...upper, ...upper],
      0x20,
    );
    bytes.set([0, 0, random(2), 0], 0x30);
  }
  // lspci gives the size of a window with 32 bits of megabytes; no real one is larger.
  if (layout === 1) for (const at of [0x2a, 0x2b, 0x2e, 0x2f]) bytes[at] = 0;
  // The pin becomes a letter; more than eight have no name worth a test.
  bytes[0x3d] &= 7;
  bytes[0x06] &= bytes.length === 64 ? 0xff : 0xef;
  // A pointer into the header ends our walk, while lspci takes the header's bytes for a capability.
  bytes[layout === 2 ? 0x14 : 0x34] |= 0x40;
  return bytes;
}

let names: DeviceNames;
let scratch = '';

before(() => {
  if (skip) return;
  names = parsePciIds(readFileSync(join(lspciRoot, 'usr/share/misc/pci.ids'), 'utf8'));
  scratch = mkdtempSync(join(lspciRoot, 'tmp/airlock-header-'));
});

after(() => {
  if (scratch !== '') rmSync(scratch, { recursive: true });
});

for (const layout of [0, 1, 2, 3, 0x7f]) {
  test(`formatLspci equals lspci for random headers of type ${layout}`, { skip }, () => {
    const random = randomNumbers(layout + 1);
    const devices = Array.from({ length: ROUNDS }, (_, i) => ({
      bdf: Bdf.unpack(i),
      config: new ConfigSpace(randomHeader(layout, random)),
    }));
    const path = join(scratch, `type-${layout}`);
    writeFileSync(path, devices.map(({ bdf, config }) => `${bdf} X\n${formatHexDump(config, 4096).join('\n')}\n\n`).join(''));
    for (const verbosity of [1, 2, 3]) {
      const expected = runLspci(path, [`-${'v'.repeat(verbosity)}`, ...(verbosity === 2 ? ['-nn'] : []), '-x']);
      const options = { names, verbosity, numeric: verbosity === 2 ? 'both' : 'names', domain: false, hex: 1 } as const;
      const actual = devices.flatMap(({ bdf, config }) => [...formatLspci(decodeDevice(config, bdf), options), '']);
      assert.deepEqual(dropUpperHalves(actual), dropUpperHalves(expected));
    }
  });
}

/** Bytes put into a function with a capability list at 40h; offsets and hexadecimal text. */
const LISTS: readonly { readonly patches: Readonly<Record<number, string>>; readonly size?: number }[] = [
  { patches: { 64: '1000', 256: '0f000100' } },
  { patches: { 64: '0100', 256: '0f000100' } },
  { patches: { 64: '0700', 256: '0f000100' } },
  { patches: { 52: '00', 256: '0f000100' } },
  { patches: { 6: '00', 64: '1000', 256: '0f000100' } },
  { patches: { 64: '1040' } },
  { patches: { 64: '0144', 68: '9948', 72: '9a4c3412', 76: '0050', 80: 'ff54' } },
  { patches: { 52: '42', 64: '01ff', 252: '99' } },
  { patches: { 64: '0160' }, size: 0x50 },
  { patches: {}, size: 0x40 },
  { patches: { 64: '1000', 256: '0f000110' } },
  { patches: { 64: '1000', 256: 'ffff0111', 272: '0f000220', 512: 'ffffffff' } },
  { patches: { 64: '1000', 256: '00000111', 272: '0f000100' } },
  { patches: { 64: '1000', 256: '00000011', 272: '0f000100' } },
  { patches: { 64: '1000', 256: 'ffffffff' } },
  { patches: { 64: '1000', 256: '0f00010d', 208: '03000120', 512: '99000100' } },
  { patches: { 64: '1000', 256: '0f00311f', 496: '03000100' } },
  { patches: { 64: '1000', 256: '0f000120' }, size: 0x180 },
];

test('formatLspci equals lspci for capability lists that are strange', { skip }, () => {
  const devices = LISTS.map(({ patches, size = 4096 }, i) => {
    const bytes = new Uint8Array(size);
    for (const [at, text] of Object.entries({ 0: '868000100700100000000002', 52: '40', ...patches })) {
      bytes.set(parseHexBytes(text).subarray(0, Math.max(0, size - Number(at))), Number(at));
    }
    return { bdf: Bdf.unpack(i), config: new ConfigSpace(bytes) };
  });
  const path = join(scratch, 'lists');
  writeFileSync(path, devices.map(({ bdf, config }) => `${bdf} X\n${formatHexDump(config, 4096).join('\n')}\n\n`).join(''));
  for (const verbosity of [1, 3]) {
    const actual = devices.flatMap(({ bdf, config }) => [
      ...formatLspci(decodeDevice(config, bdf), { names, verbosity, domain: false }),
      '',
    ]);
    assert.deepEqual(actual, runLspci(path, [`-${'v'.repeat(verbosity)}`]));
  }
});
