/** Descriptors, files, memfds and eventfds against the kernel; each closed once. */
import assert from 'node:assert/strict';
import { closeSync, fstatSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { openCount } from '../../../test/fixtures/open-descriptors.ts';
import { createMemfd, Descriptor, EventFd, errnoCode, ioctl, O_RDONLY, O_RDWR, readAt, SyscallError, writeAt } from './index.ts';

const isSyscallError = (call: string, code: keyof typeof constants.errno, message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof SyscallError);
  assert.equal(error.call, call);
  assert.equal(error.code, code);
  assert.equal(error.errno, constants.errno[code]);
  assert.match(error.message, message);
  return true;
};

describe('descriptors', () => {
  let folder = '';
  let before = 0;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'airlock-ffi-'));
    before = openCount();
  });
  afterEach(() => {
    assert.equal(openCount(), before, 'as many descriptors are open as before the test');
    rmSync(folder, { recursive: true });
  });

  test('Descriptor.open opens a file, close on exec, and closes it once', () => {
    const path = join(folder, 'file');
    writeFileSync(path, 'abc');
    const file = Descriptor.open(path, O_RDONLY);
    const { number } = file;
    assert.match(readFileSync(`/proc/self/fdinfo/${number}`, 'utf8'), /^flags:\s+02[0-7]{6}$/m);
    file.close();
    assert.equal(file.isClosed, true);
    assert.throws(() => fstatSync(number), /EBADF/);
    assert.throws(() => file.number, new TypeError(`Cannot use ${path}: its descriptor is closed`));
    // The number now belongs to somebody else.
    using other = Descriptor.open(path, O_RDONLY);
    assert.equal(other.number, number);
    file.close();
    file[Symbol.dispose]();
    assert.equal(fstatSync(number).size, 3);
  });

  test('Descriptor.open throws SyscallError with the path', () => {
    const path = join(folder, 'none');
    const message = /^Cannot open .*none: ENOENT, there is no such file$/;
    assert.throws(() => Descriptor.open(path, O_RDWR), isSyscallError('open', 'ENOENT', message));
    assert.throws(() => Descriptor.open(path, O_RDWR), { target: path });
    assert.throws(() => Descriptor.open(folder, O_RDWR), isSyscallError('open', 'EISDIR', /: EISDIR$/));
  });

  test('Descriptor.close reports a number that somebody else closed', () => {
    const file = Descriptor.open('/dev/null', O_RDONLY);
    closeSync(file.number);
    assert.throws(() => file.close(), isSyscallError('close', 'EBADF', /^Cannot close \/dev\/null: EBADF, /));
    file.close();
  });

  test('Descriptor.release gives the number away', () => {
    const file = Descriptor.open('/dev/null', O_RDONLY);
    const number = file.release();
    file.close();
    assert.ok(fstatSync(number).isCharacterDevice());
    closeSync(number);
    assert.throws(() => file.release(), TypeError);
  });

  test('readAt and writeAt work at offsets beyond 32 bits', () => {
    using file = createMemfd('sparse', 2 ** 40);
    assert.equal(writeAt(file, Uint8Array.of(1, 2, 3, 4, 5), 2 ** 39 + 7), 5);
    const bytes = new Uint8Array(4);
    assert.equal(readAt(file, bytes, 2n ** 39n + 8n), 4);
    assert.deepEqual([...bytes], [2, 3, 4, 5]);
    assert.equal(readAt(file, bytes, 2 ** 40 - 1), 1, 'reads up to the end');
    assert.equal(readAt(file, bytes, 2 ** 40), 0, 'reads nothing at the end');
  });

  test('readAt and writeAt throw SyscallError with offset and target', () => {
    using file = Descriptor.open('/dev/null', O_RDONLY);
    using events = new EventFd('the eventfd');
    const noWriting = /^Cannot write 1 bytes at 5 of \/dev\/null: EBADF/;
    assert.throws(() => writeAt(file, new Uint8Array(1), 5), isSyscallError('pwrite', 'EBADF', noWriting));
    const noSeeking = /^Cannot read 8 bytes at 0 of the eventfd: ESPIPE$/;
    assert.throws(() => readAt(events.descriptor, new Uint8Array(8), 0), isSyscallError('pread', 'ESPIPE', noSeeking));
  });

  test('ioctl throws ENOTTY on a file and TypeError on a closed descriptor', () => {
    const file = createMemfd('file', 16);
    const words = { call: 'VFIO_DEVICE_RESET', action: 'reset a file' };
    const message = /^Cannot reset a file: ENOTTY, the file does not know this request$/;
    assert.throws(() => ioctl(file, 0x3b6f, null, words), isSyscallError('VFIO_DEVICE_RESET', 'ENOTTY', message));
    file.close();
    assert.throws(() => ioctl(file, 0x3b6f, null, words), TypeError);
  });

  test('ioctl takes a hint for its own call before the general one', () => {
    using file = createMemfd('file', 16);
    const words = { call: 'X', action: 'do it', hints: { ENOTTY: 'as it should be' } };
    assert.throws(() => ioctl(file, 0x3b6f, null, words), { message: 'Cannot do it: ENOTTY, as it should be' });
  });

  test('ioctl lets the kernel write into its argument', () => {
    using file = Descriptor.open('/proc/self/exe', O_RDONLY);
    const size = new Uint8Array(4);
    // FIGETBSZ: the block size of the file system (linux/fs.h).
    assert.equal(ioctl(file, 2, size, { call: 'FIGETBSZ', action: 'ask' }), 0);
    assert.equal(new DataView(size.buffer).getUint32(0, true), fstatSync(file.number).blksize);
  });

  test('createMemfd makes a file of its size that closes on exec', () => {
    using file = createMemfd('guest memory', 12345);
    assert.equal(fstatSync(file.number).size, 12345);
    assert.match(readFileSync(`/proc/self/fdinfo/${file.number}`, 'utf8'), /^flags:\s+02[0-7]{6}$/m);
    assert.throws(() => createMemfd('bad', -1), isSyscallError('ftruncate', 'EINVAL', /^Cannot make memfd bad -1 bytes long: EINVAL/));
  });

  test('EventFd counts signals and never blocks', () => {
    using events = new EventFd();
    assert.equal(events.drain(), 0n);
    for (let i = 0; i < 3; i++) events.signal();
    assert.equal(events.drain(), 3n);
    assert.equal(events.drain(), 0n);
    events.close();
    assert.throws(() => events.signal(), TypeError);
  });

  test('errnoCode names numbers as the kernel does', () => {
    const { EAGAIN, EOPNOTSUPP, EBUSY } = constants.errno;
    assert.deepEqual([EAGAIN, EOPNOTSUPP, EBUSY, 524].map(errnoCode), ['EAGAIN', 'EOPNOTSUPP', 'EBUSY', 'errno 524']);
  });
});
