/** Error numbers that replies carry (asm-generic/errno-base.h, asm-generic/errno.h; x86-64 and AArch64 share them). */
export const ENOENT = 2;
export const EIO = 5;
export const EBUSY = 16;
export const EFAULT = 14;
export const EEXIST = 17;
export const EINVAL = 22;
export const ENOTTY = 25;
export const ENOSPC = 28;
export const EPROTO = 71;
export const EOPNOTSUPP = 95;
export const ECONNRESET = 104;

/** Largest error number that the kernel returns (linux/err.h, MAX_ERRNO). */
const MAX_ERRNO = 4095;

/** `value` where it is an error number; EIO for anything else, 0 included. */
export function errnoOr(value: unknown): number {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= MAX_ERRNO ? value : EIO;
}
