/** Error numbers that devices refuse with and replies carry (asm-generic/errno-base.h, errno.h; x86-64 and AArch64 share them). */

export const ENOENT = 2;
export const EIO = 5;
export const ENOMEM = 12;
export const EFAULT = 14;
export const EBUSY = 16;
export const EEXIST = 17;
export const EINVAL = 22;
export const ENOTTY = 25;
export const ENOSPC = 28;
export const EPROTO = 71;
export const EOPNOTSUPP = 95;
export const ECONNRESET = 104;
