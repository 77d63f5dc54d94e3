/** Reading and writing at an offset of a file (pread(2), pwrite(2)). */
import type { Descriptor } from './descriptor.ts';
import { libc } from './libc.ts';
import { check } from './syscall-error.ts';

/** Reads into `bytes` from byte `offset` of the file on; returns how many were read, 0 at the end. Throws SyscallError. */
export function readAt(descriptor: Descriptor, bytes: Uint8Array, offset: number | bigint): number {
  const count = libc().pread(descriptor.number, bytes, bytes.length, offset);
  if (count >= 0) return count;
  return check(count, descriptor.target, { call: 'pread', action: `read ${bytes.length} bytes at ${offset} of ${descriptor.target}` });
}

/** Writes `bytes` from byte `offset` of the file on; returns how many were written. Throws SyscallError. */
export function writeAt(descriptor: Descriptor, bytes: Uint8Array, offset: number | bigint): number {
  const count = libc().pwrite(descriptor.number, bytes, bytes.length, offset);
  if (count >= 0) return count;
  return check(count, descriptor.target, { call: 'pwrite', action: `write ${bytes.length} bytes at ${offset} of ${descriptor.target}` });
}
