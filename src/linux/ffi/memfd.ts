/** Memory that is a file, to be passed on as a descriptor (memfd_create(2)). */
import { MFD_ALLOW_SEALING, MFD_CLOEXEC } from './constants.ts';
import { Descriptor } from './descriptor.ts';
import { libc } from './libc.ts';
import { check } from './syscall-error.ts';

/** A memfd of `size` bytes of zeros, which seals can be added to. `name` is seen in /proc only. Throws SyscallError. */
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
