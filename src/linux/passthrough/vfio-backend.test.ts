/** VfioBackend over a device whose file is memory and whose requests are written down. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DeviceError } from '../../pure/device/pci-device.ts';
import { createMemfd, SyscallError } from '../ffi/index.ts';
import type { VfioDevice } from '../vfio/index.ts';
import { VfioBackend } from './vfio-backend.ts';

const CONFIG = 7;
const CONFIG_AT = 0x4000;
const COMMAND = 4;
const PAGE = 0x1000n;

/** BAR 0 of two pages, the second of which alone may be mapped, and 4096 bytes of config space. */
function fixture({ canReset = true, refuses = '' } = {}) {
  const calls: string[] = [];
  const told: string[] = [];
  const file = createMemfd('device', 0x6000);
  const refuse = (call: string): void => {
    calls.push(call);
    if (call === refuses) throw new SyscallError({ call, action: call }, 5, 'device');
  };
  const region = (index: number) => {
    const [size, offset, mappable] = index === 0 ? [2n * PAGE, 0n, [{ offset: PAGE, size: PAGE }]] : [PAGE, BigInt(CONFIG_AT), []];
    if (index !== 0 && index !== CONFIG) throw new SyscallError({ call: 'VFIO_DEVICE_GET_REGION_INFO', action: 'ask' }, 22, 'device');
    return { size, offset, isReadable: true, isWritable: true, mappable };
  };
  const device = {
    descriptor: file,
    info: { regionCount: 9, irqCount: 5 },
    resetKind: canReset ? 'own' : null,
    region,
    irq(index: number) {
      if (index === 3) throw new SyscallError({ call: 'VFIO_DEVICE_GET_IRQ_INFO', action: 'ask' }, 22, 'device');
      return { count: index === 2 ? 4 : 0, flags: 1 };
    },
    setIrqs: ({ count }: { count?: number }) => refuse(count === 0 ? 'give up interrupts' : 'set interrupts'),
    reset: () => refuse('reset'),
    readRegion: (_: number, at: number, length: number) => new Uint8Array(length).fill(at === COMMAND ? 0xff : 0),
    writeConfig: (at: number, [byte]: Uint8Array) => refuse(`write ${byte?.toString(16)} at ${at}`),
  };
  const space = {
    map: () => refuse('map'),
    unmap: () => refuse('unmap'),
    clear: () => refuse('clear'),
  };
  const backend = new VfioBackend({
    device: device as unknown as VfioDevice,
    space,
    release: () => refuse('release'),
    tell: line => told.push(line),
  });
  return { backend, calls, told, file };
}

const guestMemory = createMemfd('guest', 0x4000);
const range = { address: 0n, size: PAGE, isReadable: true, isWritable: true, file: { handle: guestMemory, offset: 0n } };

test('VfioBackend has the nine regions and five kinds of interrupts, those that the kernel refuses to describe empty', () => {
  const { backend, file } = fixture();
  assert.deepEqual(
    backend.regions.map(({ size }) => size),
    [0x2000, 0, 0, 0, 0, 0, 0, 0x1000, 0],
  );
  assert.deepEqual(backend.regions[0]?.mapping, { handle: file, offset: 0, areas: [{ offset: 0x1000, size: 0x1000 }] });
  assert.equal(backend.regions[CONFIG]?.mapping, null);
  assert.deepEqual(
    backend.irqs.map(({ count }) => count),
    [0, 0, 4, 0, 0],
  );
  backend.close();
});

test('VfioBackend reads and writes regions where they lie in the file, and nothing outside of them', () => {
  const { backend } = fixture();
  backend.writeRegion(CONFIG, 0xffe, Uint8Array.of(1, 2));
  backend.writeRegion(0, 0x1ffc, Uint8Array.of(3, 4, 5, 6));
  const into = new Uint8Array(2);
  backend.readRegion(CONFIG, 0xffe, into);
  assert.deepEqual([...into], [1, 2]);
  backend.readRegion(0, 0x1ffe, into);
  assert.deepEqual([...into], [5, 6]);
  for (const [index, offset] of [
    [CONFIG, 0xfff],
    [0, 0x1fff],
    [1, 0],
    [99, 0],
    [0, -1],
  ] as const) {
    assert.throws(() => backend.readRegion(index, offset, into), DeviceError);
    assert.throws(() => backend.writeRegion(index, offset, into), DeviceError);
  }
  backend.close();
});

test('VfioBackend.detach brings the device to rest before its memory goes, and close gives it back once', () => {
  const { backend, calls } = fixture();
  backend.setIrqs({ index: 2, start: 0, count: 1, action: 'trigger', data: { kind: 'eventfds', handles: [null] } });
  backend.mapDma(range);
  backend.detach();
  backend.unmapDma(range);
  backend.close();
  backend.close();
  assert.deepEqual(calls, ['set interrupts', 'map', 'give up interrupts', 'write f8 at 4', 'reset', 'clear', 'clear', 'release']);
});

test('VfioBackend.detach goes on where the device refuses, and tells', () => {
  for (const refuses of ['write f8 at 4', 'reset', 'clear']) {
    const { backend, calls, told } = fixture({ refuses });
    backend.detach();
    assert.deepEqual(calls, ['write f8 at 4', 'reset', 'clear']);
    assert.equal(told.length, 1);
    backend.close();
  }
});

test('VfioBackend of a device without a reset says so, and asks for none', () => {
  const { backend, calls } = fixture({ canReset: false });
  assert.equal(backend.canReset, false);
  backend.detach();
  assert.deepEqual(calls, ['write f8 at 4', 'clear']);
  backend.close();
});

test('VfioBackend gives refusals of the kernel to the client with their error numbers', () => {
  const { backend } = fixture({ refuses: 'reset' });
  assert.throws(
    () => backend.reset(),
    (error: unknown) => error instanceof DeviceError && error.errno === 5,
  );
  backend.close();
});
