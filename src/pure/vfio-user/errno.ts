/** Makes an error number for a reply out of any value. */
import { EIO } from '../spec/errno.ts';

/** Largest error number that the kernel returns (linux/err.h, MAX_ERRNO). */
const MAX_ERRNO = 4095;

/** `value` where it is an error number; EIO for anything else, 0 included. */
export function errnoOr(value: unknown): number {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= MAX_ERRNO ? value : EIO;
}
