/** A client's descriptors, honest and not: nothing it passes may end or hold up this process. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { ftruncateSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { openCount } from '../../../test/fixtures/open-descriptors.ts';
import type { MappedMemory } from '../../pure/device/handle.ts';
import {
  createMemfd,
  createSocketPair,
  Descriptor,
  EventFd,
  O_RDONLY,
  O_RDWR,
  pageSize,
  readAt,
  reservedMappings,
  writeAt,
} from '../ffi/index.ts';
import { libc } from '../ffi/libc.ts';
import { LinuxPlatform } from './linux-platform.ts';

const PAGE = pageSize();

const O_CREAT = 0o100;
const EPOLL_CLOEXEC = 0o2000000;

const openEpoll = (): Descriptor => new Descriptor(libc().epoll_create1(EPOLL_CLOEXEC), 'an epoll set');

function openPipe(folder: string): Descriptor {
  execFileSync('mkfifo', [join(folder, 'pipe')]);
  return Descriptor.open(join(folder, 'pipe'), O_RDWR);
}

describe('LinuxPlatform', () => {
  let folder = '';
  let before = 0;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'airlock-platform-'));
    before = openCount();
  });
  afterEach(() => {
    assert.equal(openCount(), before, 'as many descriptors are open as before the test');
    rmSync(folder, { recursive: true });
  });
  const platform = new LinuxPlatform({ shrinkable: 'map' });
  const createFile = (size: number): Descriptor => {
    const file = Descriptor.open(join(folder, 'file'), O_RDWR | O_CREAT);
    ftruncateSync(file.number, size);
    return file;
  };

  test('LinuxPlatform.requireEvent takes an eventfd and says what anything else is', () => {
    using event = new EventFd();
    platform.requireEvent(event.descriptor);
    const [left, right] = createSocketPair();
    const others: [string, Descriptor][] = [
      ['a directory', Descriptor.open(folder, O_RDONLY)],
      ['a file', createFile(4096)],
      ['a file', createMemfd('guest memory', 4096)],
      ['a character device', Descriptor.open('/dev/null', O_RDWR)],
      ['a socket', left],
      ['a socket', right],
      ['a pipe', openPipe(folder)],
      ['an object of the kernel (eventpoll)', openEpoll()],
    ];
    for (const [kind, descriptor] of others) {
      const message = `the descriptor is that of ${kind}, wanted an eventfd`;
      assert.throws(() => platform.requireEvent(descriptor), { name: 'DeviceError', errno: 22, message });
      descriptor.close();
    }
  });

  test('LinuxPlatform.map shares a part of the file in both directions', () => {
    using memory = createMemfd('guest memory', 4 * PAGE);
    const mapped = platform.map(memory, { offset: PAGE, size: 2 * PAGE, isWritable: true });
    assert.equal(mapped.bytes.length, 2 * PAGE);
    mapped.bytes[2 * PAGE - 1] = 42;
    const byte = new Uint8Array(1);
    readAt(memory, byte, PAGE + 2 * PAGE - 1);
    assert.equal(byte[0], 42);
    writeAt(memory, Uint8Array.of(7), PAGE);
    assert.equal(mapped.bytes[0], 7);
    mapped.close();
    mapped.close();
  });

  test('LinuxPlatform.map refuses whatever lies beyond the end of the file, which would end the process when touched', () => {
    using memory = createMemfd('guest memory', 2 * PAGE);
    for (const [offset, size] of [
      [0, 2 * PAGE + 1],
      [PAGE, PAGE + 1],
      [2 * PAGE, 1],
      [2 ** 40, PAGE],
      [0, 0],
      [-PAGE, PAGE],
      [0, 2 ** 52],
    ] as const) {
      assert.throws(
        () => platform.map(memory, { offset, size, isWritable: true }),
        { name: 'DeviceError', errno: 22 },
        `${offset} ${size}`,
      );
    }
    platform.map(memory, { offset: 0, size: 2 * PAGE, isWritable: true }).close();
  });

  test('LinuxPlatform.map refuses what is no file', () => {
    using events = new EventFd();
    using zero = Descriptor.open('/dev/zero', O_RDWR);
    const [one, two] = createSocketPair();
    for (const handle of [events.descriptor, zero, one]) {
      assert.throws(() => platform.map(handle, { offset: 0, size: 4096, isWritable: true }), { name: 'DeviceError', errno: 22 });
    }
    one.close();
    two.close();
    assert.throws(() => platform.map({ close: () => undefined }, { offset: 0, size: 1, isWritable: false }), TypeError);
  });

  test('LinuxPlatform.map refuses a file opened for reading that is to be written, and what lies at no page’s start', () => {
    createFile(8192).close();
    using file = Descriptor.open(join(folder, 'file'), O_RDONLY);
    assert.throws(() => platform.map(file, { offset: 0, size: 4096, isWritable: true }), { name: 'DeviceError', errno: 13 });
    assert.throws(() => platform.map(file, { offset: 255, size: 4096, isWritable: false }), { name: 'DeviceError', errno: 22 });
    platform.map(file, { offset: 0, size: 4096, isWritable: false }).close();
  });

  test('LinuxPlatform.map shares one mapping among all parts of a file that lie close to each other', () => {
    using memory = createMemfd('many parts', 16 << 20);
    const count = (): number => readFileSync('/proc/self/maps', 'utf8').match(/memfd:many parts/g)?.length ?? 0;
    const parts = Array.from({ length: 4096 }, (_, i) => platform.map(memory, { offset: i * 4096, size: 4096, isWritable: true }));
    assert.deepEqual([count(), reservedMappings()], [1, 1]);
    for (const [i, { bytes }] of parts.entries()) bytes[i % 4096] = 1 + (i % 255);
    const byte = new Uint8Array(1);
    for (const i of [0, 1, 255, 4095]) {
      readAt(memory, byte, i * 4096 + (i % 4096));
      assert.equal(byte[0], 1 + (i % 255));
    }
    const readable = platform.map(memory, { offset: 0, size: 4096, isWritable: false });
    assert.deepEqual([count(), reservedMappings()], [2, 2], 'what may not be written is mapped so that it cannot be');
    for (const part of [...parts, readable]) part.close();
    assert.deepEqual([count(), reservedMappings()], [0, 0]);
  });

  test('LinuxPlatform.map reaches what a file has grown by, and what is far from its start', () => {
    using memory = createMemfd('grown', 8192);
    const first = platform.map(memory, { offset: 0, size: 8192, isWritable: true });
    ftruncateSync(memory.number, 3 * 2 ** 30);
    const grown = platform.map(memory, { offset: 4096, size: 8192, isWritable: true });
    const across = platform.map(memory, { offset: 2 ** 30 - 4096, size: 8192, isWritable: true });
    const far = platform.map(memory, { offset: 3 * 2 ** 30 - 4096, size: 4096, isWritable: true });
    for (const [i, part] of [first, grown, across, far].entries()) part.bytes[part.bytes.length - 1] = i + 1;
    const byte = new Uint8Array(1);
    for (const [i, at] of [8191, 12287, 2 ** 30 + 4095, 3 * 2 ** 30 - 1].entries()) {
      readAt(memory, byte, at);
      assert.equal(byte[0], i + 1);
    }
    assert.equal(first.bytes[4096], grown.bytes[0], 'both see the same memory');
    first.close();
    assert.throws(() => first.bytes, TypeError);
    grown.bytes[0] = 9;
    for (const part of [grown, across, far]) part.close();
    assert.equal(reservedMappings(), 0);
  });

  test('LinuxPlatform.map asks of each descriptor that it allows the access, whatever of the file is mapped already', () => {
    using file = createFile(8192);
    using readOnly = Descriptor.open(join(folder, 'file'), O_RDONLY);
    const mapped = platform.map(file, { offset: 0, size: 8192, isWritable: true });
    assert.throws(() => platform.map(readOnly, { offset: 0, size: 4096, isWritable: true }), {
      name: 'DeviceError',
      errno: 13,
      message: /not opened for reading and writing$/,
    });
    using writeOnly = Descriptor.open(join(folder, 'file'), 1);
    assert.throws(() => platform.map(writeOnly, { offset: 0, size: 4096, isWritable: false }), { name: 'DeviceError', errno: 13 });
    mapped.close();
  });

  test('LinuxPlatform.map refuses more of the address space than clients may have, in words', () => {
    using memory = createMemfd('sparse', 2 ** 46 + 2 ** 40);
    const parts: MappedMemory[] = [];
    const map = (size: number) => parts.push(platform.map(memory, { offset: 0, size, isWritable: true }));
    map(2 ** 45);
    assert.throws(() => map(2 ** 46), { name: 'DeviceError', errno: 28, message: /more than 64 TiB of its address space$/ });
    map(2 ** 44);
    for (const part of parts) part.close();
    assert.equal(reservedMappings(), 0);
  });

  test('LinuxPlatform.map takes the right to shorten a memfd from its owner', () => {
    using memory = createMemfd('guest memory', 8192);
    const mapped = platform.map(memory, { offset: 0, size: 8192, isWritable: true });
    assert.throws(() => ftruncateSync(memory.number, 4096), { code: 'EPERM' });
    mapped.bytes[8191] = 1;
    mapped.close();
  });

  test('LinuxPlatform.map refuses files that can become shorter where it is told to', () => {
    const strict = new LinuxPlatform({ shrinkable: 'refuse' });
    using file = createFile(8192);
    assert.throws(() => strict.map(file, { offset: 0, size: 4096, isWritable: true }), { name: 'DeviceError', errno: 1 });
    platform.map(file, { offset: 0, size: 4096, isWritable: true }).close();
    using memory = createMemfd('guest memory', 8192);
    strict.map(memory, { offset: 0, size: 8192, isWritable: true }).close();
  });

  test('LinuxPlatform.reach maps a memfd, and copies from and to a file that can become shorter', () => {
    const careful = new LinuxPlatform();
    const part = { offset: 4096, size: 4096, isWritable: true };
    using memory = createMemfd('guest memory', 8192);
    assert.equal(careful.reach(memory, part), 'mapped');
    const file = createFile(8192);
    const reached = [part, { ...part, offset: 0 }].map(it => careful.reach(file, it));
    file.close();
    const [high, low] = reached;
    assert.ok(typeof high === 'object' && typeof low === 'object');
    assert.equal(openCount(), before + 2, 'a file that is passed twice is open once');
    high.write(16, Uint8Array.of(1, 2, 3));
    using again = Descriptor.open(join(folder, 'file'), O_RDWR);
    const bytes = new Uint8Array(4);
    readAt(again, bytes, 4096 + 15);
    assert.deepEqual(bytes, Uint8Array.of(0, 1, 2, 3));
    high.read(16, bytes);
    assert.deepEqual(bytes, Uint8Array.of(1, 2, 3, 0));
    ftruncateSync(again.number, 4096 + 17);
    assert.throws(() => high.read(16, bytes), { name: 'DeviceError', errno: 14 });
    low.read(0, bytes);
    high.close();
    high.close();
    low.read(0, bytes);
    low.close();
  });

  test('LinuxPlatform.reach refuses what cannot be reached', () => {
    const careful = new LinuxPlatform();
    const part = { offset: 0, size: 4096, isWritable: true };
    createFile(4096).close();
    using readOnly = Descriptor.open(join(folder, 'file'), O_RDONLY);
    using directory = Descriptor.open(folder, O_RDONLY);
    assert.throws(() => careful.reach(readOnly, part), { name: 'DeviceError', errno: 13 });
    assert.throws(() => careful.reach(readOnly, { ...part, size: 8192, isWritable: false }), { name: 'DeviceError', errno: 22 });
    assert.throws(() => careful.reach(directory, { ...part, isWritable: false }), { name: 'DeviceError', errno: 22 });
    const kept = careful.reach(readOnly, { ...part, isWritable: false });
    assert.ok(typeof kept === 'object');
    kept.close();
  });

  test('LinuxPlatform.reach takes up to 256 files that can become shorter', () => {
    const careful = new LinuxPlatform();
    const open = (i: number): Descriptor => {
      const file = Descriptor.open(join(folder, `file-${i}`), O_RDWR | O_CREAT);
      ftruncateSync(file.number, 4096);
      return file;
    };
    const part = { offset: 0, size: 4096, isWritable: true };
    const reached = Array.from({ length: 256 }, (_, i) => {
      using file = open(i);
      return careful.reach(file, part);
    });
    using more = open(256);
    assert.throws(() => careful.reach(more, part), { name: 'DeviceError', errno: 28 });
    for (const it of reached) if (typeof it === 'object') it.close();
    const last = careful.reach(more, part);
    assert.ok(typeof last === 'object');
    last.close();
  });

  test('LinuxPlatform.map maps no file that can become shorter unless it is told to', () => {
    using file = createFile(8192);
    assert.throws(() => new LinuxPlatform().map(file, { offset: 0, size: 4096, isWritable: true }), { name: 'DeviceError', errno: 1 });
  });

  test('LinuxPlatform.signal counts up', () => {
    using events = new EventFd();
    for (let i = 0; i < 3; i++) platform.signal(events.descriptor);
    assert.equal(events.drain(), 3n);
  });

  test('LinuxPlatform.signal never waits for a counter that is full, nor for one that waits by itself', () => {
    // Without EFD_NONBLOCK a write to a full counter waits for ever.
    using events = new EventFd(new Descriptor(libc().eventfd(0, 0o2000000), 'a waiting eventfd'));
    const most = new Uint8Array(BigUint64Array.of(0xffff_ffff_ffff_fffen).buffer);
    assert.equal(libc().write(events.descriptor.number, most, 8), 8);
    for (let i = 0; i < 3; i++) platform.signal(events.descriptor);
    assert.equal(events.drain(), 0xffff_ffff_ffff_fffen);
  });

  test('LinuxPlatform.signal writes to nothing but an eventfd', () => {
    using file = createFile(0);
    const [one, two] = createSocketPair();
    for (const handle of [file, one]) for (let i = 0; i < 2; i++) platform.signal(handle);
    assert.equal(readFileSync(join(folder, 'file')).length, 0);
    assert.equal(libc().read(two.number, new Uint8Array(8), 0), 0);
    const bytes = new Uint8Array(8);
    assert.equal(libc().send(two.number, bytes, 8, 0x40), 8);
    one.close();
    two.close();
  });

  test('LinuxPlatform.signal does nothing for handles that are closed or of another machine', () => {
    const events = new EventFd();
    events.close();
    platform.signal(events.descriptor);
    platform.signal({ close: () => undefined });
  });
});
