/** Replays: the compliance suite, what hardware does with writes, sizes, memory that costs what was written, register models, state. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { configSpaces } from '../../../test/fixtures/arbitrary-config.ts';
import { testBackend } from '../../../test/fixtures/backend-compliance.ts';
import { errnoOf, readNumber, writeNumber } from '../../../test/fixtures/device-session.ts';
import { buildConfigSpace } from '../pci/builder.ts';
import { ConfigSpace } from '../pci/config-space.ts';
import { EINVAL, ENOMEM } from '../spec/errno.ts';
import { ReplayBackend, type ReplayOptions, replayOptions } from './replay-backend.ts';

const config = buildConfigSpace({
  vendorId: 0x8086,
  deviceId: 0x1572,
  classCode: 0x020000,
  status: 0xf900,
  bars: [0xf000000c, 0x80, 0, 0x0000e001, 0, 0],
  interruptPin: 1,
  standard: [
    // Power management that loses its state in D3hot.
    { id: 0x01, body: '030000000000', offset: 0x40 },
    { id: 0x05, body: `8601${'00'.repeat(20)}`, offset: 0x50 },
    { id: 0x11, body: '03000000000000200000', offset: 0x70 },
    { id: 0x10, body: `02000000001000000f00${'00'.repeat(0x30)}`, offset: 0xa0 },
    { id: 0x13, body: '06030000', offset: 0xe0 },
  ],
  extended: [{ id: 0x01, body: `ffffffff${'00'.repeat(0x24)}`, version: 2, offset: 0x100 }],
});

const SIZES = [0x4000, 0, 0, 0x20, 0, 0, 0x10000];
const CONFIG = 7;
const replay = (options: Partial<ReplayOptions> = {}) => new ReplayBackend({ config, regionSizes: SIZES, ...options });

testBackend('ReplayBackend', replay, { memoryRegion: 0 });
testBackend('ReplayBackend, raw,', () => replay({ isRaw: true }), { memoryRegion: 0, keepsCommand: true });

/** Offset, length, what is read after all ones and after all zeros have been written. */
const WRITES: readonly (readonly [what: string, at: number, length: 1 | 2 | 4, ones: number, zeros: number])[] = [
  ['identity', 0x00, 4, 0x15728086, 0x15728086],
  ['Command', 0x04, 2, 0x0547, 0],
  ['Status, whose errors a 1 clears', 0x06, 2, 0x0010, 0x0010],
  ['Cache Line Size alone', 0x0c, 4, 0xff, 0],
  ['BAR 0 of 16 KiB', 0x10, 4, 0xffffc00c, 0x0000000c],
  ['its upper half', 0x14, 4, 0xffffffff, 0],
  ['no BAR 2', 0x18, 4, 0, 0],
  ['BAR 3, I/O of 32 bytes', 0x1c, 4, 0xffffffe1, 0x00000001],
  ['ROM of 64 KiB', 0x30, 4, 0xffff0001, 0],
  ['Interrupt Line, not the pin', 0x3c, 2, 0x01ff, 0x0100],
  ['MSI: enable and three of four bits for 8 vectors', 0x52, 2, 0x01b7, 0x0186],
  ['MSI-X: enable and mask', 0x72, 2, 0xc003, 0x0003],
  ['errors of Device Status', 0xaa, 2, 0, 0],
  ['AER status, whose errors a 1 clears', 0x104, 4, ~0x03fff031 >>> 0, ~0x03fff031 >>> 0],
  ['what belongs to no capability', 0x200, 4, 0, 0],
];

test('ReplayBackend takes writes as hardware does, as far as that is known', () => {
  for (const [what, at, length, ones, zeros] of WRITES) {
    const backend = replay();
    writeNumber(backend, CONFIG, at, length, 2 ** (8 * length) - 1);
    assert.equal(readNumber(backend, CONFIG, at, length), ones, `${what}: ones`);
    writeNumber(backend, CONFIG, at, length, 0);
    assert.equal(readNumber(backend, CONFIG, at, length), zeros, `${what}: zeros`);
  }
});

