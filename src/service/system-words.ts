/** Why the system refused a file, in words (errno(3)). */

const WORDS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EADDRINUSE: 'another process listens there',
  EADDRNOTAVAIL: 'this machine has no such address',
  EDQUOT: 'the quota of disk space is used up',
  EEXIST: 'there is a file of that name',
  EFBIG: 'the file would be too large',
  EIO: 'its device fails (EIO)',
  EISDIR: 'it is a directory, wanted a file',
  ELOOP: 'its symbolic links lead in a circle',
  EMFILE: 'this process has too many open files',
  ENAMETOOLONG: 'the name is too long',
  ENOENT: 'no such file or directory',
  ENOTFOUND: 'no host has this name',
  ENOSPC: 'no space is left on the device',
  ENOTDIR: 'a part of the path is no directory',
  EPERM: 'not permitted',
  EROFS: 'the file system is read-only',
};

/** Whether the system refused a call of Node's own, which is no fault of ours. */
export function isRefusal(error: unknown): error is NodeJS.ErrnoException & { readonly code: string } {
  return error instanceof Error && 'syscall' in error && 'code' in error && typeof error.code === 'string';
}

/** Whether it is a SyscallError, also from another thread. Compares the name: the class would load our calls into the kernel. */
export function isKernelRefusal(error: unknown): error is Error {
  return error instanceof Error && error.name === 'SyscallError';
}

/** An errno's name in words, where there are some. */
export const codeWords = (code: string): string => WORDS[code] ?? code;

/** Why the system refused; for any other error, its message. */
export function refusalWords(error: unknown): string {
  if (isRefusal(error)) return WORDS[error.code] ?? error.message;
  return error instanceof Error ? error.message : String(error);
}
