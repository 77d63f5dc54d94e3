/** Error numbers that a device refuses with (asm-generic/errno-base.h, errno.h). */

export const EIO = 5;
export const ENOMEM = 12;
export const EFAULT = 14;
export const EINVAL = 22;
export const EOPNOTSUPP = 95;