test('ReplayBackend resets on Function Level Reset of either kind, and from D3hot to D0, and tells its owner', () => {
  const ways: readonly (readonly [what: string, writes: readonly (readonly [at: number, value: number])[]])[] = [
    ['Device Control', [[0xa9, 0x80]]],
    ['Advanced Features', [[0xe4, 0x01]]],
    [
      'D3hot to D0',
      [
        [0x44, 3],
        [0x44, 0],
      ],
    ],
  ];
  for (const [what, writes] of ways) {
    let resets = 0;
    const backend = replay({ onReset: () => resets++ });
    writeNumber(backend, CONFIG, 0x04, 2, 6);
    writeNumber(backend, 0, 0x100, 4, 0x12345678);
    for (const [at, value] of writes) writeNumber(backend, CONFIG, at, 1, value);
    assert.equal(readNumber(backend, CONFIG, 0x04, 2), 0, what);
    assert.equal(readNumber(backend, 0, 0x100, 4), 0, what);
    assert.equal(resets, 1, what);
  }
});

test('ReplayBackend does not reset where the function does not say that it can, or loses nothing in D3hot', () => {
  const without = new ConfigSpace(config.bytes.slice());
  without.bytes[0xa7] = 0;
  without.bytes[0xe3] = 1;
  without.bytes[0x44] = 0x08;
  const backend = replay({ config: without });
  writeNumber(backend, CONFIG, 0x04, 2, 6);
  for (const [at, value] of [
    [0xa9, 0x80],
    [0xe4, 1],
    [0x44, 3],
    [0x44, 0],
  ])
    writeNumber(backend, CONFIG, at, 1, value);
  assert.equal(readNumber(backend, CONFIG, 0x04, 2), 6);
  assert.equal(readNumber(backend, CONFIG, 0xa9, 1), 0);
});

test('ReplayBackend, raw, serves bytes as they are and keeps every bit that is written outside of base address registers', () => {
  const elsewhere = fc.oneof(fc.nat(0x0f), fc.integer({ min: 0x28, max: 0x2f }), fc.integer({ min: 0x34, max: 0xfff }));
  fc.assert(
    fc.property(configSpaces, elsewhere, fc.uint8Array({ minLength: 1, maxLength: 9 }), (space, at, all) => {
      const data = all.slice(0, at < 0x10 ? 0x10 - at : at < 0x30 ? 0x30 - at : all.length);
      const backend = new ReplayBackend({ config: space, isRaw: true });
      const into = new Uint8Array(space.bytes.length);
      backend.readRegion(CONFIG, 0, into);
      assert.deepEqual(into, space.bytes);
      if (at + data.length > into.length) return;
      backend.writeRegion(CONFIG, at, data);
      const written = new Uint8Array(data.length);
      backend.readRegion(CONFIG, at, written);
      assert.deepEqual(written, data);
    }),
    { numRuns: 500 },
  );
});

test('ReplayBackend, raw, tells the sizes of its regions to a client that writes ones, and of none where there is none', () => {
  const answer = (backend: ReplayBackend, at: number, value: number) => {
    writeNumber(backend, CONFIG, at, 4, value);
    return readNumber(backend, CONFIG, at, 4);
  };
  const backend = replay({ isRaw: true });
  const addresses = WRITES.filter(([, at, length]) => at >= 0x10 && at <= 0x30 && length === 4);
  assert.equal(addresses.length, 5);
  for (const [what, at, , ones, zeros] of addresses) {
    assert.equal(answer(backend, at, 0xffffffff), ones, `${what}: ones`);
    assert.equal(answer(backend, at, 0), zeros, `${what}: zeros`);
  }
  // Without regions what was captured stays until it is asked for a size; the registers of a bridge are no addresses.
  const { bytes } = config;
  const romless = (headerType: number) => {
    const space = new ConfigSpace(bytes.slice());
    space.bytes[0x0e] = headerType;
    space.bytes.set([0x01, 0x00, 0xbf, 0xfe], 0x30);
    return new ReplayBackend({ config: space, regionSizes: [0, 0, 0, 0, 0, 0, 0], isRaw: true });
  };
  const none = romless(0);
  assert.equal(readNumber(none, CONFIG, 0x10, 4), 0xf000000c);
  assert.equal(readNumber(none, CONFIG, 0x30, 4), 0xfebf0001);
  // As QEMU asks for the size of a ROM: without its enable bit.
  assert.equal(answer(none, 0x30, 0xfffffffe) & ~1, 0);
  for (const at of [0x10, 0x1c, 0x24]) assert.equal(answer(none, at, 0xffffffff), 0);
  const bridge = romless(1);
  assert.equal(answer(bridge, 0x14, 0xffffffff), 0);
  assert.equal(answer(bridge, 0x18, 0x12345678), 0x12345678);
  assert.equal(answer(bridge, 0x30, 0xfffffffe) & ~1, 0);
});

