/** The file of a VFIO group, by its number (linux/vfio.h). */
import { Descriptor, O_RDWR } from '../ffi/index.ts';
import { OPEN_GROUP_HINTS } from './hints.ts';

/** Opens `/dev/vfio/N`, which one process at a time can. Throws SyscallError, RangeError for what is no group number. */
export function openGroupFile(number: number): Descriptor {
  if (!Number.isInteger(number) || number < 0) throw new RangeError(`Cannot open group ${number}: wanted a whole number from 0 on`);
  const path = `/dev/vfio/${number}`;
  return Descriptor.open(path, O_RDWR, { call: 'open', action: `open ${path}`, hints: OPEN_GROUP_HINTS });
}
