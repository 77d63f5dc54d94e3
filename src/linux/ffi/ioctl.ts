/** ioctl(2) with errors in words. */
import type { Descriptor } from './descriptor.ts';
import { libc } from './libc.ts';
import { type CallWords, check } from './syscall-error.ts';

/**
 * Makes the request and returns its result, 0 or a number that the request defines. The kernel reads and writes `argument` during
 * the call only; where it holds an address, that is one in a NativeBlock. Throws SyscallError.
 */
export function ioctl(descriptor: Descriptor, request: number, argument: Uint8Array | number | null, words: CallWords): number {
  return check(libc().ioctl(descriptor.number, request, argument), descriptor.target, words);
}