test('ReplayBackend, raw, is in D0 after a reset, and has Command as it was written before', () => {
  const space = new ConfigSpace(config.bytes.slice());
  space.bytes[0x44] = 0x0b;
  space.bytes.set([0x06, 0x04], 0x04);
  const backend = new ReplayBackend({ config: space, isRaw: true });
  writeNumber(backend, CONFIG, 0x04, 2, 0x0100);
  writeNumber(backend, CONFIG, 0xa8, 2, 0xabcd);
  assert.equal(readNumber(backend, CONFIG, 0x44, 1), 0x0b);
  backend.reset();
  assert.equal(readNumber(backend, CONFIG, 0x04, 2), 0x0100);
  assert.equal(readNumber(backend, CONFIG, 0x44, 1), 0x08);
  assert.equal(readNumber(backend, CONFIG, 0xa8, 2), 0);
});

test('ReplayBackend takes any config space and any writes, and a reset brings back its bytes', () => {
  const writes = fc.array(fc.tuple(fc.nat(0xfff), fc.uint8Array({ minLength: 1, maxLength: 8 })), { maxLength: 20 });
  fc.assert(
    fc.property(configSpaces, writes, (space, list) => {
      const backend = new ReplayBackend({ config: space });
      for (const [at, data] of list) if (at + data.length <= space.bytes.length) backend.writeRegion(CONFIG, at, data);
      backend.reset();
      const once = new Uint8Array(space.bytes.length);
      backend.readRegion(CONFIG, 0, once);
      const changed = once.findIndex((byte, at) => ((byte ^ space.bytes[at]) & ~3) !== 0);
      assert.equal(changed, -1);
      for (const { size } of backend.regions) assert.ok(size === 0 || size === 2 ** Math.round(Math.log2(size)) || size === once.length);
    }),
    { numRuns: 500 },
  );
});

test('ReplayBackend allocates what is written of 64 GiB, no more than its limit, and refuses then with ENOMEM', () => {
  const backend = replay({ regionSizes: [2 ** 36, 0, 0, 0, 0, 0, 0], memoryLimit: 0x3000 });
  writeNumber(backend, 0, 2 ** 36 - 4, 4, 0xdeadbeef);
  assert.equal(readNumber(backend, 0, 2 ** 36 - 4, 4), 0xdeadbeef);
  writeNumber(backend, 0, 0, 4, 1);
  writeNumber(backend, 0, 2 ** 35, 4, 1);
  writeNumber(backend, 0, 2 ** 34, 4, 0);
  assert.equal(
    errnoOf(() => writeNumber(backend, 0, 2 ** 34, 4, 1)),
    ENOMEM,
  );
  backend.reset();
  writeNumber(backend, 0, 2 ** 34, 4, 1);
  assert.equal(readNumber(backend, 0, 0, 4), 0);
});

test('ReplayBackend gives a ROM its contents, and its ROM and absent regions take no writes', () => {
  const backend = replay({ rom: Uint8Array.of(0x55, 0xaa, 0x20) });
  assert.equal(readNumber(backend, 6, 0, 4), 0x0020aa55);
  assert.equal(
    errnoOf(() => writeNumber(backend, 6, 0, 1, 1)),
    EINVAL,
  );
  assert.equal(
    errnoOf(() => readNumber(backend, 1, 0, 1)),
    EINVAL,
  );
  assert.throws(() => replay({ rom: new Uint8Array(0x10001) }), /a ROM of 65537 bytes in a region of 65536/);
});

