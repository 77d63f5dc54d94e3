/** Checks ranges that a client asks for, right before bytes are touched: they come from outside. */
import { EINVAL } from '../spec/errno.ts';
import { DeviceError } from './pci-device.ts';

/** Throws DeviceError EINVAL unless `length` bytes at `offset` lie inside of `size` bytes. */
export function checkInside(size: number, offset: number, length: number): void {
  if (!Number.isSafeInteger(offset) || offset < 0 || length > size - offset) {
    throw new DeviceError(EINVAL, `${length} bytes at ${offset} do not lie inside of ${size} bytes`);
  }
}
