/** Devices in TypeScript: the compliance suite, a DMA-and-interrupt device as an author writes it, registers, resets, faults. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testBackend } from '../../../test/fixtures/backend-compliance.ts';
import { errnoOf, FakeMemory, fakeSession, handles, readNumber, writeNumber } from '../../../test/fixtures/device-session.ts';
import { ConfigSpace } from '../pci/config-space.ts';
import { decodeDevice } from '../pci/decode-device.ts';
import { EFAULT, EINVAL } from '../spec/errno.ts';
import { DeviceError, registerBar, SoftwareDevice, type SoftwareDeviceDefinition, struct, u8, u16, u32, u64 } from './index.ts';

// The device as its author writes it: copies guest memory, then raises an interrupt.
const copy_registers = struct('copy_registers', { src: u64, dst: u64, len: u32, go: u32, status: u32 });
const STATUS = { idle: 0, busy: 1, done: 2, failed: 3 } as const;

const createCopyDevice = () =>
  new SoftwareDevice({
    vendorId: 0x1d1d,
    deviceId: 0x0001,
    classCode: 0x088000,
    msixVectors: 1,
    bars: {
      0: registerBar(copy_registers, {
        readOnly: ['go', 'status'],
        write: {
          async go(registers, { memory, interrupt }) {
            registers.status = STATUS.busy;
            try {
              await memory.write(registers.dst, await memory.read(registers.src, Math.min(registers.len, 0x10000)));
              registers.status = STATUS.done;
            } catch {
              registers.status = STATUS.failed;
            }
            interrupt(0);
          },
        },
      }),
    },
  });
// The end of it.

const CONFIG = 7;
const MSIX = 2;
const settle = () => new Promise(resolve => setImmediate(resolve));

/** A device with a client that listens to `vectors` of MSI-X. */
function connect(device: SoftwareDevice, vectors: number) {
  const memory = new FakeMemory(0x1000);
  const given = handles(vectors);
  device.attach(fakeSession(memory));
  if (vectors > 0) {
    device.setIrqs({ index: MSIX, start: 0, count: vectors, action: 'trigger', data: { kind: 'eventfds', handles: given } });
  }
  return { device, memory, handles: given };
}

const minimal: SoftwareDeviceDefinition = { vendorId: 0x1d1d, deviceId: 2, classCode: 0xff0000 };

testBackend('SoftwareDevice', () => new SoftwareDevice({ ...minimal, msixVectors: 3, hasIntx: true, bars: { 0: { size: 0x4000 } } }), {
  memoryRegion: 0,
});

test('SoftwareDevice copies guest memory on a register and raises its interrupt, once it is done', async () => {
  const {
    device,
    memory,
    handles: [handle],
  } = connect(createCopyDevice(), 1);
  memory.bytes.set([1, 2, 3, 4, 5], 0x100);
  writeNumber(device, 0, 0x00, 4, 0x100);
  writeNumber(device, 0, 0x08, 4, 0x800);
  writeNumber(device, 0, 0x10, 4, 5);
  writeNumber(device, 0, 0x14, 4, 1);
  assert.deepEqual([readNumber(device, 0, 0x18, 4), handle.signals], [STATUS.busy, 0]);
  await settle();
  assert.deepEqual([...memory.bytes.subarray(0x800, 0x806)], [1, 2, 3, 4, 5, 0]);
  assert.deepEqual([readNumber(device, 0, 0x18, 4), handle.signals], [STATUS.done, 1]);
  // An address that is not mapped.
  writeNumber(device, 0, 0x0c, 4, 1);
  writeNumber(device, 0, 0x14, 4, 1);
  await settle();
  assert.deepEqual([readNumber(device, 0, 0x18, 4), handle.signals], [STATUS.failed, 2]);
});

test('SoftwareDevice has the config space of a PCI Express endpoint, whose registers decode without a finding', () => {
  const device = createCopyDevice();
  const bytes = new Uint8Array(0x1000);
  device.readRegion(CONFIG, 0, bytes);
  const { capabilities, findings } = decodeDevice(new ConfigSpace(bytes));
  assert.deepEqual(findings, []);
  assert.deepEqual(
    capabilities.map(({ ref }) => ref.id),
    [0x01, 0x10, 0x11],
  );
  assert.deepEqual(
    device.irqs.map(({ count }) => count),
    [0, 0, 1, 1, 1],
  );
  assert.deepEqual(
    device.regions.map(({ size }) => size),
    [0x1000, 0x1000, 0, 0, 0, 0, 0, 0x1000, 0],
  );
  writeNumber(device, CONFIG, 0x10, 4, 0xffffffff);
  assert.equal(readNumber(device, CONFIG, 0x10, 4), 0xfffff000);
  assert.equal(readNumber(device, CONFIG, 0x2c, 4), 0x00011d1d);
});

