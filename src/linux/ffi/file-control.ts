/** What fcntl(2) does to a descriptor: a second number, waiting or not, seals of a memfd. */
import {
  F_ADD_SEALS,
  F_DUPFD_CLOEXEC,
  F_GET_SEALS,
  F_GETFL,
  F_SEAL_SHRINK,
  F_SETFL,
  O_ACCMODE,
  O_NONBLOCK,
  O_RDONLY,
  O_RDWR,
} from './constants.ts';
import { Descriptor } from './descriptor.ts';
import { libc } from './libc.ts';
import { check } from './syscall-error.ts';

/** A second descriptor for the same file, closed on exec. Throws SyscallError. */
export function duplicate({ number, target }: Descriptor): Descriptor {
  const words = { call: 'fcntl', action: `duplicate ${target}` };
  return new Descriptor(check(libc().fcntl(number, F_DUPFD_CLOEXEC, 0), target, words), target);
}

/** Whether the file was opened so that it can be mapped, for writing too where that is asked. Throws SyscallError. */
export function canMap({ number, target }: Descriptor, writable: boolean): boolean {
  const mode = check(libc().fcntl(number, F_GETFL, 0), target, { call: 'fcntl', action: `ask how ${target} was opened` }) & O_ACCMODE;
  return mode === O_RDWR || (!writable && mode === O_RDONLY);
}

/** Makes reads and writes fail with EAGAIN where they would wait, for all who share the open file. Throws SyscallError. */
export function setNonBlocking({ number, target }: Descriptor): void {
  const words = { call: 'fcntl', action: `set ${target} to non-blocking` };
  const flags = check(libc().fcntl(number, F_GETFL, 0), target, words);
  if ((flags & O_NONBLOCK) === 0) check(libc().fcntl(number, F_SETFL, flags | O_NONBLOCK), target, words);
}

/**
 * Seals the file for good, so that nobody can make it shorter. Returns false where it cannot be sealed: it is no memfd, was made without
 * MFD_ALLOW_SEALING, or is open for reading only.
 */
export function sealAgainstShrinking({ number }: Descriptor): boolean {
  const isSealed = (): boolean => {
    const seals = libc().fcntl(number, F_GET_SEALS, 0);
    return seals >= 0 && (seals & F_SEAL_SHRINK) !== 0;
  };
  if (isSealed()) return true;
  return libc().fcntl(number, F_ADD_SEALS, F_SEAL_SHRINK) === 0;
}
