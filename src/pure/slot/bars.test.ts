import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildConfigSpace, type ConfigSpaceParts } from '../pci/builder.ts';
import { ConfigSpace } from '../pci/config-space.ts';
import type { KnownRegions, RegionFact } from '../pci/regions.ts';
import { type BarFacts, describeBars, describeRom, type SlotBar } from './bars.ts';

const base = { vendorId: 0x1234, deviceId: 0x5678, classCode: 0 };
const space = (parts: Partial<ConfigSpaceParts>) => buildConfigSpace({ ...base, ...parts });

const NO_KIND = { kind: null, width: null, prefetchable: null };
const sizes = (source: KnownRegions['source'], ...given: readonly (readonly [number, bigint | null])[]): KnownRegions => ({
  ...{ source, isComplete: true, regions: given.map(([index, size]): RegionFact => ({ index, ...NO_KIND, size })) },
});

/** `0 memory 64 prefetchable 0x1000 (host)`; `0 ?` for a register that says nothing. */
function show({ index, state, kind, width, prefetchable, size, sizeFrom }: SlotBar): string {
  if (state === 'unknown') return `${index} ?`;
  const words = [index, kind ?? 'kind?', width ?? 'width?', ...(prefetchable ? ['prefetchable'] : [])];
  return `${words.join(' ')} ${size === null ? 'size?' : `${size} (${sizeFrom})`}`;
}

const bars = (config: ConfigSpace, more: Partial<BarFacts> = {}) =>
  describeBars({ config, virtualFunction: null, regions: null, ...more }).map(show);

/** A 64-bit prefetchable one, I/O ports, 32-bit memory. */
const REGISTERS = [0x0000000c, 0x8, 0xe001, 0xfc700000, 0, 0];

test('describeBars takes kinds from registers, and says of sizes that they are not known', () => {
  assert.deepEqual(bars(space({ bars: REGISTERS })), [
    '0 memory 64 prefetchable size?',
    '2 io 32 size?',
    '3 memory 32 size?',
    '4 ?',
    '5 ?',
  ]);
});

test('describeBars takes sizes from whoever knows them; what is not listed there is not there', () => {
  const regions = sizes('host', [0, 0x1_0000_0000n], [2, 0x100n], [3, 0x8_0000n]);
  assert.deepEqual(bars(space({ bars: REGISTERS }), { regions }), [
    '0 memory 64 prefetchable 4294967296 (host)',
    '2 io 32 256 (host)',
    '3 memory 32 524288 (host)',
  ]);
});

test('describeBars never takes a size of 0 for the size of a region that its register shows', () => {
  const nothing = sizes('host', [0, 0n], [2, 0n], [3, 0n]);
  assert.deepEqual(bars(space({ bars: REGISTERS }), { regions: nothing }), [
    '0 memory 64 prefetchable size?',
    '2 io 32 size?',
    '3 memory 32 size?',
  ]);
  assert.deepEqual(bars(space({ bars: [] }), { regions: nothing }), []);
});

test('describeBars has a region that has no address and reads 0, where its size is known', () => {
  assert.deepEqual(bars(space({ bars: [] }), { regions: sizes('host', [1, 0x1000n]) }), ['1 memory 32 4096 (host)']);
});

test("describeBars takes a virtual function's kinds from its physical function", () => {
  const virtualFunction = { vendorId: 0x8086, deviceId: 0x10ca };
  const regions = sizes('host', [0, 0x4000n], [3, 0x4000n]);
  assert.deepEqual(bars(space({}), { virtualFunction: { ...virtualFunction, bars: [12, 0, 0, 4, 0, 0] }, regions }), [
    '0 memory 64 prefetchable 16384 (host)',
    '3 memory 64 16384 (host)',
  ]);
  assert.deepEqual(bars(space({}), { virtualFunction }), ['0 ?', '1 ?', '2 ?', '3 ?', '4 ?', '5 ?']);
  assert.deepEqual(bars(space({}), { virtualFunction, regions: sizes('host', [0, 0x4000n]) }), ['0 kind? width? 16384 (host)']);
});