const odd = struct('odd', { a: u8, b: u16, c: u32, d: u64 });

test('registerBar calls handlers for registers that an access touches, in order, with the value that comes of it', () => {
  const log: string[] = [];
  const bar = registerBar(odd, {
    readOnly: ['c'],
    read: { a: registers => registers.b & 0xff },
    write: {
      b: (registers, _, written) => void log.push(`b ${registers.b} ${written}`),
      // A status register that a written 1 clears.
      c: (registers, _, written) => {
        registers.c &= ~written;
        log.push(`c ${written}`);
      },
      d: (registers, _, written) => void log.push(`d ${registers.d} ${written}`),
    },
  });
  const device = new SoftwareDevice({ ...minimal, bars: { 0: bar } });
  writeNumber(device, 0, 2, 2, 0x1234);
  assert.equal(readNumber(device, 0, 0, 1), 0x34);
  writeNumber(device, 0, 0x0c, 4, 7);
  device.writeRegion(0, 3, Uint8Array.of(0xab, 0xff, 0, 0, 0, 9));
  assert.deepEqual(log, [
    'b 4660 4660',
    `d ${7n << 32n} ${7n << 32n}`,
    'b 43828 43828',
    'c 255',
    `d ${(7n << 32n) + 9n} ${(7n << 32n) + 9n}`,
  ]);
  assert.equal(readNumber(device, 0, 4, 4), 0);
  // Behind the registers there is nothing.
  writeNumber(device, 0, 0x100, 4, 1);
  assert.equal(readNumber(device, 0, 0x100, 4), 0);
  assert.throws(() => registerBar(odd, { size: 8 }), /odd of 16 bytes in a region of 8/);
});

test('SoftwareDevice clears its registers on FLR, tells its author, and carries them in its state', () => {
  let resets = 0;
  const create = () => new SoftwareDevice({ ...minimal, msixVectors: 1, bars: { 2: registerBar(odd) }, onReset: () => resets++ });
  const [device, other] = [create(), create()];
  writeNumber(device, 2, 4, 4, 0x12345678);
  other.migration.load(device.migration.save());
  assert.equal(readNumber(other, 2, 4, 4), 0x12345678);
  writeNumber(device, CONFIG, 0x48 + 9, 1, 0x80);
  assert.equal(readNumber(device, 2, 4, 4), 0);
  assert.equal(resets, 1);
});

test('SoftwareDevice tells its author that a migrated state was loaded, with everything in place', () => {
  const told: string[] = [];
  const create = (name: string) => {
    const device: SoftwareDevice = new SoftwareDevice({
      ...minimal,
      bars: {
        0: { size: 0x1000, model: () => ({ state: new Uint8Array(4), loaded: () => told.push(`${name}: model`) }) },
        2: registerBar(odd, { onLoad: registers => told.push(`${name}: ${registers.a} ${registers.b}`) }),
        3: { size: 0x1000 },
      },
      onLoad: ({ memory }) => {
        assert.throws(() => memory.view(0n, 1, 'read'), { errno: 14 });
        told.push(`${name}: memory ${readNumber(device, 3, 8, 4)}, command ${readNumber(device, CONFIG, 4, 2)}`);
      },
    });
    return device;
  };
  const [source, destination] = [create('source'), create('destination')];
  writeNumber(source, 2, 0, 1, 9);
  writeNumber(source, 2, 2, 2, 0x1234);
  writeNumber(source, 3, 8, 4, 77);
  writeNumber(source, CONFIG, 4, 2, 6);
  destination.migration.load(source.migration.save());
  assert.deepEqual(told, ['destination: model', 'destination: 9 4660', 'destination: memory 77, command 6']);
  assert.throws(() => destination.migration.load(new Uint8Array(8)));
  assert.equal(told.length, 3);
});

test('SoftwareDevice has a vector table of its own, masked after a reset, and pending bits that take no writes', () => {
  const device = new SoftwareDevice({ ...minimal, msixVectors: 2048, bars: { 0: { size: 0x1000, kind: 'memory64' } } });
  assert.equal(device.regions[2].size, 0x10000);
  assert.equal(readNumber(device, 2, 0x7ffc, 4), 1);
  writeNumber(device, 2, 0x7ffc, 4, 0xfffffffe);
  assert.equal(readNumber(device, 2, 0x7ffc, 4), 0);
  writeNumber(device, 2, 0x8000, 4, 0xffffffff);
  assert.equal(readNumber(device, 2, 0x8000, 4), 0);
  device.reset();
  assert.equal(readNumber(device, 2, 0x7ffc, 4), 1);
});