test('ReplayBackend puts register models over memory, cut at their edges, and saves their state', () => {
  const create = () => {
    const state = new Uint8Array(4);
    const log: string[] = [];
    const model = {
      region: 0,
      offset: 0x10,
      size: 4,
      state,
      read: (offset: number, into: Uint8Array) => into.set(state.subarray(offset, offset + into.length)),
      write(offset: number, bytes: Uint8Array) {
        log.push(`${offset}:${[...bytes].join()}`);
        state.set(
          bytes.map(byte => byte + 1),
          offset,
        );
      },
    };
    return { backend: replay({ registers: [model] }), log };
  };
  const { backend, log } = create();
  backend.writeRegion(0, 0x0e, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8));
  assert.deepEqual(log, ['0:3,4,5,6']);
  const into = new Uint8Array(8);
  backend.readRegion(0, 0x0e, into);
  assert.deepEqual([...into], [1, 2, 4, 5, 6, 7, 7, 8]);
  const other = create().backend;
  other.migration.load(backend.migration.save());
  other.readRegion(0, 0x0e, into);
  assert.deepEqual([...into], [1, 2, 4, 5, 6, 7, 7, 8]);
  const model = { region: 0, offset: 0, size: 8 };
  assert.throws(() => replay({ registers: [model, { ...model, offset: 4 }] }), /overlaps the one at 0/);
  assert.throws(() => replay({ registers: [{ ...model, offset: 0x3ffc }] }), /does not lie inside/);
});

test('ReplayBackend loads no state of a device with other read-only bytes, other pages or other models', () => {
  const state = replay().migration.save();
  const other = new ConfigSpace(config.bytes.slice());
  other.bytes[0x02] ^= 1;
  assert.equal(
    errnoOf(() => replay({ config: other }).migration.load(state)),
    EINVAL,
  );
  const backend = replay();
  writeNumber(backend, 0, 0x3000, 1, 7);
  const withPage = backend.migration.save();
  assert.equal(
    errnoOf(() => replay({ regionSizes: [0x2000, 0, 0, 0x20, 0, 0, 0x10000] }).migration.load(withPage)),
    EINVAL,
  );
  assert.equal(
    errnoOf(() => replay({ memoryLimit: 0 }).migration.load(withPage)),
    EINVAL,
  );
  assert.equal(
    errnoOf(() => replay({ registers: [{ region: 0, offset: 0, size: 4, state: new Uint8Array(4) }] }).migration.load(withPage)),
    EINVAL,
  );
});

test('ReplayBackend survives states that are damaged anywhere', () => {
  const backend = replay();
  writeNumber(backend, 0, 0, 4, 1);
  const state = backend.migration.save();
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(state.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }), edits => {
      const damaged = state.slice();
      for (const [at, value] of edits) damaged[at] = value;
      const errno = errnoOf(() => backend.migration.load(damaged));
      assert.ok(errno === 0 || errno === EINVAL, `errno ${errno}`);
    }),
    { numRuns: 1000 },
  );
});

test('replayOptions takes vfio bytes and sizes from a capture', () => {
  const device = {
    address: '0000:3b:00.0',
    config: '86801572',
    bars: [
      { index: 0, size: '0x4000' },
      { index: 6, size: '0x800' },
    ],
  };
  assert.deepEqual([...replayOptions(device).config.bytes], [0x86, 0x80, 0x15, 0x72]);
  assert.deepEqual(replayOptions(device).regionSizes, [0x4000, 0, 0, 0, 0, 0, 0x800]);
  assert.deepEqual([...replayOptions({ ...device, vfio: '8680????' }).config.bytes], [0x86, 0x80, 0, 0]);
  assert.deepEqual(replayOptions({ address: device.address, config: '' }).regionSizes, new Array(7).fill(null));
});