test('describeBars reads the current size of a region that can be resized, and nothing from bytes that are not known', () => {
  const resizable = { id: 0x15, body: `f0ffffff${'400d0000'}f00000000208${'0000'}` };
  const config = space({ bars: REGISTERS, standard: [{ id: 0x10, body: '0200' }], extended: [resizable] });
  assert.deepEqual(bars(config).slice(0, 2), ['0 memory 64 prefetchable 8589934592 (resizable-bar)', '2 io 32 268435456 (resizable-bar)']);
  assert.equal(bars(config, { regions: sizes('lspci', [0, 0x1000n], [2, null]) })[0], '0 memory 64 prefetchable 4096 (lspci)');
  assert.equal(bars(new ConfigSpace(config.bytes.slice(0, 0x100)))[0], '0 memory 64 prefetchable size?');
  assert.deepEqual(bars(new ConfigSpace(config.bytes.slice(0, 0x10))), ['0 ?', '1 ?', '2 ?', '3 ?', '4 ?', '5 ?']);
});

test('describeBars takes no register for a region of its own that may be the upper half of one that is not known', () => {
  const { bytes } = space({ bars: [0xc, 0x4, 0xe001] });
  const known = new Uint8Array(bytes.length).fill(1);
  known.fill(0, 0x10, 0x14);
  assert.deepEqual(
    bars(new ConfigSpace(bytes, known)).slice(0, 3),
    ['0 ?', '1 ?', '2 ?'],
    'the second looks like the lower half of a pair',
  );
  const plain = space({ bars: [0xc, 0x8, 0xe001] }).bytes;
  assert.deepEqual(bars(new ConfigSpace(plain, known)).slice(0, 3), ['0 ?', '1 ?', '2 io 32 size?']);
});

test('describeBars takes no register that the kernel does not list for a region of its own, where it may be an upper half', () => {
  const { bytes } = space({ bars: [0x8, 0, 0, 0xc, 0x4410] });
  const known = new Uint8Array(bytes.length).fill(1);
  known.fill(0, 0x10, 0x20);
  const config = new ConfigSpace(bytes, known);
  const first = '0 kind? width? 4096 (host)';
  const pair = '3 kind? width? 8192 (host)';
  assert.deepEqual(bars(config, { regions: sizes('host', [0, 0x1000n], [3, 0x2000n]) }), [first, pair, '4 ?']);
  const listed = sizes('host', [0, 0x1000n], [3, 0x2000n], [4, 0x20n]);
  assert.deepEqual(bars(config, { regions: listed }), [first, pair, '4 memory 32 32 (host)']);
  assert.deepEqual(bars(config), ['0 ?', '1 ?', '2 ?', '3 ?', '4 ?', '5 ?']);
});

test('describeRom tells a ROM without an address from none only where the kernel lists it', () => {
  const rom = (raw: string, more: Partial<BarFacts> = {}) => {
    const config = space({ override: [{ at: 0x30, bytes: raw }] });
    const { state, size } = describeRom({ config, virtualFunction: null, regions: null, ...more });
    return `${state} ${size}`;
  };
  assert.equal(rom('0000b8fc'), 'present null');
  assert.equal(rom('00000000'), 'unknown null');
  assert.equal(rom('02000000'), 'unknown null', 'a validation status without an address');
  assert.equal(rom('ffffffff'), 'unknown null');
  assert.equal(rom('00000000', { regions: sizes('host') }), 'absent null');
  assert.equal(rom('00000000', { regions: sizes('host', [6, 0x2_0000n]) }), 'present 131072');
  assert.equal(rom('00000000', { virtualFunction: { vendorId: 1, deviceId: 2 } }), 'absent null');
  assert.equal(describeRom({ config: new ConfigSpace(new Uint8Array(0x30)), virtualFunction: null, regions: null }).state, 'unknown');
});

test('describeRom has a ROM whose register holds an address, whoever does not list it', () => {
  const config = new ConfigSpace(space({}).bytes.slice());
  config.bytes.set([0, 0, 0xe0, 0xf7], 0x30);
  const { state, size } = describeRom({ config, virtualFunction: null, regions: sizes('host', [0, 0x1000n]) });
  assert.deepEqual([state, size], ['present', null]);
});