test('SoftwareDevice falls back to INTx where the client listens to no vector, and refuses vectors that it does not have', () => {
  const device = new SoftwareDevice({ ...minimal, msixVectors: 1, hasIntx: true });
  const [intx] = handles(1);
  const {
    handles: [vector],
  } = connect(device, 1);
  device.setIrqs({ index: 0, start: 0, count: 1, action: 'trigger', data: { kind: 'eventfds', handles: [intx] } });
  device.context.interrupt();
  assert.deepEqual([vector.signals, intx.signals], [1, 0]);
  device.setIrqs({ index: MSIX, start: 0, count: 0, action: 'trigger', data: { kind: 'none' } });
  device.context.interrupt();
  assert.deepEqual([vector.signals, intx.signals], [1, 1]);
  assert.throws(() => device.context.interrupt(1), /there is no vector 1: the device has 1/);
});

test('SoftwareDevice without a client reaches no memory, and work that fails goes to onError', async () => {
  const errors: unknown[] = [];
  const go = struct('go', { go: u32 });
  const bar = registerBar(go, { write: { go: async (_, { memory }) => void (await memory.read(0n, 1)) } });
  const device = new SoftwareDevice({ ...minimal, bars: { 0: bar }, onError: error => errors.push(error) });
  writeNumber(device, 0, 0, 4, 1);
  await settle();
  const [error] = errors;
  assert.ok(error instanceof DeviceError && error.errno === EFAULT);
  assert.equal(
    errnoOf(() => device.context.memory.view(0n, 1, 'read')),
    EFAULT,
  );
  // Nobody listens: still nothing ends the process.
  const silent = new SoftwareDevice({ ...minimal, bars: { 0: bar } });
  writeNumber(silent, 0, 0, 4, 1);
  await settle();
});

const INVALID: readonly (readonly [definition: Partial<SoftwareDeviceDefinition>, words: RegExp])[] = [
  [{ bars: { 0: { size: 0x1001 } } }, /BAR 0 of 4097 bytes: wanted a power of two/],
  [{ bars: { 0: { size: 0x200, kind: 'io' } } }, /BAR 0 of 512 bytes: .* from 4 to 256 for io/],
  [{ bars: { 5: { size: 0x1000, kind: 'memory64' } } }, /BAR 5/],
  [{ bars: { 0: { size: 0x1000, kind: 'memory64' }, 1: { size: 0x1000 } } }, /BAR 1: there is no such register, or a 64-bit BAR has it/],
  [{ bars: { 6: { size: 0x1000 } } }, /BAR 6/],
  [{ msixVectors: 2049 }, /2049 vectors/],
  [{ msixVectors: 1, bars: Object.fromEntries([0, 1, 2, 3, 4, 5].map(index => [index, { size: 16 }])) }, /no BAR is left/],
  [{ vendorId: 0x10000 }, /65536 does not fit/],
];

test('SoftwareDevice refuses definitions that no device can have', () => {
  for (const [definition, words] of INVALID) assert.throws(() => new SoftwareDevice({ ...minimal, ...definition }), words);
});

test('SoftwareDevice refuses accesses that do not lie inside of its registers', () => {
  const device = createCopyDevice();
  assert.equal(
    errnoOf(() => writeNumber(device, 0, 0xffe, 4, 0)),
    EINVAL,
  );
  assert.equal(
    errnoOf(() => readNumber(device, 5, 0, 1)),
    EINVAL,
  );
});

test('SoftwareDevice takes an object of a class as a model, with the state of its own that is no property', () => {
  class Counter {
    readonly state = new Uint8Array(1);
    #resets = 0;
    read(offset: number, into: Uint8Array): void {
      into.fill(offset === 0 ? this.state[0] : this.#resets);
    }
    write(_: number, bytes: Uint8Array): void {
      this.state[0] += bytes[0];
    }
    reset(): void {
      this.#resets++;
    }
  }
  const device = new SoftwareDevice({ ...minimal, bars: { 0: { size: 16, kind: 'io', model: () => new Counter() } } });
  writeNumber(device, 0, 0, 1, 5);
  writeNumber(device, 0, 0, 1, 6);
  assert.deepEqual([readNumber(device, 0, 0, 1), readNumber(device, 0, 1, 1)], [11, 1]);
  device.reset();
  assert.deepEqual([readNumber(device, 0, 0, 1), readNumber(device, 0, 1, 1)], [0, 2]);
});
