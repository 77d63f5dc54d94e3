/** Memory that is a file, to be passed on as a descriptor (memfd_create(2)). */
import { MFD_ALLOW_SEALING, MFD_CLOEXEC } from './constants.ts';
import { Descriptor } from './descriptor.ts';
import { libc } from './libc.ts';
import { check } from './syscall-error.ts';

/**
 * Makes a memfd of `size` bytes of zeros, which seals can be added to; `name` is seen in /proc only. A client's guest memory is one.
 * @throws SyscallError where the kernel makes none
 * @example
 * ```ts
 * import { createMemfd, readAt, writeAt } from 'vfio-airlock/unix-transport';
 *
 * const memory = createMemfd('guest memory', 0x1000);
 * writeAt(memory, Uint8Array.of(1, 2, 3), 0x10);
 * const bytes = new Uint8Array(4);
 * readAt(memory, bytes, 0xf); // → 4
 * bytes; // → Uint8Array.of(0, 1, 2, 3)
 * memory.close();
 * ```
 */
export function createMemfd(name: string, size: number): Descriptor {
  const target = `memfd ${name}`;
  const words = { call: 'memfd_create', action: `create ${target}` };
  const descriptor = new Descriptor(check(libc().memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING), target, words), target);
  try {
    check(libc().ftruncate(descriptor.number, size), target, { call: 'ftruncate', action: `make ${target} ${size} bytes long` });
  } catch (error) {
    descriptor.close();
    throw error;
  }
  return descriptor;
}
