/** What a descriptor is open on, in words; a peer may pass anything (stat(2), proc(5), "/proc/pid/fd"). */
import { fstatSync, readlinkSync } from 'node:fs';
import type { Descriptor } from '../ffi/index.ts';

export const EVENT_FD = 'an eventfd';

/** S_IFMT: the bits of `st_mode` that say a file's type (stat(2)). */
const TYPE_MASK = 0o170000;
const TYPES = new Map([
  [0o140000, 'a socket'],
  [0o120000, 'a symbolic link'],
  [0o100000, 'a file'],
  [0o060000, 'a block device'],
  [0o040000, 'a directory'],
  [0o020000, 'a character device'],
  [0o010000, 'a pipe'],
]);
const ANONYMOUS = /^anon_inode:\[?([\w-]+)\]?$/;

/** `a directory`, `a pipe`, `an eventfd`; an object of the kernel that has no such type by the name that the kernel gives it. */
export function openKind({ number }: Descriptor): string {
  const [, name] = ANONYMOUS.exec(nameOf(number)) ?? [];
  if (name !== undefined) return name === 'eventfd' ? EVENT_FD : `an object of the kernel (${name})`;
  // Without /proc an eventfd cannot be told from others that have no type; 8 bytes written to one of those do no harm.
  return TYPES.get(fstatSync(number).mode & TYPE_MASK) ?? EVENT_FD;
}

function nameOf(number: number): string {
  try {
    return readlinkSync(`/proc/self/fd/${number}`);
  } catch {
    return '';
  }
}
